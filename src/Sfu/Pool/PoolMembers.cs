namespace RtcHub.Sfu.Pool;

/// <summary>The services of the pool that this hub knows of: which of them are there, and which is the best for another room.</summary>
internal sealed class PoolMembers(string? region)
{
    // Less than this apart two services are equally busy.
    private const double Step = 0.1;

    // What a room that has just been put somewhere will come to.
    private const int TransportsOfRoom = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PoolMember> _members = new(StringComparer.Ordinal);

    public IReadOnlyList<PoolMember> All
    {
        get
        {
            lock (_gate) return [.. _members.Values];
        }
    }

    public bool IsAnyThere
    {
        get
        {
            lock (_gate) return _members.Values.Any(member => member.State == MemberState.There);
        }
    }

    public PoolMember? Find(string instance)
    {
        lock (_gate) return _members.GetValueOrDefault(instance);
    }

    /// <summary>The service that an id of a transport or track leads to, or null.</summary>
    public PoolMember? Of(string id) => id.IndexOf('-') is > 0 and var dash ? Find(id[..dash]) : null;

    /// <summary>False when it is known already; then <paramref name="record"/> is the last that is known of it.</summary>
    public bool Add(ServiceRecord record, Func<ServiceRecord, PoolMember> make, out PoolMember member)
    {
        lock (_gate)
        {
            if (_members.TryGetValue(record.Instance, out var known))
            {
                (member = known).Record = record;
                return false;
            }

            _members.Add(record.Instance, member = make(record));
            return true;
        }
    }

    public void Remove(PoolMember member)
    {
        lock (_gate) _members.Remove(member.Instance);
        member.Dispose();
    }

    /// <returns>What it was before.</returns>
    public MemberState Set(PoolMember member, MemberState state)
    {
        lock (_gate)
        {
            var before = member.State;
            member.State = state;
            return before;
        }
    }

    /// <summary>
    /// The least loaded that is there: of this region while one of it has room, of those that stay while there is one. Null when none
    /// is there.
    /// </summary>
    public PoolMember? Best()
    {
        lock (_gate)
        {
            return _members.Values.Where(member => member.State == MemberState.There)
                .OrderBy(member => member.Record.IsDraining)
                .ThenBy(member => member.Record.Load >= ServiceRecord.Full)
                .ThenBy(member => region is not null && member.Record.Region != region)
                .ThenBy(member => Math.Floor(member.Record.Load / Step))
                .ThenBy(member => member.Record.Transports + (TransportsOfRoom * member.PlacedSince))
                .ThenBy(member => member.Instance, StringComparer.Ordinal)
                .FirstOrDefault();
        }
    }

    /// <summary>The best one, for a room that is to be put there now: the next one who asks sees it as a little busier.</summary>
    public PoolMember? Choose()
    {
        lock (_gate)
        {
            var best = Best();
            if (best is not null) best.PlacedSince++;
            return best;
        }
    }

    /// <summary>The room is elsewhere, after all.</summary>
    public void Unchoose(PoolMember member)
    {
        lock (_gate) member.PlacedSince = Math.Max(0, member.PlacedSince - 1);
    }
}
