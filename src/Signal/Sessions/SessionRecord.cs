namespace RtcHub.Signal.Sessions;

/// <summary>What survives of a session when the hub is killed: enough to let its owner back in as the same person.</summary>
/// <param name="Id">Participant id.</param>
/// <param name="SecretHash">SHA-256 of the resume secret.</param>
/// <param name="State">JSON owned by <see cref="Session"/>: name, grants, room, role, media, hand, kicks.</param>
/// <param name="EndedAt">Null while the session lives; then when it ended (its id can be claimed a while longer).</param>
/// <param name="Room">Where it is, in a room or waiting for it, or null.</param>
internal sealed record SessionRecord(string Id, byte[] SecretHash, byte[] State, DateTimeOffset? EndedAt, string? Room = null);
