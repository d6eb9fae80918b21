using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Pool;

/// <summary>
/// Which room is on which service. Redis says it to all hubs; what a hub has in use it knows by itself, so that calls go on while
/// Redis is away.
/// </summary>
internal sealed class PoolRooms(PoolStore store, PoolMembers members)
{
    private const int MaxRounds = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PoolRoom> _rooms = new(StringComparer.Ordinal);

    /// <summary>Reads Redis again, because a service is named there that is not known here.</summary>
    public Func<Task> Look { get; set; } = () => Task.CompletedTask;

    public int Count
    {
        get
        {
            lock (_gate) return _rooms.Count;
        }
    }

    /// <summary>The service of a room, put on the best one if it is on none; the caller holds its place until <see cref="Leave"/>.</summary>
    public async Task<PoolRoom> EnterAsync(string room)
    {
        lock (_gate)
        {
            if (_rooms.TryGetValue(room, out var known)) return known.Use();
        }

        var found = await ClaimAsync(room);
        lock (_gate)
        {
            // Of two at once the first one's word counts: they may differ while Redis is away.
            if (!_rooms.TryGetValue(room, out var entry)) _rooms.Add(room, entry = new PoolRoom(room, found));
            return entry.Use();
        }
    }

    /// <summary>Ends what <see cref="EnterAsync"/> began; with a transport if one was made.</summary>
    public void Leave(PoolRoom room, string? transport)
    {
        lock (_gate)
        {
            room.Entering--;
            if (transport is not null) room.Transports.Add(transport);
            Forget(room);
        }
    }

    /// <summary>The service of a room, or null when it is on none that is there.</summary>
    public async Task<PoolMember?> FindAsync(string room)
    {
        lock (_gate)
        {
            if (_rooms.TryGetValue(room, out var entry)) return entry.Member;
        }

        try
        {
            return await store.FindAsync(room) is { } instance && members.Find(instance) is { State: MemberState.There } member ? member : null;
        }
        catch (Exception away) when (PoolStore.IsAway(away))
        {
            return null;
        }
    }

    /// <summary>A room was looked at: who is in it is known from now on, also when another hub has let them in.</summary>
    public void Adopt(string room, PoolMember member, IEnumerable<string> transports)
    {
        lock (_gate)
        {
            if (!_rooms.TryGetValue(room, out var entry)) _rooms.Add(room, entry = new PoolRoom(room, member));
            if (entry.Member == member) entry.Transports.UnionWith(transports);
            Forget(entry);
        }
    }

    /// <summary>A transport is gone; with the last one the hub has no business with the room any more.</summary>
    public void Closed(string room, string transport)
    {
        lock (_gate)
        {
            if (_rooms.TryGetValue(room, out var entry) && entry.Transports.Remove(transport)) Forget(entry);
        }
    }

    /// <summary>Rooms of a service that is about to end, each told once.</summary>
    public IReadOnlyList<string> ToLeave(PoolMember member)
    {
        lock (_gate)
        {
            var rooms = _rooms.Where(each => each.Value.Member == member && !each.Value.IsToldToLeave).ToList();
            rooms.ForEach(each => each.Value.IsToldToLeave = true);
            return [.. rooms.Select(each => each.Key)];
        }
    }

    /// <summary>Takes all rooms away from a service that is lost.</summary>
    public IReadOnlyList<string> Lose(PoolMember member)
    {
        lock (_gate)
        {
            var rooms = _rooms.Where(each => each.Value.Member == member).Select(each => each.Key).ToList();
            rooms.ForEach(room => _rooms.Remove(room));
            return rooms;
        }
    }

    /// <summary>Says in Redis that the rooms in use here are where they are.</summary>
    /// <returns>Those that are elsewhere, as another hub has it.</returns>
    public async Task<IReadOnlyList<string>> RenewAsync()
    {
        KeyValuePair<string, PoolMember>[] rooms;
        lock (_gate) rooms = [.. _rooms.Select(each => KeyValuePair.Create(each.Key, each.Value.Member))];
        var lost = new List<string>();
        foreach (var part in rooms.Chunk(100))
        {
            var at = await Task.WhenAll(part.Select(each => store.ClaimAsync(each.Key, expected: null, each.Value.Instance)));
            lock (_gate)
            {
                for (var i = 0; i < part.Length; i++)
                {
                    var (room, member) = part[i];
                    if (at[i] == member.Instance || !_rooms.TryGetValue(room, out var entry) || entry.Member != member) continue;
                    _rooms.Remove(room);
                    lost.Add(room);
                }
            }
        }

        return lost;
    }

    private void Forget(PoolRoom room)
    {
        if (room is { Entering: 0, Transports.Count: 0 } && _rooms.GetValueOrDefault(room.Id) == room) _rooms.Remove(room.Id);
    }

    private async Task<PoolMember> ClaimAsync(string room)
    {
        string? expected = null;
        for (var round = 0; round < MaxRounds; round++)
        {
            var best = members.Choose() ?? throw new SfuException(SfuError.Unavailable, "No media service is there.");
            string instance;
            try
            {
                instance = await store.ClaimAsync(room, expected, best.Instance);
            }
            catch (Exception away) when (PoolStore.IsAway(away))
            {
                instance = best.Instance;
            }

            if (instance != best.Instance) members.Unchoose(best);
            if (members.Find(instance) is not { } member)
            {
                if (expected is null) await Look();
                expected = instance; // Unless it is known now, it is dead.
                if (members.Find(instance) is null) continue;
                throw NotYet();
            }

            if (member.State == MemberState.New) throw NotYet();
            if (member.State == MemberState.Lost || (member.Record.IsDraining && !best.Record.IsDraining && await member.Sfu.GetRoomAsync(room) is null))
            {
                expected = instance;
                continue;
            }

            return member;
        }

        throw NotYet();
    }

    private static SfuException NotYet() => new(SfuError.Unavailable, "The room's media service is not reached yet.");
}
