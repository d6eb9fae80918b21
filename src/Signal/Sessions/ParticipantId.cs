using System.Security.Cryptography;

namespace RtcHub.Signal.Sessions;

/// <summary>
/// Participant ids: 8 of 31 characters that are not mistaken for each other when read aloud, about 40 bits. They are
/// addresses to dial, not secrets.
/// </summary>
internal static class ParticipantId
{
    public const int Length = 8;
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

    public static string New() => RandomNumberGenerator.GetString(Alphabet, Length);

    /// <summary>As people type it: dashes, spaces and capitals do not matter.</summary>
    public static string Normalize(string typed) =>
        string.Concat(typed.Where(c => c is not ('-' or ' '))).ToLowerInvariant();
}
