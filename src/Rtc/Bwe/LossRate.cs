namespace RtcHub.Rtc.Bwe;

/// <summary>
/// The rate that losses allow: a path that loses a little loses whatever is sent, one that loses much is overfull
/// (draft-ietf-rmcat-gcc-02 section 6).
/// </summary>
internal sealed class LossRate
{
    private const double Low = 0.02;
    private const double High = 0.10;
    private const double GrowthPerSecond = 1.08;

    // µs. Fewer than a handful of packets say nothing about losses.
    private const long Interval = 200_000;
    private const int Least = 40;

    // A loss of this much leaves no doubt what the path carries.
    private const double Flood = 0.4;

    private int _received;
    private int _lost;
    private long _since;
    private long _decreasedAt = long.MinValue / 2;

    /// <summary>Bit/s; infinity: losses set no limit.</summary>
    public double Bitrate { get; private set; } = double.PositiveInfinity;

    /// <summary>The share of the last interval that had enough packets, 0-1.</summary>
    public double Fraction { get; private set; }

    /// <summary>Packets of which feedback tells.</summary>
    public void Add(int received, int lost)
    {
        _received += received;
        _lost += lost;
    }

    /// <summary>Looks at what was told.</summary>
    /// <param name="now">µs.</param>
    /// <param name="estimate">What is sent at most at present, bit/s.</param>
    /// <param name="throughput">What came through, bit/s; 0: not known.</param>
    /// <param name="rtt">µs.</param>
    public void Update(long now, double estimate, long throughput, long rtt)
    {
        if (_since == 0) _since = now;
        if (now - _since < Interval || _received + _lost < Least) return;
        var elapsed = Math.Min((now - _since) / 1e6, 1);
        Fraction = Math.Max(0, (double)_lost / (_received + _lost));
        (_received, _lost, _since) = (0, 0, now);
        if (Fraction < Low)
        {
            Bitrate = Math.Max(Bitrate * Math.Pow(GrowthPerSecond, elapsed), throughput);
            if (Bitrate > 2 * estimate) Bitrate = double.PositiveInfinity;
        }
        else if (Fraction > High && now - _decreasedAt > rtt + Interval)
        {
            var lowered = Math.Min(Bitrate, estimate) * (1 - 0.5 * Fraction);
            Bitrate = Fraction > Flood && throughput > 0 ? Math.Min(lowered, throughput) : lowered;
            _decreasedAt = now;
        }
    }

    /// <summary>It is known by other means that the path carries this.</summary>
    public void RaiseTo(double bitrate) => Bitrate = Math.Max(Bitrate, bitrate);
}
