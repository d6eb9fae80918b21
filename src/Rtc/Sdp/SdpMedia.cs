namespace RtcHub.Rtc.Sdp;

/// <summary>One media section: an m-line and what stands under it.</summary>
public sealed record SdpMedia
{
    /// <summary><c>audio</c>, <c>video</c>, <c>application</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>0: rejected, or bundle-only; 9 with ICE, or that of the default candidate.</summary>
    public int Port { get; init; } = 9;

    /// <summary>For example <c>UDP/TLS/RTP/SAVPF</c>.</summary>
    public string Protocol { get; init; } = "UDP/TLS/RTP/SAVPF";

    /// <summary>Names the section (RFC 5888), 1-64 characters; empty when it has no name.</summary>
    public string Mid { get; init; } = "";

    /// <summary>Which way media flows, as the writer sees it.</summary>
    public SdpDirection Direction { get; init; } = SdpDirection.SendRecv;

    /// <summary>In the order of the m-line, which is that of preference; retransmission and redundancy stand among them.</summary>
    public SdpList<SdpCodec> Codecs { get; init; } = [];

    /// <summary>What the m-line names besides codecs: <c>webrtc-datachannel</c>, payload types that nobody explained.</summary>
    public SdpList<string> OtherFormats { get; init; } = [];

    /// <summary>Header extensions (RFC 8285).</summary>
    public SdpList<SdpExtension> Extensions { get; init; } = [];

    /// <summary>One- and two-byte extensions may be mixed (RFC 8285 section 4.1.2); said for this section alone.</summary>
    public bool ExtmapAllowMixed { get; init; }

    /// <summary>RTP and RTCP on one port (RFC 5761).</summary>
    public bool RtcpMux { get; init; }

    /// <summary>RTP and RTCP on one port and not otherwise (RFC 8858).</summary>
    public bool RtcpMuxOnly { get; init; }

    /// <summary>RTCP need not be compound (RFC 5506).</summary>
    public bool RtcpReducedSize { get; init; }

    /// <summary>Port 0 because the section wants to be bundled or nothing (RFC 9143 section 6).</summary>
    public bool BundleOnly { get; init; }

    /// <summary>Which streams and track the section belongs to (RFC 8830).</summary>
    public SdpList<SdpMsid> Msids { get; init; } = [];

    /// <summary>Sources that are announced (RFC 5576), retransmission included.</summary>
    public SdpList<SdpSource> Sources { get; init; } = [];

    /// <summary>What sources are to each other.</summary>
    public SdpList<SdpSourceGroup> SourceGroups { get; init; } = [];

    /// <summary>Names of layers (RFC 8851).</summary>
    public SdpList<SdpRid> Rids { get; init; } = [];

    /// <summary>Which layers flow at the same time (RFC 8853).</summary>
    public SdpSimulcast? Simulcast { get; init; }

    /// <summary>Of ICE (RFC 8839), 4-256 characters; empty when not said.</summary>
    public string IceUfrag { get; init; } = "";

    /// <summary>Of ICE, 22-256 characters; empty when not said. A secret.</summary>
    public string IcePassword { get; init; } = "";

    /// <summary><c>trickle</c>, <c>ice2</c>, <c>renomination</c>.</summary>
    public SdpList<string> IceOptions { get; init; } = [];

    /// <summary>As they stand in the text, <c>candidate:</c> in front.</summary>
    public SdpList<string> Candidates { get; init; } = [];

    /// <summary>No candidate will follow (RFC 8840 section 8.2).</summary>
    public bool EndOfCandidates { get; init; }

    /// <summary>Of the certificate, <c>sha-256 AB:CD:...</c> (RFC 8122), by each hash function that the writer chose.</summary>
    public SdpList<string> Fingerprints { get; init; } = [];

    /// <summary>Who begins with DTLS (RFC 8842).</summary>
    public SdpSetup Setup { get; init; }

    /// <summary>Limits of what is to be sent to the writer.</summary>
    public SdpList<SdpBandwidth> Bandwidths { get; init; } = [];

    /// <summary>Milliseconds of audio in a packet, wished for; 0 when not said.</summary>
    public int PacketTime { get; init; }

    /// <summary>Milliseconds of audio in a packet, at most; 0 when not said.</summary>
    public int MaxPacketTime { get; init; }

    /// <summary>The section is not used (RFC 3264 section 6).</summary>
    public bool IsRejected => Port == 0 && !BundleOnly;

    /// <summary>The one that everybody can check: by SHA-256, else the first; empty when there is none.</summary>
    public string Fingerprint =>
        Fingerprints.FirstOrDefault(each => each.StartsWith("sha-256 ", StringComparison.Ordinal)) ?? (Fingerprints is [var first, ..] ? first : "");

    /// <summary>The source that retransmits another (FID, RFC 4588 section 8.3), or 0.</summary>
    public uint RtxOf(uint ssrc)
    {
        foreach (var group in SourceGroups)
            if (group is { Semantics: "FID", Ssrcs: [var primary, var rtx, ..] } && primary == ssrc) return rtx;
        return 0;
    }

    /// <summary>The sources that retransmit no other.</summary>
    public IEnumerable<SdpSource> PrimarySources =>
        Sources.Where(source => !SourceGroups.Any(group => group is { Semantics: "FID", Ssrcs: [_, var rtx, ..] } && rtx == source.Ssrc));

    /// <summary>Rids that the writer sends: in the order of <see cref="Simulcast"/>, of alternatives the first; without simulcast as they stand.</summary>
    public IEnumerable<string> SentLayers => Simulcast is { Send.Count: > 0 } simulcast
        ? simulcast.Send.Select(layer => layer.Choices[0].Rid)
        : Rids.Where(rid => rid.IsSent).Select(rid => rid.Id);

    /// <summary>Kind and mid, for logs: the whole holds a password.</summary>
    public override string ToString() => $"{Kind} section '{Mid}'";
}
