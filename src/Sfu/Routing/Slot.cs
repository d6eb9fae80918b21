using System.Security.Cryptography;
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
    private ulong _rtxSequence;
    private NegotiatedCodec? _codec;
    private FlowWatch _watch;

    public Slot(ITransport transport, OutgoingSection section, Counters counters)
    {
        (_transport, _section, _counters) = (transport, section, counters);
        _header = new HeaderTemplate(section.Mid, section.Extensions);
        _rewriter = new Rewriter(FirstSequence(), (uint)RandomNumberGenerator.GetInt32(int.MaxValue), (ushort)RandomNumberGenerator.GetInt32(0x8000));
        _sent = new SentPackets(section.Kind == MediaKind.Video ? 512 : 64);
        _rtxSequence = FirstSequence();
    }

    public string Mid => _section.Mid;

    public MediaKind Kind => _section.Kind;

    public uint Ssrc => _section.Ssrc;

    /// <summary>What it carries, if anything.</summary>
    public PublisherTrack? Track { get; private set; }

    /// <summary>Pixels that the client can show of it; 0: as good as it gets.</summary>
    public int MaxHeight { get; private set; }

    /// <summary>Higher is served first.</summary>
    public int Priority { get; private set; }

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
            return;
        }

        Track?.Slots.Remove(this);
        Track = track;
        _codec = track is null ? null : CodecFor(track);
        track?.Slots.Add(this);
        Select(now);
    }

    /// <summary>Takes the layer that fills its size as its source; none while there is none, or it is muted.</summary>
    public void Select(long now)
    {
        if (Track is not { Muted: false } || LayerChoice.Sending(Track.Layers, LayerChoice.Fill(Track.Layers, MaxHeight)) is not { } layer || !_transport.IsConnected)
        {
            _rewriter.Stop();
            return;
        }

        _rewriter.Select(layer.Clock);
        _rewriter.MaxSpatial = LayerChoice.FillSpatial(layer, MaxHeight);
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

        Send(layer, packet, rewritten);
        if (!rewritten.IsSwitch) return;

        // The first packet of the keyframe came late, by retransmission: what came before it is in the cache.
        for (var index = packet.Index + 1; index <= layer.Cache.Highest; index++)
        {
            if (layer.Cache.TryGet(index, out var later) && _rewriter.Decide(now, layer.Clock, index, later.Facts) is { IsForward: true } next)
                Send(layer, later, next);
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

        packet.Facts.Picture.Patch(packet.Bytes, sent.PictureId, sent.Tl0);
        var datagram = _transport.BeginRtp();
        if (_section.RtxSsrc != 0 && _codec.RtxPayloadType != 0)
        {
            var length = _header.Write(datagram, packet, sent.Marker, _codec.RtxPayloadType, (ushort)_rtxSequence, sent.Timestamp, _section.RtxSsrc, sent.DecodeTargets);
            using var rtx = new RtxPayload(packet, sent);
            _transport.SendRtp(length, rtx.Bytes, _rtxSequence++);
        }
        else
        {
            // The SRTP index is that of the first sending, and so must be every byte: with GCM one nonce must never seal two texts.
            var length = _header.Write(datagram, packet, sent.Marker, _codec.PayloadType, sequence, sent.Timestamp, Ssrc, sent.DecodeTargets);
            _transport.SendRtp(length, PayloadBehind(datagram, packet, sent.IsEmpty), sent.Sequence);
        }

        _counters.Retransmitted++;
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

    private void Send(Layer layer, in CachedPacket packet, in Rewritten rewritten)
    {
        packet.Facts.Picture.Patch(packet.Bytes, rewritten.PictureId, rewritten.Tl0);
        var datagram = _transport.BeginRtp();
        var length = _header.Write(datagram, packet, rewritten.Marker, _codec!.PayloadType, (ushort)rewritten.Sequence, rewritten.Timestamp, Ssrc, rewritten.DecodeTargets);
        _transport.SendRtp(length, PayloadBehind(datagram, packet, rewritten.IsEmpty), rewritten.Sequence);
        _sent.Add(new SentPacket
        {
            Sequence = rewritten.Sequence,
            Index = packet.Index,
            Source = layer.Clock.Id,
            Timestamp = rewritten.Timestamp,
            PictureId = rewritten.PictureId,
            Tl0 = rewritten.Tl0,
            DecodeTargets = rewritten.DecodeTargets,
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
