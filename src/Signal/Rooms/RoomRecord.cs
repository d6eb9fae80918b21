using System.Text.Json;

namespace RtcHub.Signal.Rooms;

/// <summary>How a room's media travels. <c>auto</c> is a mesh as long as that serves everybody.</summary>
internal enum RoomMode
{
    Auto,
    P2p,
    Sfu,
}

/// <summary>The durable part of a room: what survives its participants, the process and a crash.</summary>
/// <param name="Id">3-64 of <c>a-z 0-9 -</c>; the last part of the link.</param>
/// <param name="Name">What people call it, 1-100 characters, or null.</param>
/// <param name="MaxParticipants">Between 2 and the hub's limit for the mode.</param>
/// <param name="Locked">Nobody new comes in.</param>
/// <param name="Lobby">Newcomers wait until a moderator admits them.</param>
/// <param name="PasscodeHash">As <see cref="Passcode"/> writes it, or null; never leaves the hub.</param>
/// <param name="Metadata">Any JSON object of the application's, at most 16 KiB, or null.</param>
/// <param name="ExpiresAt">When the room closes even if people are in it, or null.</param>
/// <param name="EmptyTimeoutSeconds">How long the room outlives its last participant, or null: for ever.</param>
/// <param name="Version">Grows by one with every change: the ETag.</param>
internal sealed record RoomRecord(
    string Id,
    string? Name,
    RoomMode Mode,
    int MaxParticipants,
    bool Locked,
    bool Lobby,
    string? PasscodeHash,
    JsonElement? Metadata,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    int? EmptyTimeoutSeconds,
    long Version);

/// <summary>A chat message as stored and as sent: CHAT of docs/protocol.md section 4.</summary>
/// <param name="Message">Grows within a room.</param>
/// <param name="N">The request id that the sender used; with <paramref name="From"/> it makes a repeat recognisable.</param>
internal sealed record ChatMessage(long Message, string From, string Name, string Text, DateTimeOffset At, long N);
