namespace RtcHub.Sfu.Routing;

/// <summary>
/// The NTP clock of one publisher in our time. All its tracks share it: whatever error its offset has is the same for sound
/// and picture, so lip sync survives (RFC 3550 section 6.4.1).
/// </summary>
/// <remarks>
/// The offset follows slowly, so that clocks that drift stay near each other. A step of the publisher's clock starts a new
/// epoch with an offset of its own; reports from before the step keep the one that they were made with.
/// </remarks>
internal sealed class PublisherClock
{
    // µs. Less is delay or drift, more is somebody setting a clock.
    private const long Step = 1_000_000;

    // µs per report, which comes every few seconds: far more than clocks drift, too little to be heard or seen.
    private const long MaxSlew = 1_000;

    private ulong _reference;
    private long _offset;
    private long _offsetBefore;

    /// <summary>Counts the steps; 0: no report came yet.</summary>
    public int Epoch { get; private set; }

    /// <summary>A report came.</summary>
    /// <param name="now">µs.</param>
    /// <param name="ntp">Its NTP timestamp, 32.32.</param>
    /// <param name="jump">
    /// By how much the NTP clock has advanced beyond the RTP clock of the same layer since its last report, µs; null: it is the
    /// layer's first.
    /// </param>
    public void Receive(long now, ulong ntp, long? jump)
    {
        if (Epoch == 0) (Epoch, _reference, _offset) = (1, ntp, now);
        var error = now - SinceReference(ntp) - _offset;
        if (Math.Abs(error) <= Step || Math.Abs(jump ?? error) <= Step)
        {
            _offset += Math.Clamp(error / 8, -MaxSlew, MaxSlew);
            return;
        }

        // The RTP clock knows the step exactly; the time of arrival would add the delay of this very report to it.
        if (jump is { } known && Math.Abs(error + known) <= Step) error = -known;
        (Epoch, _offsetBefore, _offset) = (Epoch + 1, _offset, _offset + error);
    }

    /// <summary>Our time, µs, of a moment on the publisher's clock; false when that epoch is over.</summary>
    public bool TryGetTime(ulong ntp, int epoch, out long time)
    {
        time = SinceReference(ntp) + (epoch == Epoch ? _offset : _offsetBefore);
        return epoch > 0 && Epoch - epoch <= 1;
    }

    /// <summary>µs from one moment of an NTP clock to another; right across the end of its era in 2036, too.</summary>
    public static long Elapsed(ulong from, ulong to)
    {
        var difference = (long)(to - from);
        return (difference >> 32) * 1_000_000 + (long)((ulong)(uint)difference * 1_000_000 >> 32);
    }

    private long SinceReference(ulong ntp) => Elapsed(_reference, ntp);
}
