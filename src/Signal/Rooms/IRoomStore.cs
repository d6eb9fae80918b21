using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// What must survive the process: rooms, their chat, and who holds a session. One seam, several sides: an embedded
/// SQLite file by default, memory for tests. A completed task means that the write survives kill -9.
/// </summary>
internal interface IRoomStore
{
    Task<RoomRecord?> GetRoomAsync(string id, CancellationToken cancel);

    /// <summary>Rooms in order of id, those after <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<RoomRecord>> ListRoomsAsync(string? after, int limit, CancellationToken cancel);

    /// <summary>False when a room of that id exists.</summary>
    Task<bool> AddRoomAsync(RoomRecord room, CancellationToken cancel);

    /// <summary>Replaces the room if its stored version is <c>room.Version - 1</c>; else false.</summary>
    Task<bool> ReplaceRoomAsync(RoomRecord room, CancellationToken cancel);

    /// <summary>Removes the room and its chat, if its version is <paramref name="version"/> or that is null; else false.</summary>
    Task<bool> DeleteRoomAsync(string id, long? version, CancellationToken cancel);

    /// <summary>
    /// Stores a message and gives it its number; keeps the newest <paramref name="keep"/>. The same (from, n) again
    /// gives back the message stored before.
    /// </summary>
    Task<ChatMessage> AppendChatAsync(string room, string from, string name, string text, long n, DateTimeOffset at, int keep, CancellationToken cancel);

    /// <summary>The newest <paramref name="limit"/> messages, oldest first.</summary>
    Task<IReadOnlyList<ChatMessage>> ChatAsync(string room, int limit, CancellationToken cancel);

    /// <summary>Writes behind: what a session needs to be taken up again after a crash.</summary>
    void SaveSession(SessionRecord session);

    /// <summary>Writes behind: the session is over for good.</summary>
    void RemoveSession(string id);

    Task<IReadOnlyList<SessionRecord>> LoadSessionsAsync(CancellationToken cancel);
}
