namespace RtcHub.Rtc.Sdp;

/// <summary>
/// A session description (RFC 8866) as far as WebRTC uses it (RFC 9429 section 5). A value: equal when all it says is equal.
/// </summary>
/// <remarks>
/// There are no attributes of the session that hold for all sections: the parser hands credentials, fingerprint, setup, direction
/// and extensions down into every <see cref="SdpMedia"/>, and the writer writes them there.
/// </remarks>
public sealed record SessionDescription
{
    /// <summary>Of the origin; browsers say nothing there, Firefox its name.</summary>
    public string Username { get; init; } = "-";

    /// <summary>Id of the session: digits.</summary>
    public string SessionId { get; init; } = "1";

    /// <summary>Grows with each description of a session.</summary>
    public ulong Version { get; init; } = 1;

    /// <summary>The writer is an ICE lite agent (RFC 8445 section 2.5).</summary>
    public bool IsIceLite { get; init; }

    /// <summary>Mids of the sections that share one transport (RFC 9143): of the first such group, WebRTC knows no other.</summary>
    public SdpList<string> Bundle { get; init; } = [];

    /// <summary>The value of <c>a=msid-semantic</c>, <c>WMS *</c>; of no use but to old peers. Empty when not said.</summary>
    public string MsidSemantic { get; init; } = "";

    /// <summary>One- and two-byte extensions may be mixed in every stream (RFC 8285 section 4.1.2).</summary>
    public bool ExtmapAllowMixed { get; init; }

    /// <summary>In the order of the text, rejected ones included: a section's place is what it is known by.</summary>
    public SdpList<SdpMedia> Media { get; init; } = [];
}
