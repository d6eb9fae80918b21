using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Meetings;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// From a room's id to the room: the stored record, and the live room while somebody is in it. What changes a record
/// changes the store first, then the live room.
/// </summary>
internal sealed class RoomDirectory(
    IRoomStore store, SessionDirectory sessions, PasscodeThrottle throttle, MeetingFactory meetings, IOptions<RoomOptions> options, TimeProvider time,
    Homes? homes = null, Journal? journal = null)
{
    private readonly ConcurrentDictionary<string, Room> _live = new();

    // One change of a room at a time, so that nothing is loaded while it is being deleted.
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>A room has ended for all in it.</summary>
    public event Action<Room>? Ended;

    /// <summary>A room goes on at another node.</summary>
    public event Action<Room>? Departed;

    public int LiveCount => _live.Count;

    /// <summary>Rooms with somebody in them, or just emptied.</summary>
    public IEnumerable<Room> All => _live.Values;

    public Room? Live(string id) => _live.GetValueOrDefault(id);

    /// <summary>The record, or null; an expired room is not found.</summary>
    public async Task<RoomRecord?> FindAsync(string id, CancellationToken cancel)
    {
        var record = Live(id)?.Record ?? await store.GetRoomAsync(id, cancel);
        return record is null || IsExpired(record) ? null : record;
    }

    /// <summary>Rooms in order of id, without those of direct calls.</summary>
    public async Task<IReadOnlyList<RoomRecord>> ListAsync(string? after, int limit, CancellationToken cancel)
    {
        var found = new List<RoomRecord>(limit);
        while (found.Count < limit)
        {
            var page = await store.ListRoomsAsync(after, limit, cancel);
            found.AddRange(page.Where(r => !RoomId.IsCall(r.Id) && !IsExpired(r)).Take(limit - found.Count));
            if (page.Count < limit)
                break;
            after = page[^1].Id;
        }

        return found;
    }

    public async Task<(RoomRecord? Room, HubError? Error)> CreateAsync(RoomRecord record, CancellationToken cancel)
    {
        using var turn = await EnterStripeAsync(record.Id, cancel);
        if (await store.GetRoomAsync(record.Id, cancel) is { } old && IsExpired(old))
            await RemoveAsync(old, cancel);
        if (!await store.AddRoomAsync(record, cancel))
            return (null, Errors.AlreadyExists.With(field: "id"));
        // Its empty time-out begins now, not when the first person comes.
        if (record.EmptyTimeoutSeconds is not null && await IsHereAsync(record.Id, cancel))
            _live.TryAdd(record.Id, NewRoom(record, []));
        return (record, null);
    }

    /// <summary>Changes a record and tells those in the room.</summary>
    /// <param name="ifVersion">The version it must have, or null for any.</param>
    public async Task<(RoomRecord? Room, HubError? Error)> UpdateAsync(
        string id, long? ifVersion, Func<RoomRecord, RoomRecord> change, CancellationToken cancel)
    {
        using var turn = await EnterStripeAsync(id, cancel);
        if (await FindAsync(id, cancel) is not { } record)
            return (null, Errors.NotFound);
        if (ifVersion is { } version && version != record.Version)
            return (null, Errors.PreconditionFailed);
        var changed = change(record) with { Version = record.Version + 1 };
        if (!await store.ReplaceRoomAsync(changed, cancel))
            return (null, Errors.PreconditionFailed);
        Live(id)?.Apply(changed);
        return (changed, null);
    }

    public async Task<HubError?> DeleteAsync(string id, long? ifVersion, CancellationToken cancel)
    {
        using var turn = await EnterStripeAsync(id, cancel);
        if (await FindAsync(id, cancel) is not { } record)
            return Errors.NotFound;
        if (ifVersion is { } version && version != record.Version)
            return Errors.PreconditionFailed;
        await RemoveAsync(record, cancel);
        return null;
    }

    /// <summary>Lets a session into a room, which is made if the hub allows that. The checks that need no lock are here.</summary>
    /// <param name="entered">As in <see cref="Room.Enter"/>.</param>
    public async Task<HubError?> EnterAsync(
        Session session, string? id, string? passcode, MediaState media, Action<RoomView> entered, CancellationToken cancel)
    {
        if (!RoomId.MayBeChosen(id))
            return Errors.Invalid.With("'room' is 3-64 characters of a-z, 0-9 and '-'.", "room");
        if (!session.Grants.Join || (session.Grants.Room is { } only && only != id))
            return Errors.Forbidden.With("Your token is not for this room.");

        // A room that was emptied and put away between the look-up and the door is looked up again.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var (room, error) = await OpenAsync(id!, create: options.Value.CreateOnJoin, cancel);
            if (room is null)
                return error;
            if (!session.Grants.Moderate && CheckPasscode(session.Address, room, passcode) is { } refusal)
                return refusal;

            error = room.Enter(session, media, entered);
            if (error?.Kind != Errors.RoomClosed)
                return error;
        }

        return Errors.RoomClosed;
    }

    /// <summary>The live room, loaded if it is stored, made if <paramref name="create"/>.</summary>
    /// <param name="mode">Of a room that is made.</param>
    public async Task<(Room? Room, HubError? Error)> OpenAsync(string id, bool create, CancellationToken cancel, RoomMode mode = RoomMode.Auto)
    {
        if (Live(id) is { Closed: false } live)
            return (live, null);
        if (!await IsHereAsync(id, cancel))
            return (null, Home.Away);
        using var turn = await EnterStripeAsync(id, cancel);
        if (Live(id) is { Closed: false } loaded)
            return (loaded, null);

        var record = await store.GetRoomAsync(id, cancel);
        if (record is not null && IsExpired(record))
            return (null, Errors.RoomClosed);
        IReadOnlyList<ChatMessage> history = [];
        if (record is not null)
        {
            history = await store.ChatAsync(id, options.Value.ChatHistory, cancel);
        }
        else
        {
            if (!create)
                return (null, Errors.NotFound);
            record = NewRecord(id, options.Value.DefaultMaxParticipants, locked: false, (int)options.Value.DefaultEmptyTimeout.TotalSeconds, mode);
            await store.AddRoomAsync(record, cancel);
        }

        var room = NewRoom(record, history);
        _live[id] = room;
        return (room, null);
    }

    /// <summary>The room goes on at another node; it has departed here.</summary>
    public void Forget(Room room)
    {
        if (_live.TryRemove(KeyValuePair.Create(room.Id, room)))
            Departed?.Invoke(room);
    }

    /// <summary>A room that lived on another node; null when it is stored no more.</summary>
    public async Task<Room?> RestoreAsync(string id, CancellationToken cancel)
    {
        if (await store.GetRoomAsync(id, cancel) is not { } record)
            return null;
        return _live[id] = NewRoom(record, await store.ChatAsync(id, options.Value.ChatHistory, cancel));
    }

    /// <summary>The room of a direct call: for two, closed to everybody else.</summary>
    public async Task<Room> OpenForCallAsync(string id, CancellationToken cancel)
    {
        await IsHereAsync(id, cancel); // Nobody else can know this id; without Redis the call goes on here all the same.
        var record = NewRecord(id, 2, locked: true, 60);
        await store.AddRoomAsync(record, cancel);
        return _live[id] = NewRoom(record, []);
    }

    /// <summary>Closes what has expired or been empty for long enough; called once a second.</summary>
    public async Task SweepAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        foreach (var room in _live.Values)
        {
            using var group = JournalGroup.Begin(journal);
            if (IsExpired(room.Record))
                await DeleteAsync(room.Id, room.Record, cancel);
            else if (room.EmptySince is { } since)
                await SweepEmptyAsync(room, now - since, cancel);
            else
                room.Tick();
        }
    }

    /// <summary>Closes stored rooms that expired while nobody was in them, and starts the clock of the empty ones.</summary>
    public async Task SweepStoreAsync(CancellationToken cancel)
    {
        for (string? after = null; ;)
        {
            var page = await store.ListRoomsAsync(after, 500, cancel);
            foreach (var record in page)
            {
                if (IsExpired(record))
                    await DeleteAsync(record.Id, record, cancel);
                else if (record.EmptyTimeoutSeconds is not null)
                    await OpenAsync(record.Id, create: false, cancel);
            }

            if (page.Count < 500)
                return;
            after = page[^1].Id;
        }
    }

    // Rooms without an empty time-out only leave memory; their record stays.
    private static readonly TimeSpan KeepInMemory = TimeSpan.FromSeconds(60);

    private async Task SweepEmptyAsync(Room room, TimeSpan empty, CancellationToken cancel)
    {
        var limit = room.Record.EmptyTimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : KeepInMemory;
        if (empty < limit)
            return;
        using var turn = await EnterStripeAsync(room.Id, cancel);
        if (!room.TryCloseEmpty())
            return;
        if (room.Record.EmptyTimeoutSeconds is not null)
            await store.DeleteRoomAsync(room.Id, null, cancel);
        _live.TryRemove(KeyValuePair.Create(room.Id, room));
    }

    private async Task DeleteAsync(string id, RoomRecord record, CancellationToken cancel)
    {
        using var turn = await EnterStripeAsync(id, cancel);
        await RemoveAsync(record, cancel);
    }

    private async Task RemoveAsync(RoomRecord record, CancellationToken cancel)
    {
        await store.DeleteRoomAsync(record.Id, null, cancel);
        if (!_live.TryRemove(record.Id, out var room))
            return;
        room.Close("closed");
        Ended?.Invoke(room);
    }

    /// <summary>Whether this is the room's passcode, if it has one; wrong ones are counted by address.</summary>
    public HubError? CheckPasscode(IPAddress address, Room room, string? passcode)
    {
        if (room.Record.PasscodeHash is not { } hash)
            return null;
        if (passcode is null)
            return Errors.PasscodeRequired.With(field: "passcode");
        if (throttle.WaitMs(address, room.Id) is > 0 and var wait)
            return Errors.PasscodeWrong.With("Too many wrong passcodes; wait a moment.", "passcode", wait);
        if (Passcode.Verify(passcode, hash))
            return null;
        var retryAfterMs = throttle.Failed(address, room.Id);
        return Errors.PasscodeWrong.With(field: "passcode", retryAfterMs: retryAfterMs > 0 ? retryAfterMs : null);
    }

    private RoomRecord NewRecord(string id, int maxParticipants, bool locked, int emptyTimeout, RoomMode mode = RoomMode.Auto) => new(
        id, Name: null, mode, maxParticipants, locked, Lobby: false, PasscodeHash: null, Metadata: null,
        time.GetUtcNow(), ExpiresAt: null, emptyTimeout, Version: 1);

    private Room NewRoom(RoomRecord record, IReadOnlyList<ChatMessage> history)
    {
        var meeting = meetings.Create(record.Id);
        var room = new Room(record, history, options.Value.ChatHistory, time, sessions.Save, new Topology(options.Value.MeshLimit, options.Value.MeshMaxParticipants), meeting)
        {
            Keep = journal is null ? null : room => journal.Save(room.Id, room.Live()),
        };
        if (meeting is not null) (meeting.Everything, meeting.IsMuted) = (room.Everything, room.IsMuted);
        if (meeting is not null && journal is not null) meeting.Keep = (session, act) => KeepSeat(session, act, journal);
        return room;
    }

    // A room lives on one node of a cluster. Requests are taken to it before they come here; this holds whoever comes otherwise.
    private async ValueTask<bool> IsHereAsync(string id, CancellationToken cancel) =>
        homes is null || homes.Holds(id) || (await homes.FindAsync(id, cancel)).Kind == HomeKind.Here;

    private void KeepSeat(Session session, Action act, Journal journal)
    {
        using var group = JournalGroup.Begin(journal);
        act();
        sessions.Save(session);
    }

    private bool IsExpired(RoomRecord record) => record.ExpiresAt <= time.GetUtcNow();

    private async Task<Stripe> EnterStripeAsync(string id, CancellationToken cancel)
    {
        var stripe = _stripes[(uint)string.GetHashCode(id, StringComparison.Ordinal) % (uint)_stripes.Length];
        await stripe.WaitAsync(cancel);
        return new Stripe(stripe);
    }

    private readonly struct Stripe(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
