namespace RtcHub.Rtc.Bwe;

/// <summary>
/// A short burst above the present rate, which shows whether the path carries more: what comes out at the other end as fast as it
/// was sent is carried; what comes slower came at the capacity of the path.
/// </summary>
internal sealed class Probe
{
    // µs.
    private const long Duration = 40_000;
    private const long LongestDuration = 250_000;
    private const long Tick = 5_000;
    private const long Patience = 1_000_000;

    private const int LeastBytes = 5_500;

    // What comes so much slower than it was sent has queued.
    private const double Queued = 0.9;

    private long _target;
    private long _startedAt;
    private long _endsAt;
    private long _sentBytes;
    private long _sentBytesAtStart;
    private int _sentCount;
    private long _lastSent;
    private int _answered;
    private long _receivedBytes;
    private long _firstArrival;
    private long _lastArrival;

    /// <summary>Of the present probe, or of the last; 0: there was none. Packets of one probe carry its number.</summary>
    public byte Number { get; private set; }

    /// <summary>Packets that are sent now are a part of it.</summary>
    public bool IsSending { get; private set; }

    /// <summary>Sent, but not told of.</summary>
    public bool IsPending { get; private set; }

    /// <summary>Bit/s.</summary>
    public long Target => _target;

    public void Start(long now, long target)
    {
        Number = (byte)(Number % byte.MaxValue + 1);
        (_target, _startedAt) = (target, now);
        _endsAt = now + Math.Clamp(LeastBytes * 8_000_000L / target, Duration, LongestDuration);
        (_sentBytes, _sentBytesAtStart, _sentCount, _lastSent) = (0, 0, 0, now);
        (_answered, _receivedBytes, _firstArrival, _lastArrival) = (0, 0, 0, 0);
        (IsSending, IsPending) = (true, true);
    }

    /// <summary>Bytes that must be sent now for the probe to have its rate.</summary>
    public int Owed(long now)
    {
        if (!IsSending) return 0;
        if (now < _endsAt) return (int)Math.Max(_target * (now - _startedAt + Tick) / 8_000_000 - _sentBytes, 0);
        IsSending = false;
        return 0;
    }

    /// <summary>A packet is sent while it is sending.</summary>
    public void Sent(long now, int bytes)
    {
        _sentBytes += bytes;
        if (now == _startedAt) _sentBytesAtStart += bytes;
        (_sentCount, _lastSent) = (_sentCount + 1, now);
    }

    /// <summary>Feedback tells of a packet of it.</summary>
    public void Answered(in SentRecord packet, bool received, long arrival)
    {
        _answered++;
        if (!received) return;
        if (packet.SentAt == _startedAt)
        {
            _firstArrival = Math.Max(_firstArrival, arrival);
            return;
        }

        _receivedBytes += packet.Bytes;
        _lastArrival = Math.Max(_lastArrival, arrival);
    }

    /// <summary>True when it is over; then what the path is known to carry, bit/s, or 0 when it showed nothing.</summary>
    public bool TryTakeResult(long now, out long bitrate)
    {
        bitrate = 0;
        if (!IsPending || IsSending || (_answered < _sentCount && now - _endsAt < Patience)) return false;
        IsPending = false;
        var (sent, sending, arriving) = (_sentBytes - _sentBytesAtStart, _lastSent - _startedAt, _lastArrival - _firstArrival);
        if (_firstArrival == 0 || sending <= 0 || arriving <= 0 || _receivedBytes < sent / 2) return true;
        var (sendRate, arrivalRate) = (sent * 8e6 / sending, _receivedBytes * 8e6 / arriving);
        bitrate = (long)(arrivalRate < Queued * sendRate ? 0.95 * arrivalRate : Math.Min(sendRate, arrivalRate));
        return true;
    }
}
