namespace RtcHub.Rtc.Bwe;

/// <summary>
/// The rate that the delay allows: up while nothing queues, by a factor as long as the capacity is not known and by about a packet
/// per round trip near it; down below what came through when a queue grows (draft-ietf-rmcat-gcc-02 section 5.6).
/// </summary>
internal sealed class DelayRate
{
    private const double Backoff = 0.85;
    private const double GrowthPerSecond = 1.08;
    private const double PacketBits = 1_200 * 8;
    private const long ReactionTime = 100_000;

    // How far the rate may be ahead of what is known to come through.
    private const double Lead = 1.2;
    private const long LeadOffset = 10_000;

    // Of what came through without a queue; its measurement is off by the length of a packet.
    private const double Proven = 0.9;

    private readonly LinkCapacity _capacity = new();
    private long _updatedAt;
    private long _decreasedAt = long.MinValue / 2;
    private bool _holds;

    public DelayRate(long start) => Bitrate = start;

    /// <summary>Bit/s.</summary>
    public double Bitrate { get; private set; }

    /// <summary>A feedback came.</summary>
    /// <param name="now">µs.</param>
    /// <param name="usage">What the delay says.</param>
    /// <param name="received">Bit/s that came through; 0: not known.</param>
    /// <param name="rtt">µs.</param>
    /// <param name="isBounded">The rate is not to run far ahead of what comes through: probes will show what more there is.</param>
    public void Update(long now, PathUsage usage, long received, long rtt, bool isBounded)
    {
        var elapsed = _updatedAt == 0 ? 0 : Math.Min((now - _updatedAt) / 1e6, 1);
        _updatedAt = now;
        switch (usage)
        {
            case PathUsage.Over:
                Decrease(now, received, rtt);
                break;
            case PathUsage.Under:
                _holds = true;
                break;
            case PathUsage.Normal when _holds:
                _holds = false;
                break;
            case PathUsage.Normal:
                Increase(elapsed, received, rtt, isBounded);
                break;
        }
    }

    /// <summary>It is known by other means that the path carries this.</summary>
    public void RaiseTo(double bitrate)
    {
        if (bitrate <= Bitrate) return;
        Bitrate = bitrate;
        _capacity.Forget();
    }

    /// <summary>Nothing is heard any more.</summary>
    public void Halve() => (Bitrate, _holds) = (Math.Max(Bitrate / 2, BandwidthEstimator.Least), true);

    private void Increase(double elapsed, long received, long rtt, bool isBounded)
    {
        if (_capacity.IsExceededBy(received)) _capacity.Forget();
        var raised = _capacity.IsKnown
            ? Bitrate + PacketBits / ((rtt + ReactionTime) / 1e6) * elapsed
            : Bitrate * Math.Pow(GrowthPerSecond, elapsed);
        if (isBounded && received > 0) raised = Math.Min(raised, Math.Max(Lead * received + LeadOffset, Bitrate));
        Bitrate = Math.Max(raised, Proven * received);
    }

    private void Decrease(long now, long received, long rtt)
    {
        _holds = true;
        if (received == 0)
        {
            // Nothing is known but that it is too much.
            if (now - _decreasedAt < Math.Max(rtt, ReactionTime)) return;
            Halve();
            _decreasedAt = now;
            return;
        }

        // Once per round trip, except when what comes through has collapsed.
        if (now - _decreasedAt < Math.Clamp(rtt, 10_000, 200_000) && received > Bitrate / 2) return;
        _decreasedAt = now;
        var lowered = Backoff * received;
        if (lowered > Bitrate && _capacity.IsKnown) lowered = Backoff * _capacity.Bitrate;
        Bitrate = Math.Max(Math.Min(Bitrate, lowered), BandwidthEstimator.Least);
        _capacity.Learn(received);
    }
}

/// <summary>What the path carried when its queues grew: near it one goes carefully.</summary>
internal sealed class LinkCapacity
{
    private const double Weight = 0.05;

    private double _deviation = 0.4; // Of the rate in kbit/s, normalised by it.

    public bool IsKnown => Bitrate > 0;

    /// <summary>Bit/s.</summary>
    public double Bitrate { get; private set; }

    public bool IsExceededBy(long received) => IsKnown && received > Bitrate + 3 * Deviation;

    private double Deviation => Math.Sqrt(_deviation * Bitrate / 1e3) * 1e3;

    public void Learn(long received)
    {
        if (IsKnown && received < Bitrate - 3 * Deviation) Forget(); // It is another path.
        Bitrate = IsKnown ? (1 - Weight) * Bitrate + Weight * received : received;
        var error = (Bitrate - received) / 1e3;
        _deviation = Math.Clamp((1 - Weight) * _deviation + Weight * error * error / Math.Max(Bitrate / 1e3, 1), 0.4, 2.5);
    }

    public void Forget() => Bitrate = 0;
}
