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
    private readonly HeaderTemplate _header;
    private readonly Rewriter _rewriter;
    private readonly SentPackets _sent;
    private readonly Ladder _ladder = new();
    private ulong _rtxSequence;
    private Layer? _carried;
    private NegotiatedCodec? _codec;
    private FlowWatch _watch;
    private int _maxTemporal = Ladder.AllTemporal;
    private int _repeated;
    private uint _reportedHighest;
    private int _reportedLost;

    public Slot(ITransport transport, OutgoingSection section, Counters counters)
    {
        (_transport, _section, _counters) = (transport, section, counters);
        _header = new HeaderTemplate(section.Mid, section.Extensions);
        _rewriter = new Rewriter(FirstSequence(), (uint)RandomNumberGenerator.GetInt32(int.MaxValue), (ushort)RandomNumberGenerator.GetInt32(0x8000));
        _sent = new SentPackets(section.Kind == MediaKind.Video ? 512 : 64);
        _rtxSequence = FirstSequence();
    }

    public OutgoingSection Section => _section;

    public string Mid => _section.Mid;

    public MediaKind Kind => _section.Kind;

    /// <summary>Whose it is.</summary>
    public Subscriber? Owner { get; set; }

    public uint Ssrc => _section.Ssrc;

    /// <summary>What it carries, if anything.</summary>
    public PublisherTrack? Track { get; private set; }

    /// <summary>Pixels that the client can show of it; 0: as good as it gets.</summary>
    public int MaxHeight { get; private set; }

    /// <summary>Higher is served first.</summary>
    public int Priority { get; private set; }

    /// <summary>The layer that its bandwidth allows; null when it is paused, or nobody has said.</summary>
    public Layer? Granted { get; private set; }

    /// <summary>The layer that flows.</summary>
    public Layer? Carried => _rewriter.Current is null ? null : _carried;

    /// <summary>It carries a track, but there is no bandwidth for it.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Bit/s, if it is sound.</summary>
    public long SoundBitrate => _section.Kind == MediaKind.Audio && Track is { Muted: false, Layers: [var layer, ..] } ? layer.Rates.Bitrate(LayerRates.Temporals) : 0;

    /// <summary>Packets and payload bytes sent, for its sender reports.</summary>
    public uint PacketsSent { get; private set; }

    public uint OctetsSent { get; private set; }

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
        (Track, Granted, IsPaused) = (track, null, false);
        _codec = track is null ? null : CodecFor(track);
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
        else Take(now, LayerChoice.Fill(Track.Layers, MaxHeight), Ladder.AllTemporal);
    }

    /// <summary>Lists what it could get.</summary>
    public void Ask(ref Demand demand)
    {
        if (_section.Kind != MediaKind.Video || Track is not { Muted: false, Layers.Count: > 0 } || !_transport.IsConnected) return;
        (demand.Priority, demand.Size) = (Priority, MaxHeight == 0 ? int.MaxValue : MaxHeight);
        _ladder.Fill(Track, MaxHeight, ref demand);
        demand.Current = _ladder.Find(Granted, _maxTemporal);
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
            Granted = null;
            _rewriter.Stop();
        }
        else
        {
            ref readonly var rung = ref _ladder[step];
            (Granted, _maxTemporal) = (rung.Layer, rung.MaxTemporal);
            if (isCut && Carried != rung.Layer) _rewriter.Stop();
            Take(now, rung.Index, rung.MaxTemporal);
        }

        if (wasPaused == IsPaused) return;
        if (IsPaused) _counters.SlotsPaused++;
        Owner?.Tell(IsPaused ? SfuEvent.SlotPaused : SfuEvent.SlotResumed, this);
    }

    // The layer, or what is nearest to it of those that send.
    private void Take(long now, int index, int maxTemporal)
    {
        if (LayerChoice.Sending(Track!.Layers, index) is not { } layer) return;
        _rewriter.MaxTemporal = layer == Track.Layers[index] ? maxTemporal : Ladder.AllTemporal;
        var spatial = LayerChoice.FillSpatial(layer, MaxHeight);
        var isMore = spatial > _rewriter.MaxSpatial;
        _rewriter.MaxSpatial = spatial;
        if (_rewriter.Wanted == layer.Clock && !isMore) return;
        _rewriter.Select(layer.Clock);
        if (_rewriter.NeedsKeyframe) Track.RequestKeyframe(now, layer);
    }

    public void Forward(long now, Layer layer, in CachedPacket packet)
    {
        var rewritten = _rewriter.Decide(now, layer.Clock, packet.Index, packet.Facts);
        if (!rewritten.IsForward)
        {
            _counters.Drop(rewritten.Drop);
            return;
        }

        Send(now, layer, packet, rewritten);
        if (!rewritten.IsSwitch) return;
        if (_carried is not null && _carried != layer && _carried.Track == layer.Track) _counters.LayerSwitches++;
        _carried = layer;

        // The first packet of the keyframe came late, by retransmission: what came before it is in the cache.
        for (var index = packet.Index + 1; index <= layer.Cache.Highest; index++)
        {
            if (layer.Cache.TryGet(index, out var later) && _rewriter.Decide(now, layer.Clock, index, later.Facts) is { IsForward: true } next)
                Send(now, layer, later, next);
        }
    }

    /// <summary>The client lacks a packet.</summary>
    public void Resend(long now, ushort sequence)
    {
        _counters.NacksIn++;
        if (_sent.Answer(now, Rtt, sequence, out var sent) != NackAnswer.Resend) return;
        if (_codec is null || FindLayer(sent.Source) is not { } layer || !layer.Cache.TryGet(sent.Index, out var packet))
        {
            _counters.RetransmissionsMissed++;
            return;
        }

        if (Owner is not null && !Owner.Bandwidth.TryTakeRetransmission(now, packet.Bytes.Length)) return;

        if (HasRtx)
        {
            SendRtx(now, packet, sent);
        }
        else
        {
            packet.Facts.Picture.Patch(packet.Bytes, sent.PictureId, sent.Tl0);
            var datagram = _transport.BeginRtp();
            // The SRTP index is that of the first sending, and so must be every byte: with GCM one nonce must never seal two texts.
            var length = _header.Write(datagram, packet, sent.Marker, _codec.PayloadType, sequence, sent.Timestamp, Ssrc, sent.DecodeTargets);
            _header.SetTransportSequence(datagram, sent.TransportSequence);
            _transport.SendRtp(length, PayloadBehind(datagram, packet, sent.IsEmpty), sent.Sequence);
        }

        _counters.Retransmitted++;
    }

    /// <summary>Sends a packet again that nobody asked for, to see what the path carries; false when there is none.</summary>
    public bool TryRepeat(long now)
    {
        const int Recent = 16;
        if (!HasRtx || Track is null) return false;
        for (var i = 0; i < Recent; i++)
        {
            _repeated = (_repeated + 1) % Recent;
            if (!_sent.TryGetRecent(_repeated, out var sent) || sent.IsEmpty || FindLayer(sent.Source) is not { } layer || !layer.Cache.TryGet(sent.Index, out var packet)) continue;
            _counters.ProbeBytes += SendRtx(now, packet, sent);
            return true;
        }

        return false;
    }

    /// <summary>Sends padding on the stream of its retransmissions; false when it has none.</summary>
    public bool TryPad(long now, int bytes)
    {
        var payloadType = _codec?.RtxPayloadType ?? _section.Codecs[0].RtxPayloadType;
        if (_section.RtxSsrc == 0 || payloadType == 0 || !_transport.IsConnected) return false;
        Span<byte> padding = stackalloc byte[Math.Clamp(bytes, 1, byte.MaxValue)];
        padding.Clear();
        padding[^1] = (byte)padding.Length;
        var datagram = _transport.BeginRtp();
        var length = _header.WritePadding(datagram, payloadType, (ushort)_rtxSequence, 0, _section.RtxSsrc);
        Number(now, datagram, length + padding.Length);
        _transport.SendRtp(length, padding, _rtxSequence++);
        _counters.ProbeBytes += length + padding.Length;
        return true;
    }

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
        if (Track is not { Muted: false } || _rewriter.Wanted is not { } wanted || FindLayer(wanted.Id) is not { } layer) return;
        Track.RequestKeyframe(now, layer);
    }

    /// <summary>Now and then: does what should flow?</summary>
    public void Watch(long now)
    {
        var layer = _transport.IsConnected && Track is { Muted: false } && _rewriter.Wanted is { } wanted ? FindLayer(wanted.Id) : null;
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

    private bool HasRtx => _section.RtxSsrc != 0 && _codec is { RtxPayloadType: not 0 };

    private int SendRtx(long now, in CachedPacket packet, in SentPacket sent)
    {
        packet.Facts.Picture.Patch(packet.Bytes, sent.PictureId, sent.Tl0);
        var datagram = _transport.BeginRtp();
        var length = _header.Write(datagram, packet, sent.Marker, _codec!.RtxPayloadType, (ushort)_rtxSequence, sent.Timestamp, _section.RtxSsrc, sent.DecodeTargets);
        using var rtx = new RtxPayload(packet, sent);
        Number(now, datagram, length + rtx.Bytes.Length);
        _transport.SendRtp(length, rtx.Bytes, _rtxSequence++);
        return length + rtx.Bytes.Length;
    }

    // What the estimate of the subscriber's bandwidth lives on.
    private ushort Number(long now, Span<byte> datagram, int bytes)
    {
        var number = Owner?.Bandwidth.Send(now, bytes) ?? 0;
        _header.SetTransportSequence(datagram, number);
        return number;
    }

    private void Send(long now, Layer layer, in CachedPacket packet, in Rewritten rewritten)
    {
        packet.Facts.Picture.Patch(packet.Bytes, rewritten.PictureId, rewritten.Tl0);
        var datagram = _transport.BeginRtp();
        var length = _header.Write(datagram, packet, rewritten.Marker, _codec!.PayloadType, (ushort)rewritten.Sequence, rewritten.Timestamp, Ssrc, rewritten.DecodeTargets);
        var payload = PayloadBehind(datagram, packet, rewritten.IsEmpty);
        var number = Number(now, datagram, length + payload.Length);
        _transport.SendRtp(length, payload, rewritten.Sequence);
        _sent.Add(new SentPacket
        {
            Sequence = rewritten.Sequence,
            Index = packet.Index,
            Source = layer.Clock.Id,
            Timestamp = rewritten.Timestamp,
            PictureId = rewritten.PictureId,
            Tl0 = rewritten.Tl0,
            DecodeTargets = rewritten.DecodeTargets,
            TransportSequence = number,
            Marker = rewritten.Marker,
            IsEmpty = rewritten.IsEmpty,
        });
        PacketsSent++;
        if (!rewritten.IsEmpty) OctetsSent += packet.Facts.PayloadLength;
    }

    private static ReadOnlySpan<byte> PayloadBehind(Span<byte> header, in CachedPacket packet, bool isEmpty)
    {
        if (isEmpty) return default;
        RtpHeader.SetPadding(header, packet.Facts.Padding > 0);
        return packet.PaddedPayload;
    }

    // Below 2^15, so that a receiver which starts in the middle of the stream does not guess a wrong roll-over (RFC 3711 section 3.3.1).
    private static ulong FirstSequence() => (ulong)RandomNumberGenerator.GetInt32(1, 0x8000);

    private NegotiatedCodec? CodecFor(PublisherTrack track)
    {
        foreach (var codec in _section.Codecs)
        {
            if (codec.Key == track.Codec.Key) return codec;
        }

        return null;
    }

    private Layer? FindLayer(int source)
    {
        if (Track is null) return null;
        foreach (var layer in Track.Layers)
        {
            if (layer.Clock.Id == source) return layer;
        }

        return null;
    }
}
