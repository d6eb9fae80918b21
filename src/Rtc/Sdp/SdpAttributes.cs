namespace RtcHub.Rtc.Sdp;

/// <summary>Which way media flows, as the writer sees it (RFC 8866 section 6.7).</summary>
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
    SendRecv = SendOnly | RecvOnly,
}

/// <summary>Who begins with DTLS (RFC 8842 section 5.1, RFC 4145).</summary>
public enum SdpSetup
{
    /// <summary>Nothing was said.</summary>
    Unspecified,

    /// <summary>The answerer may choose.</summary>
    ActPass,

    /// <summary>The writer: it is the client.</summary>
    Active,

    /// <summary>The other one.</summary>
    Passive,

    /// <summary>Nobody for the time being.</summary>
    HoldConn,
}

/// <summary>A header extension (RFC 8285 section 5).</summary>
/// <param name="Id">1-255; 4096-4351 in an offer of more than fit (section 6).</param>
/// <param name="Uri">What it is.</param>
/// <param name="Direction">In which direction of the stream it is used.</param>
public sealed record SdpExtension(int Id, string Uri, SdpDirection Direction = SdpDirection.SendRecv);

/// <summary>A track and a stream that it belongs to (RFC 8830).</summary>
/// <param name="Stream">Its id; <c>-</c> for none.</param>
/// <param name="Track">Its id; empty when not said.</param>
public sealed record SdpMsid(string Stream, string Track = "");

/// <summary>A source (RFC 5576 section 4.1).</summary>
/// <param name="Ssrc">Its number.</param>
/// <param name="Cname">Equal for sources to be synchronised (RFC 3550); empty when not said.</param>
/// <param name="Msid">As <see cref="SdpMedia.Msids"/>, said by older endpoints.</param>
public sealed record SdpSource(uint Ssrc, string Cname = "", SdpMsid? Msid = null);

/// <summary>What sources are to each other (RFC 5576 section 4.2).</summary>
/// <param name="Semantics"><c>FID</c>: a source and what retransmits it; <c>SIM</c>: layers.</param>
/// <param name="Ssrcs">Their numbers.</param>
public sealed record SdpSourceGroup(string Semantics, SdpList<uint> Ssrcs);

/// <summary>A layer's name (RFC 8851).</summary>
/// <param name="Id">1-16 letters and digits, <c>-</c> and <c>_</c>.</param>
/// <param name="IsSent">By the writer; else it receives.</param>
/// <param name="Restrictions"><c>max-width=640;max-fps=15</c>, as written; empty when there are none.</param>
public sealed record SdpRid(string Id, bool IsSent, string Restrictions = "");

/// <summary>Layers that flow at the same time (RFC 8853).</summary>
/// <param name="Send">What the writer sends, best first or worst first as it pleases.</param>
/// <param name="Receive">What it receives.</param>
public sealed record SdpSimulcast(SdpList<SdpLayer> Send, SdpList<SdpLayer> Receive);

/// <summary>One layer: alternatives of which one is used, the preferred first.</summary>
/// <param name="Choices">One at least.</param>
public sealed record SdpLayer(SdpList<SdpLayerChoice> Choices);

/// <summary>An alternative.</summary>
/// <param name="Rid">Its name.</param>
/// <param name="IsPaused">It begins paused (<c>~</c>).</param>
public sealed record SdpLayerChoice(string Rid, bool IsPaused = false);

/// <summary>A limit (RFC 8866 section 5.8).</summary>
/// <param name="Type"><c>AS</c>: kbit/s; <c>TIAS</c>: bit/s without headers (RFC 3890).</param>
/// <param name="Value">In the type's unit.</param>
public sealed record SdpBandwidth(string Type, ulong Value);

/// <summary>What follows from directions.</summary>
public static class SdpDirections
{
    /// <summary>The same, as the other end sees it.</summary>
    public static SdpDirection Reversed(this SdpDirection direction) => direction switch
    {
        SdpDirection.SendOnly => SdpDirection.RecvOnly,
        SdpDirection.RecvOnly => SdpDirection.SendOnly,
        _ => direction,
    };
}
