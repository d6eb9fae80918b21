namespace RtcHub.Signal.Tokens;

/// <summary>What a join token (or an open hub) allows its bearer. The claim <c>grants</c> of the JWT.</summary>
/// <param name="Room">The one room the token is for, or null for any room and for direct calls.</param>
/// <param name="Join">May enter the room, or dial and be dialled.</param>
/// <param name="Publish">May send audio and video.</param>
/// <param name="Subscribe">May receive the audio and video of others.</param>
/// <param name="Data">May send chat and data.</param>
/// <param name="Moderate">Enters as a moderator.</param>
internal sealed record Grants(
    string? Room = null, bool Join = true, bool Publish = true, bool Subscribe = true, bool Data = true, bool Moderate = false)
{
    /// <summary>What everybody may do on a hub without keys.</summary>
    public static readonly Grants Open = new();
}
