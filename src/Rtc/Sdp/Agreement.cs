namespace RtcHub.Rtc.Sdp;

/// <summary>A codec that both ends know.</summary>
/// <param name="Codec">With the payload type and parameters of the offer, and the feedback that both ends use.</param>
/// <param name="Rtx">Its retransmission format (RFC 4588), if both ends have that.</param>
/// <param name="Key">Equal for two payloads if a decoder of the one takes the other: <c>video/VP8</c>, <c>video/VP9;profile-id=0</c>.</param>
public sealed record AgreedCodec(SdpCodec Codec, SdpCodec? Rtx, string Key);

/// <summary>Why a section is turned down.</summary>
public enum SdpRejection
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>The other end did it already (port 0).</summary>
    Disabled,

    /// <summary>Neither audio nor video: data channels.</summary>
    Kind,

    /// <summary>No RTP profile that is secured by DTLS.</summary>
    Protocol,

    /// <summary>RTCP would need a port of its own.</summary>
    NoRtcpMux,

    /// <summary>It would need a transport of its own.</summary>
    NotBundled,

    /// <summary>No codec in common.</summary>
    NoCodec,
}

/// <summary>What is agreed on for a section.</summary>
public sealed record AgreedSection
{
    /// <summary>The section as the other end wrote it.</summary>
    public required SdpMedia Remote { get; init; }

    /// <summary>Why it is turned down; everything below is empty then.</summary>
    public SdpRejection Rejection { get; init; }

    /// <summary>Which way media flows as this end sees it; never both.</summary>
    public SdpDirection Direction { get; init; }

    /// <summary>In the order of the other end's preference.</summary>
    public SdpList<AgreedCodec> Codecs { get; init; } = [];

    /// <summary>With the offer's ids, and the direction as this end sees it.</summary>
    public SdpList<SdpExtension> Extensions { get; init; } = [];

    /// <summary>Layers that this end receives, by rid, in the sender's order; empty without rids.</summary>
    public SdpList<SdpRid> Layers { get; init; } = [];

    /// <summary>What this end sends: set it before the answer is made.</summary>
    public OutgoingSource? Source { get; init; }

    /// <summary>It is not turned down.</summary>
    public bool IsAccepted => Rejection == SdpRejection.None;

    /// <summary>A sentence about <see cref="Rejection"/>; empty when there is none.</summary>
    public string Why => Rejection switch
    {
        SdpRejection.None => "",
        SdpRejection.Disabled => $"Section '{Remote.Mid}' is disabled (port 0).",
        SdpRejection.Kind => $"Section '{Remote.Mid}' is neither audio nor video.",
        SdpRejection.Protocol => $"Section '{Remote.Mid}' is no RTP over DTLS: {Remote.Protocol}.",
        SdpRejection.NoRtcpMux => $"Section '{Remote.Mid}' wants RTCP on a port of its own (no a=rtcp-mux).",
        SdpRejection.NotBundled => $"Section '{Remote.Mid}' is not bundled with the others; everything goes over one transport here.",
        _ => $"No codec of the {Remote.Kind} section '{Remote.Mid}' is known here (Opus; VP8, VP9, AV1, H.264 with packetization-mode=1).",
    };

    /// <summary>This end sends.</summary>
    public bool IsSent => Direction.HasFlag(SdpDirection.SendOnly);

    /// <summary>This end receives.</summary>
    public bool IsReceived => Direction.HasFlag(SdpDirection.RecvOnly);
}

/// <summary>The other end's transport; there is one for all sections.</summary>
/// <param name="IceUfrag">Of its ICE agent.</param>
/// <param name="IcePassword">Of its ICE agent. A secret.</param>
/// <param name="Fingerprint">Of its certificate, <c>sha-256 AB:CD:...</c>.</param>
/// <param name="LocalSetup">This end's part in DTLS: <see cref="SdpSetup.Passive"/> is the server, <see cref="SdpSetup.Active"/> the client.</param>
/// <param name="IsIceLite">It answers checks only.</param>
/// <param name="Candidates">Those that it knew.</param>
public sealed record RemoteEnd(string IceUfrag, string IcePassword, string Fingerprint, SdpSetup LocalSetup, bool IsIceLite, SdpList<string> Candidates)
{
    /// <summary>The ufrag, for logs: the whole holds a password.</summary>
    public override string ToString() => $"end '{IceUfrag}'";
}

/// <summary>This end's transport, as it is told to the other.</summary>
public sealed record LocalEnd
{
    /// <summary>Of this ICE agent.</summary>
    public required string IceUfrag { get; init; }

    /// <summary>Of this ICE agent. A secret.</summary>
    public required string IcePassword { get; init; }

    /// <summary>Of this certificate, <c>sha-256 AB:CD:...</c>.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>All there are, <c>candidate:1 1 udp ...</c>: a lite agent does not trickle.</summary>
    public SdpList<string> Candidates { get; init; } = [];

    /// <summary>No candidate will follow.</summary>
    public bool EndOfCandidates { get; init; } = true;

    /// <summary>This end answers checks only.</summary>
    public bool IsIceLite { get; init; } = true;

    /// <summary>This end takes trickled candidates, and speaks RFC 8445.</summary>
    public SdpList<string> IceOptions { get; init; } = ["trickle", "ice2"];

    /// <summary>Id of the session: digits, at random.</summary>
    public string SessionId { get; init; } = "1";

    /// <summary>Grows with each description of the session.</summary>
    public ulong Version { get; init; } = 1;

    /// <summary>The ufrag, for logs: the whole holds a password.</summary>
    public override string ToString() => $"end '{IceUfrag}'";
}

/// <summary>What a section sends.</summary>
/// <param name="Kind"><c>audio</c> or <c>video</c>.</param>
/// <param name="Ssrc">Of the media.</param>
/// <param name="RtxSsrc">Of retransmissions (RFC 4588), or 0.</param>
/// <param name="Cname">Equal for what is to be played in step.</param>
/// <param name="Msid">The ids that a page sees.</param>
public sealed record OutgoingSource(string Kind, uint Ssrc, uint RtxSsrc, string Cname, SdpMsid Msid);

/// <summary>What offer and answer agree on.</summary>
/// <param name="Remote">The other end's description.</param>
/// <param name="End">Its transport.</param>
/// <param name="Sections">As many as the offer has, in its order.</param>
public sealed record Agreement(SessionDescription Remote, RemoteEnd End, SdpList<AgreedSection> Sections)
{
    /// <summary>The same, with what each section sends that this end does send.</summary>
    public Agreement WithSources(Func<AgreedSection, OutgoingSource> choose) =>
        this with { Sections = [.. Sections.Select(section => section.IsSent ? section with { Source = choose(section) } : section)] };
}
