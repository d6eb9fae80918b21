using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// One incoming RTP stream: a track has one, or one per rid with simulcast. Keeps what all its subscribers share: the packets,
/// what is missing of them, who asked for a keyframe, and the sender's clock.
/// </summary>
internal sealed class Layer : IDisposable
{
    private readonly PacketPool _pool;
    private LayerRates _rates;

    public Layer(PublisherTrack track, string? rid, uint ssrc, NegotiatedCodec codec, SourceClock clock, PacketPool pool)
    {
        var video = track.Kind == MediaKind.Video;
        (Track, Rid, Ssrc, Codec, Clock, _pool) = (track, rid, ssrc, codec, clock, pool);
        Cache = pool.Rent(video);
        Statistics = new ReceptionStatistics(codec.ClockRate);
        if (codec.Nack) Nack = new NackGenerator(video);
        if (!video) return;
        Keyframes = new Keyframes();
        Structure = new DependencyStructure();
    }

    public PublisherTrack Track { get; }

    public string? Rid { get; }

    public uint Ssrc { get; }

    /// <summary>The SSRC of its retransmissions; 0 until one came or the SDP named it.</summary>
    public uint RtxSsrc { get; set; }

    public NegotiatedCodec Codec { get; }

    public SourceClock Clock { get; }

    public PacketCache Cache { get; }

    public ReceptionStatistics Statistics { get; }

    public NackGenerator? Nack { get; }

    public Keyframes? Keyframes { get; }

    /// <summary>What its dependency descriptors mean, if it has any.</summary>
    public DependencyStructure? Structure { get; }

    /// <summary>Pixels, from its last keyframe; 0: it does not say.</summary>
    public int Height { get; private set; }

    /// <summary>The highest spatial layer within its stream (SVC); 0: there is but one.</summary>
    public int HighestSpatial { get; private set; }

    /// <summary>Whether it goes on sending: a publisher stops layers for which it has no bandwidth, or that nobody wants.</summary>
    public bool IsSending { get; private set; } = true;

    /// <summary>When the last packet came, µs.</summary>
    public long LastArrival { get; private set; }

    /// <summary>What it sends.</summary>
    public ref readonly LayerRates Rates => ref _rates;

    public long NextTimeout => Math.Min(Nack?.NextTimeout ?? long.MaxValue, Keyframes?.NextTimeout ?? long.MaxValue);

    /// <summary>
    /// The packet index of a sequence number that came out of a retransmission. False when it is nowhere near what is kept: a
    /// wrong one ahead would make everything that really comes look old.
    /// </summary>
    public bool TryUnwrap(ushort sequence, out long index)
    {
        index = Cache.Highest < 0 ? sequence : SequenceNumber.Unwrap(Cache.Highest, sequence, 16);
        return Cache.Highest < 0 || Math.Abs(index - Cache.Highest) <= PacketPool.VideoPackets;
    }

    /// <summary>A packet came; true: the layers of the track are to be looked at anew.</summary>
    public bool Take(long now, in CachedPacket packet)
    {
        LastArrival = now;
        _rates.Add(packet.Facts.Picture.SpatialId, packet.Facts.Picture.TemporalId, packet.Bytes.Length);
        var isBack = !IsSending;
        IsSending = true;
        if (packet.Facts.Picture.SpatialId > HighestSpatial) (HighestSpatial, isBack) = (packet.Facts.Picture.SpatialId, true);
        if (!packet.Facts.StartsKeyframe) return isBack;
        Keyframes?.Received();
        if (!FrameSize.TryRead(Codec.Format, packet.Payload, out var size) || size.Height == Height) return isBack;
        Height = size.Height;
        return true;
    }

    /// <summary>Its sender says that it has stopped (BYE); false: that was known.</summary>
    public bool End()
    {
        var wasSending = IsSending;
        IsSending = false;
        return wasSending;
    }

    /// <summary>Every <see cref="LayerRates.Interval"/>; true: it has stopped.</summary>
    /// <param name="newest">When the last packet of the track came, µs.</param>
    public bool Measure(long now, long newest)
    {
        _rates.Measure(now);
        var stopped = IsSending && newest - LastArrival > LayerChoice.Silence;
        if (stopped) IsSending = false;
        return stopped;
    }

    public void Dispose() => _pool.Return(Cache);
}
