namespace RtcHub.Rtc.Srtp;

/// <summary>What is kept of each SSRC that has sent an authentic packet: a hash table by open addressing.</summary>
internal sealed class SrtpSources
{
    /// <summary>
    /// A browser uses two SSRCs per simulcast layer. None is ever forgotten while the key lives: a source that starts anew would
    /// take its old packets for new ones.
    /// </summary>
    public const int Capacity = 256;

    // A power of two, never more than half full.
    private SrtpSource?[] _slots = new SrtpSource?[8];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Null when the SSRC is new.</summary>
    public SrtpSource? Find(uint ssrc) => _slots[Slot(_slots, ssrc)];

    /// <summary>Adds a new one; callers look at <see cref="Count"/> first.</summary>
    public SrtpSource Add(uint ssrc)
    {
        if (2 * (Count + 1) > _slots.Length) Grow();
        Count++;
        return _slots[Slot(_slots, ssrc)] = new SrtpSource(ssrc);
    }

    private void Grow()
    {
        var slots = new SrtpSource?[2 * _slots.Length];
        foreach (var source in _slots)
        {
            if (source is not null) slots[Slot(slots, source.Ssrc)] = source;
        }

        _slots = slots;
    }

    // Where it is, or the empty slot where it would be.
    private static int Slot(SrtpSource?[] slots, uint ssrc)
    {
        var mask = slots.Length - 1;
        var slot = (int)(ssrc * 0x9E37_79B1 >> 16) & mask;
        while (slots[slot] is { } source && source.Ssrc != ssrc) slot = slot + 1 & mask;
        return slot;
    }
}

/// <summary>One SSRC.</summary>
internal sealed class SrtpSource(uint ssrc)
{
    public readonly uint Ssrc = ssrc;

    /// <summary>What has been received, thereby also the roll-over counter.</summary>
    public ReplayWindow Window;
}
