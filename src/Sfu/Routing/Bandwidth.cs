using RtcHub.Rtc.Bwe;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// What the path to a subscriber carries, and what each of its slots gets of it. Sound is sent in any case; pictures share what it
/// leaves.
/// </summary>
internal sealed class Bandwidth(IReadOnlyList<Slot> slots, bool isPlayer, Counters counters)
{
    /// <summary>UDP and IP below a datagram, and the tag of SRTP.</summary>
    public const int Overhead = 28 + 16;

    private const long Interval = 100_000;
    private const long ProbeInterval = 5_000;

    // Of the estimate: retransmissions and reports go beside it.
    private const int ReserveDivisor = 20;

    // Retransmissions get half of the estimate at most, and so much at once: bytes.
    private const int LeastBurst = 6_000;
    private const long BurstTime = 50_000;

    private readonly BandwidthEstimator _estimator = new();
    private Demand[] _demands = [];
    private int[] _order = [];
    private int[] _granted = [];
    private long _allocatedWith = long.MaxValue;
    private long _counted;
    private long _burst;
    private long _burstAt;

    public long NextTimeout { get; private set; } = long.MaxValue;

    /// <summary>Bit/s; <see cref="long.MaxValue"/> when nothing limits it.</summary>
    public long Estimate => _estimator.Estimate;

    /// <summary>A slot is there, as it was negotiated.</summary>
    public void Add(OutgoingSection section)
    {
        if (section.Extensions[ExtensionKind.TransportCc] != 0) _estimator.UseTransportFeedback();
        if (section.RtxSsrc != 0) _estimator.CanProbe = true;
        if (_demands.Length >= slots.Count) return;
        var room = Math.Max(4, 2 * slots.Count);
        (_demands, _order, _granted) = (new Demand[room], new int[room], new int[room]);
    }

    /// <summary>The client can take media from now on.</summary>
    public void Connected(long now)
    {
        NextTimeout = now + Interval;
    }

    /// <summary>A packet is sent; the number that it is to carry.</summary>
    public ushort Send(long now, int bytes) => _estimator.Send(now, bytes + Overhead);

    /// <summary>
    /// Whether a retransmission may be sent now. Where a path has become narrow everything is asked for again, and what is sent again
    /// would take the place of the smaller picture that could come through.
    /// </summary>
    public bool TryTakeRetransmission(long now, int bytes)
    {
        if (_estimator.Estimate == long.MaxValue) return true;
        var most = Math.Max(LeastBurst, _estimator.Estimate * BurstTime / 8_000_000);
        _burst = Math.Min(_burst + Math.Min(now - _burstAt, 1_000_000) * _estimator.Estimate / 16_000_000, most);
        _burstAt = now;
        if (_burst < bytes) return false;
        _burst -= bytes;
        return true;
    }

    public void Receive(long now, in TransportFeedback feedback)
    {
        _estimator.Receive(now, feedback);
        AfterNews(now);
    }

    public void Receive(long now, in Remb remb)
    {
        _estimator.ReceiveRemb(now, remb.Bitrate);
        AfterNews(now);
    }

    /// <summary>Packets that came and that were lost since the last report.</summary>
    public void ReceiveReport(long now, int received, int lost, long rtt)
    {
        _estimator.ReceiveReport(now, received, lost, rtt);
        AfterNews(now);
    }

    public void Timeout(long now)
    {
        if (now < NextTimeout) return;
        if (!_estimator.IsProbing)
        {
            _estimator.Timeout(now);
            if (_estimator.Estimate != long.MaxValue || _allocatedWith != long.MaxValue) Allocate(now);
        }

        Probe(now);
        NextTimeout = now + (_estimator.IsProbing ? ProbeInterval : Interval);
    }

    /// <summary>Gives each slot its step.</summary>
    public void Allocate(long now)
    {
        // What a path that has collapsed is still sent only makes the next picture wait: better none until then.
        var isCollapse = _estimator.Estimate < _allocatedWith / 2 && _allocatedWith != long.MaxValue;
        var (count, sound, wanted) = (slots.Count, 0L, 0L);
        var demands = _demands.AsSpan(0, count);
        for (var i = 0; i < count; i++)
        {
            demands[i] = default;
            sound += slots[i].SoundBitrate;
            slots[i].Ask(ref demands[i]);
            demands[i].IsUnpausable = isPlayer || !_estimator.HasEvidence;
            wanted += demands[i][demands[i].Count - 1];
        }

        // With the reserve and what it takes to go up: less would leave a slot waiting for a bandwidth that nobody looks for.
        _estimator.Wanted = sound + wanted + wanted / 4;
        _allocatedWith = _estimator.Estimate;
        var left = _allocatedWith == long.MaxValue ? long.MaxValue / 2 : _allocatedWith - _allocatedWith / ReserveDivisor - sound;
        var granted = _granted.AsSpan(0, count);
        Allocation.Divide(left, demands, _order.AsSpan(0, count), granted);
        for (var i = 0; i < count; i++)
        {
            if (demands[i].Count > 0) slots[i].Grant(now, granted[i], isCollapse);
        }

        Count(_allocatedWith == long.MaxValue ? 0 : _allocatedWith);
    }

    /// <summary>The subscriber is gone.</summary>
    public void Leave() => Count(0);

    // What fell must be acted on at once; what rose can wait for its turn.
    private void AfterNews(long now)
    {
        if (_estimator.Estimate < _allocatedWith - _allocatedWith / ReserveDivisor) Allocate(now);
    }

    private void Probe(long now)
    {
        var before = _estimator.Probes;
        while (_estimator.TryProbe(now, out var bytes))
        {
            if (!TryPad(now, bytes)) break;
        }

        counters.Probes += _estimator.Probes - before;
    }

    // On the slot that has something to repeat, else on any that can carry padding.
    private bool TryPad(long now, int bytes)
    {
        for (var i = 0; i < slots.Count; i++)
        {
            if (slots[i].TryRepeat(now)) return true;
        }

        for (var i = 0; i < slots.Count; i++)
        {
            if (slots[i].TryPad(now, bytes)) return true;
        }

        return false;
    }

    private void Count(long estimate)
    {
        counters.Estimates += estimate - _counted;
        counters.Estimated += (estimate > 0 ? 1 : 0) - (_counted > 0 ? 1 : 0);
        _counted = estimate;
    }
}
