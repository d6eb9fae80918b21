namespace RtcHub.Sfu.Workers;

/// <summary>
/// The next wake-up of every machine of a worker. One slot per tick of 5 ms over 2.56 s; what is due later goes round again.
/// Entries are links within the things that wait, so scheduling costs neither memory nor a search.
/// </summary>
internal sealed class TimerWheel
{
    /// <summary>Microseconds; the resolution of everything that waits.</summary>
    public const long Tick = 5_000;

    private const int Slots = 512;

    private readonly TimerEntry?[] _slots = new TimerEntry?[Slots];
    private long _tick;

    public TimerWheel(long now) => _tick = now / Tick;

    /// <summary>Entries that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Wakes the entry at <paramref name="due"/> (microseconds) instead of whenever it was due before.</summary>
    public void Schedule(TimerEntry entry, long due)
    {
        if (entry.Slot >= 0)
        {
            if (entry.Due == due) return;
            Unlink(entry);
        }

        entry.Due = due;
        if (due == long.MaxValue) return;

        // Rounded up, so that nothing wakes too early; never into a slot that this turn has passed already.
        var tick = Math.Max((due + Tick - 1) / Tick, _tick + 1);
        Link(entry, (int)(Math.Min(tick, _tick + Slots - 1) % Slots));
    }

    /// <summary>The entry waits for nothing any more.</summary>
    public void Cancel(TimerEntry entry) => Schedule(entry, long.MaxValue);

    /// <summary>How long may be slept: to the next slot that holds anything, 1 s at most.</summary>
    public long Wait(long now)
    {
        const long Longest = 1_000_000;
        if (Count == 0) return Longest;
        for (var tick = _tick + 1; tick < _tick + Slots && tick * Tick - now < Longest; tick++)
        {
            if (_slots[tick % Slots] is not null) return Math.Max(tick * Tick - now, 0);
        }

        return Longest;
    }

    /// <summary>Wakes all that is due. An entry may schedule itself and others meanwhile.</summary>
    public void Advance(long now)
    {
        var target = now / Tick;
        if (target - _tick > Slots) _tick = target - Slots; // The machine slept: one round wakes everybody.
        while (_tick < target)
        {
            _tick++;
            // Nobody is ever put into the slot of the present tick, so it runs empty.
            while (_slots[_tick % Slots] is { } entry)
            {
                Unlink(entry);
                if (entry.Due > now) Schedule(entry, entry.Due);
                else entry.Wake(now);
            }
        }
    }

    private void Link(TimerEntry entry, int slot)
    {
        entry.Slot = slot;
        entry.Previous = null;
        entry.Next = _slots[slot];
        if (entry.Next is not null) entry.Next.Previous = entry;
        _slots[slot] = entry;
        Count++;
    }

    private void Unlink(TimerEntry entry)
    {
        if (entry.Previous is null) _slots[entry.Slot] = entry.Next;
        else entry.Previous.Next = entry.Next;
        if (entry.Next is not null) entry.Next.Previous = entry.Previous;
        entry.Previous = entry.Next = null;
        entry.Slot = -1;
        Count--;
    }
}

/// <summary>Something that wants to be woken.</summary>
internal abstract class TimerEntry
{
    /// <summary>Microseconds, or <see cref="long.MaxValue"/>.</summary>
    internal long Due = long.MaxValue;

    internal int Slot = -1;
    internal TimerEntry? Previous, Next;

    /// <summary>It is time; whoever wants to be woken again schedules itself.</summary>
    public abstract void Wake(long now);
}
