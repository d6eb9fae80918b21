namespace RtcHub.Rtc.Sdp;

/// <summary>Which way media flows, as the one who writes sees it (RFC 8866 section 6.7).</summary>
[Flags]
public enum SdpDirection
{
    /// <summary>Neither.</summary>
    Inactive = 0,

    /// <summary>From the writer.</summary>
    SendOnly = 1,

    /// <summary>To the writer.</summary>
    RecvOnly = 2,

    /// <summary>Both.</summary>
    SendRecv = 3,
}

/// <summary>A session description (RFC 8866) as far as WebRTC uses it (RFC 8829 section 5).</summary>
public sealed record SessionDescription
{
    /// <summary>Id of the session, digits.</summary>
    public string SessionId { get; init; } = "1";

    /// <summary>Grows with each description of the session.</summary>
    public ulong Version { get; init; } = 1;

    /// <summary>The writer is an ICE lite agent.</summary>
    public bool IsIceLite { get; init; }

    /// <summary>Mids of the sections that share one transport (RFC 9143).</summary>
    public IReadOnlyList<string> Bundle { get; init; } = [];

    /// <summary>In the order of the text, rejected ones included.</summary>
    public IReadOnlyList<SdpMedia> Media { get; init; } = [];
}

/// <summary>One m-section. What stands at the session level and holds for all is repeated here.</summary>
public sealed record SdpMedia
{
    /// <summary><c>audio</c>, <c>video</c>, <c>application</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>0: rejected; 9 with ICE, or a default candidate's.</summary>
    public int Port { get; init; } = 9;

    /// <summary>For example <c>UDP/TLS/RTP/SAVPF</c>.</summary>
    public string Protocol { get; init; } = "UDP/TLS/RTP/SAVPF";

    /// <summary>The formats of the m-line, as they stand there: payload types, or <c>webrtc-datachannel</c>.</summary>
    public IReadOnlyList<string> Formats { get; init; } = [];

    /// <summary>Names the section (RFC 5888); empty when it has none.</summary>
    public string Mid { get; init; } = "";

    /// <summary>Which way it flows.</summary>
    public SdpDirection Direction { get; init; } = SdpDirection.SendRecv;

    /// <summary>In the order of the m-line; retransmission and redundancy formats stand among them.</summary>
    public IReadOnlyList<SdpCodec> Codecs { get; init; } = [];

    /// <summary>Header extensions (RFC 8285).</summary>
    public IReadOnlyList<SdpExtension> Extensions { get; init; } = [];

    /// <summary>RTP and RTCP on one port (RFC 5761).</summary>
    public bool RtcpMux { get; init; }

    /// <summary>RTCP that need not be compound (RFC 5506).</summary>
    public bool RtcpReducedSize { get; init; }

    /// <summary>Stream and track (RFC 8830), <c>stream track</c>; null when not said.</summary>
    public string? Msid { get; init; }

    /// <summary>Sources that were announced (RFC 5576).</summary>
    public IReadOnlyList<SdpSource> Sources { get; init; } = [];

    /// <summary>Layers of simulcast in the order of <c>a=simulcast</c>, or of <c>a=rid</c> (RFC 8851, RFC 8853).</summary>
    public IReadOnlyList<SdpRid> Rids { get; init; } = [];

    /// <summary>ICE (RFC 8839); empty when not said.</summary>
    public string IceUfrag { get; init; } = "";

    /// <summary>ICE; secret.</summary>
    public string IcePassword { get; init; } = "";

    /// <summary>Values of <c>a=candidate</c>, with <c>candidate:</c> in front.</summary>
    public IReadOnlyList<string> Candidates { get; init; } = [];

    /// <summary>No candidate will follow (RFC 8838).</summary>
    public bool EndOfCandidates { get; init; }

    /// <summary><c>sha-256 AB:CD:...</c> (RFC 8122); empty when not said.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary><c>actpass</c>, <c>active</c>, <c>passive</c> (RFC 8842); empty when not said.</summary>
    public string Setup { get; init; } = "";
}

/// <summary>One payload type.</summary>
/// <param name="PayloadType">0-127.</param>
/// <param name="Name">As written: <c>VP8</c>, <c>opus</c>, <c>rtx</c>.</param>
/// <param name="ClockRate">Ticks per second.</param>
/// <param name="Channels">Of audio; 0 when not said.</param>
public sealed record SdpCodec(byte PayloadType, string Name, int ClockRate, int Channels = 0)
{
    /// <summary>The value of <c>a=fmtp</c>; empty when there is none.</summary>
    public string Parameters { get; init; } = "";

    /// <summary>Values of <c>a=rtcp-fb</c>, for example <c>nack pli</c>.</summary>
    public IReadOnlyList<string> Feedback { get; init; } = [];

    /// <summary>A parameter of <see cref="Parameters"/> by its name; null when it is not there.</summary>
    public string? Parameter(string name)
    {
        foreach (var part in Parameters.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals == name.Length && part.StartsWith(name, StringComparison.OrdinalIgnoreCase)) return part[(equals + 1)..].Trim();
        }

        return null;
    }

    /// <summary>Names are compared without regard to case (RFC 8866 section 6.6).</summary>
    public bool Is(string name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A header extension.</summary>
/// <param name="Id">1-255.</param>
/// <param name="Uri">What it is.</param>
public sealed record SdpExtension(int Id, string Uri);

/// <summary>A source.</summary>
/// <param name="Ssrc">Its number.</param>
/// <param name="Cname">RFC 3550; empty when not said.</param>
/// <param name="RepairedBy">The source that retransmits it (FID, RFC 4588 section 8.3), or 0.</param>
public sealed record SdpSource(uint Ssrc, string Cname = "", uint RepairedBy = 0);

/// <summary>A layer.</summary>
/// <param name="Id">1-16 letters and digits.</param>
/// <param name="IsSent">By the writer; else received.</param>
public sealed record SdpRid(string Id, bool IsSent);
