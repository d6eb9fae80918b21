using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// The RTP clock of one incoming layer (SSRC), and the layer's identity for slots: from the sender reports of the
/// publisher (RFC 3550 section 6.4.1) it knows which timestamp belongs to which moment.
/// </summary>
/// <param name="id">Unique among all layers that the worker ever had.</param>
/// <param name="publisher">The clock that all tracks of the publisher share.</param>
/// <param name="rate">Ticks a second.</param>
/// <param name="video">Whether a decoder needs a keyframe to start.</param>
internal sealed class SourceClock(int id, PublisherClock publisher, int rate, bool video)
{
    private ulong _ntp;
    private uint _timestamp;
    private int _epoch;

    /// <summary>Unique among all layers that the worker ever had.</summary>
    public int Id => id;

    /// <summary>Ticks a second.</summary>
    public int Rate => rate;

    /// <summary>Whether a decoder needs a keyframe to start.</summary>
    public bool IsVideo => video;

    /// <summary>A sender report came.</summary>
    /// <param name="now">µs.</param>
    /// <param name="ntp">NTP timestamp, 32.32; 0 from senders without a clock (RFC 3550 section 6.4.1).</param>
    /// <param name="timestamp">RTP timestamp of the same moment.</param>
    public void Receive(long now, ulong ntp, uint timestamp)
    {
        if (ntp == 0) return;
        var ticks = (long)SequenceNumber.Difference(timestamp, _timestamp);
        publisher.Receive(now, ntp, _epoch == 0 ? null : PublisherClock.Elapsed(_ntp, ntp) - ticks * 1_000_000 / rate);
        (_ntp, _timestamp, _epoch) = (ntp, timestamp, publisher.Epoch);
    }

    /// <summary>The RTP timestamp of this very moment; false before the first report.</summary>
    public bool TryGetTimestamp(long now, out uint timestamp)
    {
        var known = publisher.TryGetTime(_ntp, _epoch, out var then);
        timestamp = known ? _timestamp + (uint)Ticks(now - then) : 0;
        return known;
    }

    /// <summary>What this layer's timestamp was when the other one's was <paramref name="timestamp"/>.</summary>
    /// <returns>False unless both are of one publisher and both had reports.</returns>
    public bool TryTranslate(SourceClock other, uint timestamp, out uint own)
    {
        own = 0;
        return publisher == other.Publisher && other.TryGetTime(timestamp, out var time) && TryGetTimestamp(time, out own);
    }

    /// <summary>Ticks of a span in µs.</summary>
    public long Ticks(long time) => (long)Math.Round(time * (rate / 1e6));

    private PublisherClock Publisher => publisher;

    private bool TryGetTime(uint timestamp, out long time)
    {
        var known = publisher.TryGetTime(_ntp, _epoch, out time);
        time += (long)SequenceNumber.Difference(timestamp, _timestamp) * 1_000_000 / rate;
        return known;
    }
}
