using System.Security.Cryptography;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// One outgoing section: its own SSRC and counters, whatever it carries. Another track, another layer, a pause are the same
/// thing to it, a change of source, and none of them shows at the receiver but as a picture that goes on.
/// </summary>
internal sealed class Slot
{
    private readonly ITransport _transport;
    private readonly OutgoingSection _section;
    private readonly Counters _counters;
    private readonly Rewriter _rewriter;
    private readonly SlotStream _stream;
    private readonly Ladder _ladder = new();
    private Subscriber? _owner;
    private Layer? _carried;
    private FlowWatch _watch;
    private Rung _granted;
    private uint _reportedHighest;
    private int _reportedLost;

    public Slot(ITransport transport, OutgoingSection section, Counters counters)
    {
        (_transport, _section, _counters) = (transport, section, counters);
        _stream = new SlotStream(transport, section, counters);
        _rewriter = new Rewriter(SlotStream.FirstSequence(), (uint)RandomNumberGenerator.GetInt32(int.MaxValue), (ushort)RandomNumberGenerator.GetInt32(0x8000));
    }

    public OutgoingSection Section => _section;

    public string Mid => _section.Mid;

    public MediaKind Kind => _section.Kind;

    /// <summary>Whose it is.</summary>
    public Subscriber? Owner
    {
        get => _owner;
        set => (_owner, _stream.Bandwidth) = (value, value?.Bandwidth);
    }

    public uint Ssrc => _section.Ssrc;

    /// <summary>What it carries, if anything.</summary>
    public PublisherTrack? Track { get; private set; }

    /// <summary>Pixels that the client can show of it; 0: as good as it gets.</summary>
    public int MaxHeight { get; private set; }

    /// <summary>Higher is served first.</summary>
    public int Priority { get; private set; }

    /// <summary>The layer that its bandwidth allows; null when it is paused, or nobody has said.</summary>
    public Layer? Granted => _granted.Layer;

    /// <summary>The layer that flows.</summary>
    public Layer? Carried => _rewriter.Current is null ? null : _carried;

    /// <summary>It carries a track, but there is no bandwidth for it.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Bit/s, if it is sound.</summary>
    public long SoundBitrate => _section.Kind == MediaKind.Audio && Track is { Muted: false, Layers: [var layer, ..] } ? layer.Rates.Bitrate() : 0;

    /// <summary>Packets and payload bytes sent, for its sender reports.</summary>
    public uint PacketsSent => _stream.PacketsSent;

    public uint OctetsSent => _stream.OctetsSent;

    /// <summary>Microseconds to the client and back, from its receiver reports; a guess until the first.</summary>
    public long Rtt { get; set; } = 100_000;

    public SfuSlot Describe() => new(Mid, _section.Kind == MediaKind.Audio ? "audio" : "video", Track?.Id);

    public bool CanCarry(PublisherTrack track) => track.Kind == _section.Kind && CodecFor(track) is not null;

    /// <summary>Carries another track from now on, or nothing, or the same in another size.</summary>
    public void Assign(PublisherTrack? track, long now, int maxHeight = 0, int priority = 0)
    {
        var isSame = Track == track;
        if (isSame && (MaxHeight, Priority) == (maxHeight, priority)) return;
        (MaxHeight, Priority) = (maxHeight, priority);
        if (isSame)
        {
            Select(now);
            track?.LookAtWishes(now);
            return;
        }

        var before = Track;
        before?.Slots.Remove(this);
        (Track, _granted, IsPaused) = (track, default, false);
        _stream.Codec = track is null ? null : CodecFor(track);
        _stream.Red = track is { Codec: { Format: PayloadFormat.Red } red } ? (red.PayloadType, PlainFor(track)?.PayloadType ?? 0) : default;
        track?.Slots.Add(this);
        Select(now);
        before?.LookAtWishes(now);
        track?.LookAtWishes(now);
    }

    /// <summary>Takes as its source what its size and the bandwidth allow; nothing while there is nothing, or it is muted.</summary>
    public void Select(long now)
    {
        if (Track is not { Muted: false, Layers.Count: > 0 } || !_transport.IsConnected) _rewriter.Stop();
        else if (_section.Kind == MediaKind.Video && Owner is not null) Owner.Bandwidth.Allocate(now);
        else Take(now, Ladder.Top(Track, MaxHeight));
    }

    /// <summary>Lists what it could get.</summary>
    public void Ask(ref Demand demand)
    {
        if (_section.Kind != MediaKind.Video || Track is not { Muted: false, Layers.Count: > 0 } || !_transport.IsConnected) return;
        (demand.Priority, demand.Size) = (Priority, MaxHeight == 0 ? int.MaxValue : MaxHeight);
        _ladder.Fill(Track, MaxHeight, ref demand);
        demand.Current = _ladder.Find(_granted);
    }

    /// <summary>Takes one of the steps that were listed last, or pauses.</summary>
    /// <param name="now">µs.</param>
    /// <param name="step">Which.</param>
    /// <param name="isCut">Nothing of a layer that is left is sent any more; else it goes on until the other's keyframe.</param>
    public void Grant(long now, int step, bool isCut = false)
    {
        var wasPaused = IsPaused;
        IsPaused = step == Demand.Nothing;
        if (IsPaused)
        {
            _granted = default;
            _rewriter.Stop();
        }
        else
        {
            _granted = _ladder[step];
            if (isCut && Carried != Granted) _rewriter.Stop();
            Take(now, _granted);
        }

        if (wasPaused == IsPaused) return;
        if (IsPaused) _counters.SlotsPaused++;
        Owner?.Tell(IsPaused ? SfuEvent.SlotPaused : SfuEvent.SlotResumed, this);
    }

    // The layer, or what is nearest to it of those that send.
    private void Take(long now, in Rung rung)
    {
        if (LayerChoice.Sending(Track!.Layers, rung.Index) is not { } layer) return;
        var isGranted = layer == Track.Layers[rung.Index];
        var before = (_rewriter.Wanted, _rewriter.MaxSpatial);
        _rewriter.MaxTemporal = isGranted ? rung.MaxTemporal : LayerRates.All;
        _rewriter.MaxSpatial = isGranted ? rung.MaxSpatial : LayerChoice.FillSpatial(layer, MaxHeight);
        _rewriter.Select(layer.Clock);

        // Asked for once: who repeats a request that is not heard is the layer.
        if (before != (_rewriter.Wanted, _rewriter.MaxSpatial) && _rewriter.NeedsKeyframe) Track.RequestKeyframe(now, layer);
    }

    public void Forward(long now, Layer layer, in CachedPacket packet)
    {
        var rewritten = _rewriter.Decide(now, layer.Clock, packet.Index, packet.Facts);
        if (!rewritten.IsForward)
        {
            _counters.Drop(rewritten.Drop);
            return;
        }

        _stream.Send(now, layer, packet, rewritten);
        if (!rewritten.IsSwitch) return;
        if (_carried is not null && _carried != layer && _carried.Track == layer.Track) _counters.LayerSwitches++;
        _carried = layer;

        // The first packet of the keyframe came late, by retransmission: what came before it is in the cache.
        for (var index = packet.Index + 1; index <= layer.Cache.Highest; index++)
        {
            if (layer.Cache.TryGet(index, out var later) && _rewriter.Decide(now, layer.Clock, index, later.Facts) is { IsForward: true } next)
                _stream.Send(now, layer, later, next);
        }
    }

    /// <summary>The client lacks a packet.</summary>
    public void Resend(long now, ushort sequence) => _stream.Resend(now, Rtt, Track, sequence);

    /// <inheritdoc cref="SlotStream.TryRepeat"/>
    public bool TryRepeat(long now) => _stream.TryRepeat(now, Track);

    /// <inheritdoc cref="SlotStream.TryPad"/>
    public bool TryPad(long now, int bytes) => _stream.TryPad(now, bytes);

    /// <summary>Packets that came and that were lost since the last report of the client.</summary>
    public (int Received, int Lost) ReceiveReport(in ReportBlock block)
    {
        var expected = SequenceNumber.Difference(block.ExtendedHighest, _reportedHighest);
        var lost = Math.Clamp(block.CumulativeLost - _reportedLost, 0, Math.Max(expected, 0));
        var isFirst = _reportedHighest == 0;
        (_reportedHighest, _reportedLost) = (block.ExtendedHighest, block.CumulativeLost);
        return isFirst || expected <= 0 ? (0, 0) : (expected - lost, lost);
    }

    /// <summary>The client cannot decode and asks for a keyframe.</summary>
    public void RequestKeyframe(long now)
    {
        _counters.PlisIn++;
        if (Track is not { Muted: false } || _rewriter.Wanted is not { } wanted || Track.FindLayer(wanted.Id) is not { } layer) return;
        Track.RequestKeyframe(now, layer);
    }

    /// <summary>Now and then: does what should flow?</summary>
    public void Watch(long now)
    {
        var layer = _transport.IsConnected && Track is { Muted: false } && _rewriter.Wanted is { } wanted ? Track.FindLayer(wanted.Id) : null;
        var remedy = _watch.Check(now, layer is not null && now - layer.LastArrival < LayerChoice.Silence, PacketsSent);
        if (remedy == FlowRemedy.None) return;
        _counters.Remedies[(int)remedy]++;
        if (remedy == FlowRemedy.Keyframe)
        {
            Track!.RequestKeyframe(now, layer!);
            return;
        }

        _rewriter.Stop();
        Select(now);
    }

    /// <summary>The RTP time of this moment in the slot's own timeline; false before the source reported its clock.</summary>
    public bool TryGetTimestamp(long now, out uint timestamp) => _rewriter.TryGetTimestamp(now, out timestamp);

    // Who cannot take RED gets what is in it.
    private NegotiatedCodec? CodecFor(PublisherTrack track) => Find(track.Codec.Key) ?? PlainFor(track);

    private NegotiatedCodec? PlainFor(PublisherTrack track) =>
        track.Codec.Format == PayloadFormat.Red && track.Section.Codecs is [_, { Format: PayloadFormat.Opus } plain, ..] ? Find(plain.Key) : null;

    private NegotiatedCodec? Find(string key)
    {
        foreach (var codec in _section.Codecs)
        {
            if (codec.Key == key) return codec;
        }

        return null;
    }
}
