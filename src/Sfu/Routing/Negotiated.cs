using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>What a section carries.</summary>
internal enum MediaKind
{
    Audio,
    Video,
}

/// <summary>One codec as one end names it.</summary>
/// <param name="Name"><c>video/VP8</c>.</param>
/// <param name="Format">How its payload is read.</param>
/// <param name="ClockRate">Ticks of the RTP timestamp per second.</param>
/// <param name="PayloadType">That end's number.</param>
/// <param name="RtxPayloadType">Its retransmission format (RFC 4588), or 0.</param>
/// <param name="Key">Packets can be passed on between ends whose keys are equal: name, profile and packetization.</param>
/// <param name="Nack">The end sends or answers NACKs.</param>
internal sealed record NegotiatedCodec(
    string Name, PayloadFormat Format, int ClockRate, byte PayloadType, byte RtxPayloadType, string Key, bool Nack);

/// <summary>A section that a client sends.</summary>
/// <param name="Mid">Its mid.</param>
/// <param name="Kind">Audio or video.</param>
/// <param name="Codecs">The first is the one that is expected.</param>
/// <param name="Sources">SSRCs of the offer with the SSRC of their retransmissions (0: none), in its order.</param>
/// <param name="Rids">Of simulcast, in the order of the offer.</param>
internal sealed record IncomingSection(
    string Mid, MediaKind Kind, IReadOnlyList<NegotiatedCodec> Codecs, IReadOnlyList<(uint Ssrc, uint Rtx)> Sources, IReadOnlyList<string> Rids);

/// <summary>A section that a client receives.</summary>
/// <param name="Mid">Its mid.</param>
/// <param name="Kind">Audio or video.</param>
/// <param name="Ssrc">Ours, kept whatever it carries.</param>
/// <param name="RtxSsrc">That of retransmissions, or 0.</param>
/// <param name="Codecs">What the client can decode.</param>
/// <param name="Extensions">The ids that the client gave.</param>
internal sealed record OutgoingSection(
    string Mid, MediaKind Kind, uint Ssrc, uint RtxSsrc, IReadOnlyList<NegotiatedCodec> Codecs, ExtensionMap Extensions);
