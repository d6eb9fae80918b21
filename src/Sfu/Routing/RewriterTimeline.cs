using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// The timestamps of one slot's stream (RFC 3550 section 5.1). Within a source they keep its distances; at a switch time goes
/// on by what has passed since, exactly so when both sources are of one publisher whose reports tell their clocks apart.
/// </summary>
internal sealed class RewriterTimeline(uint firstTimestamp)
{
    // µs. Clocks that disagree with the time that passed by more than this are not believed.
    private const long MaxError = 1_000_000;

    // µs. A source whose timestamps run so far from the clock began anew without saying so; less may be a path that stood still.
    private const long Restart = 10_000_000;

    private SourceClock? _source;
    private uint _sourceLast;
    private uint _last = firstTimestamp;
    private long _lastTime;

    /// <summary>What is added to the timestamps of the source.</summary>
    public uint Offset { get; private set; }

    /// <summary>A source becomes the slot's, beginning with this timestamp.</summary>
    public void Switch(long now, SourceClock source, uint timestamp)
    {
        if (_source is null) _lastTime = now;
        Offset = (_source is null ? _last : Continue(now, source, timestamp)) - timestamp;
        (_source, _sourceLast) = (source, timestamp);
    }

    /// <summary>A packet in order: is the source still on its time?</summary>
    public void Follow(long now, uint timestamp)
    {
        var step = SequenceNumber.Difference(timestamp, _sourceLast);
        if (step < -_source!.Ticks(MaxError) || step > _source.Ticks(now - _lastTime + Restart))
            Offset = _last + Elapsed(now, _source) - timestamp;
        _sourceLast = timestamp;
    }

    /// <summary>What the receiver sees for a timestamp of the source.</summary>
    public uint Forward(long now, uint timestamp)
    {
        timestamp += Offset;
        if (SequenceNumber.Difference(timestamp, _last) > 0) (_last, _lastTime) = (timestamp, now);
        return timestamp;
    }

    private uint Continue(long now, SourceClock source, uint timestamp)
    {
        var expected = _last + Elapsed(now, source);
        uint exact;
        if (source == _source) exact = timestamp + Offset;
        else if (_source!.TryTranslate(source, timestamp, out exact)) exact += Offset;
        else return expected;

        if (Math.Abs((long)SequenceNumber.Difference(exact, expected)) > source.Ticks(MaxError)) return expected;
        return SequenceNumber.Difference(exact, _last) > 0 ? exact : _last + 1;
    }

    private uint Elapsed(long now, SourceClock source) => (uint)Math.Max(1, source.Ticks(now - _lastTime));
}
