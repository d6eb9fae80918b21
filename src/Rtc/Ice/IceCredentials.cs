using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Ice;

/// <summary>
/// Username fragment and password of one side for one ICE session (RFC 8445 section 5.3). Ours has a fragment of exactly eight
/// characters, so that a worker finds the transport of a check by one number.
/// </summary>
public sealed class IceCredentials
{
    /// <summary>Characters of a fragment made here: 47 random bits, where 24 are asked for. It also is what tells sessions apart.</summary>
    public const int UfragLength = sizeof(ulong);

    // 142 random bits, where 128 are asked for.
    private const int PasswordLength = 24;
    private const int MaxLength = 256;
    private const string Alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> IceChars = SearchValues.Create(Alphanumerics + "+/");

    private IceCredentials(string ufrag, string password)
    {
        Ufrag = ufrag;
        Password = password;
        UfragBytes = Encoding.ASCII.GetBytes(ufrag);
        Key = Encoding.ASCII.GetBytes(password);
        UfragKey = ufrag.Length == UfragLength ? BinaryPrimitives.ReadUInt64BigEndian(UfragBytes) : 0;
    }

    /// <summary><c>a=ice-ufrag</c>.</summary>
    public string Ufrag { get; }

    /// <summary><c>a=ice-pwd</c>. A secret: not for logs.</summary>
    public string Password { get; }

    /// <summary>The eight characters as one number; 0 when the fragment is not of that length.</summary>
    public ulong UfragKey { get; }

    internal byte[] UfragBytes { get; }

    /// <summary>Of MESSAGE-INTEGRITY (RFC 8489 section 9.1.1).</summary>
    internal byte[] Key { get; }

    /// <summary>New ones for our side, from the system's random numbers.</summary>
    public static IceCredentials Create() => new(
        RandomNumberGenerator.GetString(Alphanumerics, UfragLength),
        RandomNumberGenerator.GetString(Alphanumerics, PasswordLength));

    /// <summary>
    /// Those of a session description. False when one is too short (4 and 22 characters, RFC 8839 section 5.4), longer than 256, or
    /// has other characters than letters, digits, '+' and '/'.
    /// </summary>
    public static bool TryCreate(string? ufrag, string? password, [NotNullWhen(true)] out IceCredentials? credentials)
    {
        credentials = AreIceChars(ufrag, 4, MaxLength) && AreIceChars(password, 22, MaxLength) ? new IceCredentials(ufrag!, password!) : null;
        return credentials is not null;
    }

    /// <summary><see cref="UfragKey"/> of the side that a check is meant for; false when it was not made by <see cref="Create"/>.</summary>
    public static bool TryGetUfragKey(in StunMessage message, out ulong key)
    {
        key = 0;
        return message.TryGet(StunAttributeType.Username, out var username) && TryGetUfragKey(username, out key);
    }

    /// <param name="username"><c>receiver:sender</c> (RFC 8445 section 7.2.2).</param>
    /// <param name="key">The receiver's.</param>
    public static bool TryGetUfragKey(ReadOnlySpan<byte> username, out ulong key)
    {
        key = 0;
        return username.Length > UfragLength && username[UfragLength] == ':' && BinaryPrimitives.TryReadUInt64BigEndian(username, out key);
    }

    internal static bool AreIceChars(string? text, int min, int max) =>
        text is not null && text.Length >= min && text.Length <= max && !text.AsSpan().ContainsAnyExcept(IceChars);
}
