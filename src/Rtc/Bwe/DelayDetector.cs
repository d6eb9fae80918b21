namespace RtcHub.Rtc.Bwe;

/// <summary>
/// Puts packets together that were sent together, and shows the delays between such groups to the <see cref="Trendline"/>: packets
/// of one frame leave at once and queue behind each other, which says nothing about the path (draft-ietf-rmcat-gcc-02 section 5.2).
/// </summary>
internal sealed class DelayDetector
{
    // µs.
    private const long BurstInterval = 5_000;
    private const long MaxBurst = 100_000;
    private const long Gap = 3_000_000;
    private const int MaxReordered = 3;

    private readonly Trendline _trendline = new();
    private Group _present;
    private Group _before;
    private int _reordered;

    public PathUsage Usage => _trendline.Usage;

    /// <summary>A packet was received: when it was sent by our clock, when it came by the receiver's, µs.</summary>
    public void Add(long sentAt, long arrival)
    {
        if (!_present.IsSet)
        {
            _present = new Group(sentAt, arrival);
            return;
        }

        if (sentAt < _present.FirstSent) return; // Of a group that is closed.
        if (Belongs(sentAt, arrival))
        {
            _present.LastSent = Math.Max(_present.LastSent, sentAt);
            _present.LastArrival = Math.Max(_present.LastArrival, arrival);
            return;
        }

        if (_before.IsSet) Compare();
        _before = _present;
        _present = new Group(sentAt, arrival);
    }

    /// <summary>What comes next has nothing to do with what was.</summary>
    public void Reset()
    {
        (_present, _before, _reordered) = (default, default, 0);
        _trendline.Reset();
    }

    private void Compare()
    {
        var (sent, arrived) = (_present.LastSent - _before.LastSent, _present.LastArrival - _before.LastArrival);
        if (arrived < 0)
        {
            if (++_reordered >= MaxReordered) Reset();
            return;
        }

        _reordered = 0;
        if (arrived > Gap) Reset();
        else _trendline.Add(arrived, sent, _present.LastArrival);
    }

    // Sent within 5 ms; or come at once after having waited somewhere together.
    private bool Belongs(long sentAt, long arrival)
    {
        if (sentAt - _present.FirstSent <= BurstInterval) return true;
        var arrived = arrival - _present.LastArrival;
        return arrived <= BurstInterval && arrived < sentAt - _present.LastSent && arrival - _present.FirstArrival < MaxBurst;
    }

    private struct Group(long sentAt, long arrival)
    {
        public long FirstSent = sentAt;
        public long LastSent = sentAt;
        public long FirstArrival = arrival;
        public long LastArrival = arrival;
        public bool IsSet = true;
    }
}
