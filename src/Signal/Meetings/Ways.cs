using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Meetings;

/// <summary>
/// A room's meetings: the one in use, and while the room moves from one media service to another the one that is being prepared, or
/// the one that was in use and is about to close. Guarded by the lock of the room.
/// </summary>
internal sealed class Ways(Meeting first)
{
    private Meeting? _last;

    public Meeting Current { get; private set; } = first;

    public Meeting? Next { get; private set; }

    public IEnumerable<Meeting> All => ((Meeting?[])[Current, Next, _last]).OfType<Meeting>();

    /// <summary>The meeting of a way that a client may build; null when the room has gone another.</summary>
    public Meeting? Find(long way) => Current.Way == way ? Current : Next?.Way == way ? Next : null;

    /// <summary>Does as the topology has decided.</summary>
    /// <returns>Whether another meeting is in use from now on.</returns>
    public bool Follow(long way, long? next)
    {
        var changed = Current.Way != way;
        if (changed)
        {
            End();
            (_last, Current) = (Current, Next?.Way == way ? Next : Current.Beside(way));
            if (Next == Current) Next = null;
            _last.Use(false);
            Current.Use(true);
        }

        if (Next is not null && Next.Way != next)
        {
            Next.End();
            Next = null;
        }

        if (next is { } wanted) Next ??= Current.Beside(wanted);
        return changed;
    }

    /// <summary>A participant's place on a way; on the next one they want what they want on this.</summary>
    public Seat? Take(Session session, long? way)
    {
        if (Find(way ?? Current.Way) is not { } meeting) return null;
        var seat = meeting.Take(session);
        if (meeting == Next && Current.Find(session.Id) is { } now) seat.WantAs(now);
        return seat;
    }

    /// <summary>The participant's place that has this transport, or the one in use.</summary>
    public Seat Holder(Session session, string? transport) =>
        transport is not null && Next?.Find(session.Id) is { } seat && seat.Has(transport) ? seat : Current.Take(session);

    /// <summary>The way that was in use before is not needed any more.</summary>
    public void End()
    {
        _last?.End();
        _last = null;
    }
}
