using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Bwe;

/// <summary>
/// How many bits a second the path to a receiver carries, as its sender can know: by the delays and losses that transport-wide
/// feedback tells of, in the manner of Google Congestion Control (draft-ietf-rmcat-gcc-02), and by probes; where there is no such
/// feedback, by what the receiver estimates itself (REMB) and by the losses of its reports.
/// </summary>
/// <remarks>All rates are in bit/s of whole datagrams as handed to <see cref="Send"/>, all times in µs.</remarks>
public sealed class BandwidthEstimator
{
    /// <summary>What is assumed before anything is known.</summary>
    public const long Start = 1_000_000;

    /// <summary>No estimate is lower: sound and a little picture.</summary>
    public const long Least = 60_000;

    private const long MinProbeInterval = 1_000_000;
    private const long MaxProbeInterval = 5_000_000;
    private const long CalmAfterDecrease = 1_000_000;

    // A client that agreed to send feedback and sends none has been asked in vain.
    private const long FeedbackPatience = 2_000_000;
    private const long Silence = 1_000_000;

    private readonly SentHistory _history = new();
    private readonly DelayDetector _delay = new();
    private readonly DelayRate _delayRate = new(Start);
    private readonly LossRate _lossRate = new();
    private readonly Throughput _received = new();
    private readonly Throughput _sent = new();
    private readonly Probe _probe = new();
    private RtpUnwrapper _reference = new(TransportFeedback.ReferenceBits);
    private double _remb = double.PositiveInfinity;
    private long _rtt = 100_000;
    private long _firstSentAt;
    private long _lastSentAt;
    private long _feedbackAt;
    private long _lastArrival;
    private bool _afterProbe;
    private long _nextProbe;
    private long _estimateBeforeProbe;
    private long _probeInterval = MinProbeInterval;
    private long _decreasedAt = long.MinValue / 2;

    /// <summary>Packets carry transport-wide numbers, and the receiver tells of them; false again when it keeps silent.</summary>
    public bool IsTransportWide { get; private set; }

    /// <summary>Padding can be sent; else the estimate rises until it proves to be too high.</summary>
    public bool CanProbe { get; set; }

    /// <summary>Bit/s; <see cref="long.MaxValue"/>: nothing is known that limits it.</summary>
    public long Estimate { get; private set; } = long.MaxValue;

    /// <summary>Bit/s that the receiver could use; probes go for it.</summary>
    public long Wanted { get; set; }

    /// <summary>Whether a feedback has come at all.</summary>
    public bool HasEvidence => _feedbackAt > 0 || !double.IsPositiveInfinity(_remb) || !double.IsPositiveInfinity(_lossRate.Bitrate);

    /// <summary>0-1, of the last interval with enough packets.</summary>
    public double Loss => _lossRate.Fraction;

    /// <summary>µs to the receiver and back, with what it waits before it tells.</summary>
    public long Rtt => _rtt;

    /// <summary>Probes that were begun.</summary>
    public int Probes { get; private set; }

    /// <summary>Whether <see cref="TryProbe"/> is to be called every 5 ms.</summary>
    public bool IsProbing => _probe.IsSending;

    /// <summary>The receiver has agreed to tell of transport-wide numbers.</summary>
    public void UseTransportFeedback()
    {
        if (IsTransportWide || _firstSentAt > 0) return;
        (IsTransportWide, Estimate) = (true, Start);
    }

    /// <summary>A packet is sent; the transport-wide number it is to carry, where such are agreed on.</summary>
    public ushort Send(long now, int bytes)
    {
        if (_firstSentAt == 0) _firstSentAt = now;
        _lastSentAt = now;
        if (!IsTransportWide) _sent.Add(now, bytes);
        if (!_probe.IsSending) return _history.Add(now, bytes, 0);
        _probe.Sent(now, bytes);
        return _history.Add(now, bytes, _probe.Number);
    }

    /// <summary>The receiver tells when packets came.</summary>
    public void Receive(long now, in TransportFeedback feedback)
    {
        var reference = _reference.Unwrap(feedback.ReferenceTime) * TransportFeedback.ReferenceUnit;
        var (received, lost, newest) = (0, 0, 0L);
        foreach (var packet in feedback)
        {
            if (!_history.TryGet(packet.SequenceNumber, out var place)) continue;
            ref var sent = ref _history.At(place);
            if (sent.State == SentState.Received || (!packet.Received && sent.State == SentState.Lost)) continue;
            if (sent.Probe != 0 && sent.Probe == _probe.Number) _probe.Answered(sent, packet.Received, reference + packet.Arrival);
            if (!packet.Received)
            {
                (sent.State, lost) = (SentState.Lost, lost + 1);
                continue;
            }

            (received, lost) = (received + 1, sent.State == SentState.Lost ? lost - 1 : lost);
            sent.State = SentState.Received;
            newest = Math.Max(newest, sent.SentAt);
            Take(sent, reference + packet.Arrival);
        }

        if (received + lost == 0) return;
        (IsTransportWide, _feedbackAt) = (true, now);
        if (newest > 0) _rtt += (now - newest - _rtt) / 8;
        _lossRate.Add(received, lost);
        Update(now);
    }

    /// <summary>The receiver's own estimate, in bit/s; heard where there is no feedback.</summary>
    public void ReceiveRemb(long now, ulong bitrate)
    {
        if (IsTransportWide) return;
        _remb = bitrate;
        Settle(now);
    }

    /// <summary>A report of the receiver: packets that came and that were lost since the one before; heard where there is no feedback.</summary>
    public void ReceiveReport(long now, int received, int lost, long rtt)
    {
        if (IsTransportWide) return;
        _rtt = rtt;
        var sent = _sent.Bitrate(now);
        _lossRate.Add(received, lost);
        _lossRate.Update(now, double.IsPositiveInfinity(_lossRate.Bitrate) && sent > 0 ? sent : 1e12, 0, rtt);
        Settle(now);
    }

    /// <summary>Looks whether feedback is overdue; to be called a few times a second.</summary>
    public void Timeout(long now)
    {
        TakeResult(now); // Of a probe that was lost as a whole no feedback tells.
        if (!IsTransportWide || _firstSentAt == 0) return;
        if (_feedbackAt == 0)
        {
            if (now - _firstSentAt < FeedbackPatience) return;
            IsTransportWide = false;
            Settle(now);
        }
        else if (_lastSentAt > _feedbackAt && now - _lastSentAt < Silence && now - _feedbackAt > Silence && now - _decreasedAt > Silence)
        {
            _delayRate.Halve();
            Settle(now);
        }
    }

    /// <summary>Begins a probe when one is due, and says how many bytes of padding are to be sent now.</summary>
    public bool TryProbe(long now, out int bytes)
    {
        if (!_probe.IsSending && !_probe.IsPending && _feedbackAt > 0 && IsProbeDue(now))
        {
            Probes++;
            _nextProbe = now + _probeInterval;
            _probe.Start(now, (long)Math.Min(Wanted * 1.25, Probes == 1 ? Estimate * 3 : Estimate * 2));
            _estimateBeforeProbe = Estimate;
        }

        bytes = _probe.Owed(now);
        return bytes > 0;
    }

    private bool IsProbeDue(long now) =>
        CanProbe && IsTransportWide && Wanted > Estimate && now >= _nextProbe && now - _decreasedAt > CalmAfterDecrease
        && (_delay.Usage == PathUsage.Normal || now - _feedbackAt > CalmAfterDecrease); // Where nothing is sent, nothing queues.

    private void Take(in SentRecord packet, long arrival)
    {
        _lastArrival = Math.Max(_lastArrival, arrival);
        _received.Add(arrival, packet.Bytes);

        // A probe queues on purpose; what was before it is not comparable to what is after it.
        if (packet.Probe != 0)
        {
            _afterProbe = true;
            return;
        }

        if (_afterProbe) _delay.Reset();
        _afterProbe = false;
        _delay.Add(packet.SentAt, arrival);
    }

    private void Update(long now)
    {
        var received = _received.Bitrate(_lastArrival);
        _delayRate.Update(now, _delay.Usage, received, _rtt, isBounded: CanProbe);
        _lossRate.Update(now, _delayRate.Bitrate, received, _rtt);
        TakeResult(now);
        Settle(now);
    }

    private void TakeResult(long now)
    {
        if (!_probe.TryTakeResult(now, out var carried)) return;
        // The estimate may have risen already by what came of the probe itself.
        var isMore = carried > _estimateBeforeProbe * 1.1;
        _probeInterval = isMore ? MinProbeInterval : Math.Min(2 * _probeInterval, MaxProbeInterval);
        _nextProbe = isMore ? now : now + _probeInterval;
        if (carried <= Estimate) return;
        _delayRate.RaiseTo(carried);
        _lossRate.RaiseTo(carried);
    }

    private void Settle(long now)
    {
        var limit = Math.Min(_lossRate.Bitrate, IsTransportWide ? _delayRate.Bitrate : _remb);
        var estimate = double.IsPositiveInfinity(limit) ? long.MaxValue : Math.Max((long)limit, Least);
        if (estimate < Estimate * 0.95) _decreasedAt = now;
        Estimate = estimate;
    }
}
