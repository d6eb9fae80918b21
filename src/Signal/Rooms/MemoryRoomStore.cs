using System.Collections.Concurrent;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Rooms;

/// <summary>Rooms that live as long as the process: for tests, and for hubs that are to keep nothing.</summary>
internal sealed class MemoryRoomStore : IRoomStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, RoomRecord> _rooms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ChatLog> _chat = [];
    private readonly ConcurrentDictionary<string, SessionRecord> _sessions = new();

    private sealed class ChatLog
    {
        public long Last { get; set; }

        public List<ChatMessage> Messages { get; } = [];
    }

    public Task<RoomRecord?> GetRoomAsync(string id, CancellationToken cancel)
    {
        lock (_gate)
            return Task.FromResult(_rooms.GetValueOrDefault(id));
    }

    public Task<IReadOnlyList<RoomRecord>> ListRoomsAsync(string? after, int limit, CancellationToken cancel)
    {
        lock (_gate)
        {
            var page = _rooms.Values.Where(r => string.CompareOrdinal(r.Id, after) > 0).Take(limit);
            return Task.FromResult<IReadOnlyList<RoomRecord>>([.. page]);
        }
    }

    public Task<bool> AddRoomAsync(RoomRecord room, CancellationToken cancel)
    {
        lock (_gate)
            return Task.FromResult(_rooms.TryAdd(room.Id, room));
    }

    public Task<bool> ReplaceRoomAsync(RoomRecord room, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (_rooms.GetValueOrDefault(room.Id)?.Version != room.Version - 1)
                return Task.FromResult(false);
            _rooms[room.Id] = room;
            return Task.FromResult(true);
        }
    }

    public Task<bool> DeleteRoomAsync(string id, long? version, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(id, out var room) || (version is not null && version != room.Version))
                return Task.FromResult(false);
            _rooms.Remove(id);
            _chat.Remove(id);
            return Task.FromResult(true);
        }
    }

    public Task<ChatMessage> AppendChatAsync(
        string room, string from, string name, string text, long n, DateTimeOffset at, int keep, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (!_chat.TryGetValue(room, out var log))
                _chat.Add(room, log = new ChatLog());
            if (log.Messages.Find(m => m.From == from && m.N == n) is { } before)
                return Task.FromResult(before);
            var message = new ChatMessage(++log.Last, from, name, text, at, n);
            log.Messages.Add(message);
            if (log.Messages.Count > keep)
                log.Messages.RemoveRange(0, log.Messages.Count - keep);
            return Task.FromResult(message);
        }
    }

    public Task<IReadOnlyList<ChatMessage>> ChatAsync(string room, int limit, CancellationToken cancel)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyList<ChatMessage>>([.. _chat.GetValueOrDefault(room)?.Messages.TakeLast(limit) ?? []]);
    }

    public void SaveSession(SessionRecord session) => _sessions[session.Id] = session;

    public void RemoveSession(string id) => _sessions.TryRemove(id, out _);

    public Task<IReadOnlyList<SessionRecord>> LoadSessionsAsync(CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<SessionRecord>>([.. _sessions.Values]);
}
