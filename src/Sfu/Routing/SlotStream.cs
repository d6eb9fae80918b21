using System.Security.Cryptography;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// The packets of one slot as they go out: headers and numbers around payloads that lie in the cache, and the same again where the
/// client lacks one (RFC 4588), or where it is to be seen whether its path carries more.
/// </summary>
internal sealed class SlotStream
{
    // Of the last packets those are repeated that are still in the cache.
    private const int Recent = 16;

    private readonly ITransport _transport;
    private readonly OutgoingSection _section;
    private readonly Counters _counters;
    private readonly HeaderTemplate _header;
    private readonly SentPackets _sent;
    private ulong _rtxSequence = FirstSequence();
    private int _repeated;

    public SlotStream(ITransport transport, OutgoingSection section, Counters counters)
    {
        (_transport, _section, _counters) = (transport, section, counters);
        _header = new HeaderTemplate(section.Mid, section.Extensions);
        _sent = new SentPackets(section.Kind == MediaKind.Video ? 512 : 64);
    }

    /// <summary>What is told of every packet, and what retransmissions ask; null where nobody counts.</summary>
    public Bandwidth? Bandwidth { get; set; }

    /// <summary>The codec of the present track.</summary>
    public NegotiatedCodec? Codec { get; set; }

    /// <summary>
    /// The payload type by which the present track sends redundant audio (RFC 2198), and the client's for what that wraps: its sender
    /// may send that as it is, too. 0: the track is none, or the client does not have it.
    /// </summary>
    public (byte Track, byte Plain) Red { get; set; }

    /// <summary>Packets and payload bytes sent, for sender reports.</summary>
    public uint PacketsSent { get; private set; }

    public uint OctetsSent { get; private set; }

    // Below 2^15, so that a receiver which starts in the middle of the stream does not guess a wrong roll-over (RFC 3711 section 3.3.1).
    public static ulong FirstSequence() => (ulong)RandomNumberGenerator.GetInt32(1, 0x8000);

    public void Send(long now, Layer layer, in CachedPacket packet, in Rewritten rewritten)
    {
        packet.Facts.Picture.Patch(packet.Bytes, rewritten.PictureId, rewritten.Tl0);
        var datagram = _transport.BeginRtp();
        var length = _header.Write(
            datagram, packet, rewritten.Marker, PayloadTypeOf(packet), (ushort)rewritten.Sequence, rewritten.Timestamp, _section.Ssrc, rewritten.DecodeTargets);
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

    /// <summary>The client lacks a packet.</summary>
    public void Resend(long now, long rtt, PublisherTrack? track, ushort sequence)
    {
        _counters.NacksIn++;
        if (_sent.Answer(now, rtt, sequence, out var sent) != NackAnswer.Resend) return;
        if (track?.FindLayer(sent.Source) is not { } layer || !layer.Cache.TryGet(sent.Index, out var packet))
        {
            _counters.RetransmissionsMissed++;
            return;
        }

        if (Bandwidth?.TryTakeRetransmission(now, packet.Bytes.Length) == false) return;
        if (HasRtx)
        {
            SendRtx(now, packet, sent);
        }
        else
        {
            // The SRTP index is that of the first sending, and so must be every byte: with GCM one nonce must never seal two texts.
            packet.Facts.Picture.Patch(packet.Bytes, sent.PictureId, sent.Tl0);
            var datagram = _transport.BeginRtp();
            var length = _header.Write(datagram, packet, sent.Marker, PayloadTypeOf(packet), sequence, sent.Timestamp, _section.Ssrc, sent.DecodeTargets);
            _header.SetTransportSequence(datagram, sent.TransportSequence);
            _transport.SendRtp(length, PayloadBehind(datagram, packet, sent.IsEmpty), sent.Sequence);
        }

        _counters.Retransmitted++;
    }

    /// <summary>Sends a packet again that nobody asked for, to see what the path carries; false when there is none.</summary>
    public bool TryRepeat(long now, PublisherTrack? track)
    {
        if (!HasRtx) return false;
        for (var i = 0; i < Recent; i++)
        {
            _repeated = (_repeated + 1) % Recent;
            if (!_sent.TryGetRecent(_repeated, out var sent) || sent.IsEmpty || track?.FindLayer(sent.Source) is not { } layer || !layer.Cache.TryGet(sent.Index, out var packet)) continue;
            _counters.ProbeBytes += SendRtx(now, packet, sent);
            return true;
        }

        return false;
    }

    /// <summary>Sends padding on the stream of retransmissions; false when there is none.</summary>
    public bool TryPad(long now, int bytes)
    {
        var payloadType = (Codec ?? _section.Codecs[0]).RtxPayloadType;
        if (_section.RtxSsrc == 0 || payloadType == 0 || !_transport.IsConnected) return false;
        Span<byte> padding = stackalloc byte[Math.Clamp(bytes, 1, byte.MaxValue)];
        padding.Clear();
        padding[^1] = (byte)padding.Length;
        var datagram = _transport.BeginRtp();
        var length = _header.WritePadding(datagram, payloadType, (ushort)_rtxSequence, _section.RtxSsrc);
        Number(now, datagram, length + padding.Length);
        _transport.SendRtp(length, padding, _rtxSequence++);
        _counters.ProbeBytes += length + padding.Length;
        return true;
    }

    private bool HasRtx => _section.RtxSsrc != 0 && Codec is { RtxPayloadType: not 0 };

    private int SendRtx(long now, in CachedPacket packet, in SentPacket sent)
    {
        packet.Facts.Picture.Patch(packet.Bytes, sent.PictureId, sent.Tl0);
        var datagram = _transport.BeginRtp();
        var length = _header.Write(
            datagram, packet, sent.Marker, Codec!.RtxPayloadType, (ushort)_rtxSequence, sent.Timestamp, _section.RtxSsrc, sent.DecodeTargets);
        using var rtx = new RtxPayload(packet, sent);
        Number(now, datagram, length + rtx.Bytes.Length);
        _transport.SendRtp(length, rtx.Bytes, _rtxSequence++);
        return length + rtx.Bytes.Length;
    }

    // What the estimate of the subscriber's bandwidth lives on.
    private ushort Number(long now, Span<byte> datagram, int bytes)
    {
        var number = Bandwidth?.Send(now, bytes) ?? 0;
        _header.SetTransportSequence(datagram, number);
        return number;
    }

    private bool IsRed(in CachedPacket packet) => Red.Track != 0 && packet.Facts.PayloadType == Red.Track;

    private byte PayloadTypeOf(in CachedPacket packet) =>
        Codec!.Format == PayloadFormat.Red && Red.Plain != 0 && !IsRed(packet) ? Red.Plain : Codec.PayloadType;

    private ReadOnlySpan<byte> PayloadBehind(Span<byte> header, in CachedPacket packet, bool isEmpty)
    {
        if (isEmpty) return default;
        if (Codec!.Format == PayloadFormat.Opus && IsRed(packet)) return Rtc.Rtp.Red.TryGetPrimary(packet.Payload, out _, out var primary) ? primary : default;
        RtpHeader.SetPadding(header, packet.Facts.Padding > 0);
        return packet.PaddedPayload;
    }
}
