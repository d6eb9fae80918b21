namespace RtcHub.Rtc.Sdp;

/// <summary>
/// What trickle ICE and an ICE restart say of a description (RFC 8840 section 9, <c>application/trickle-ice-sdpfrag</c>): the body
/// of WHIP's PATCH (RFC 9725 section 4.3). All goes over one transport, so there is one set of credentials.
/// </summary>
public sealed record SdpFragment
{
    /// <summary>The writer is an ICE lite agent.</summary>
    public bool IsIceLite { get; init; }

    /// <summary><c>trickle</c>, <c>ice2</c>.</summary>
    public SdpList<string> IceOptions { get; init; } = [];

    /// <summary>Mids of the bundle.</summary>
    public SdpList<string> Bundle { get; init; } = [];

    /// <summary>Of ICE; empty when not said.</summary>
    public string IceUfrag { get; init; } = "";

    /// <summary>Of ICE; empty when not said. A secret.</summary>
    public string IcePassword { get; init; } = "";

    /// <summary>Sections with candidates.</summary>
    public SdpList<SdpFragmentMedia> Media { get; init; } = [];

    /// <summary>The candidates of all sections.</summary>
    public IEnumerable<string> Candidates => Media.SelectMany(media => media.Candidates);

    /// <summary>No candidate will follow in any of the sections.</summary>
    public bool EndOfCandidates => Media.Count > 0 && Media.All(media => media.EndOfCandidates);

    /// <summary>The ufrag, for logs: the whole holds a password.</summary>
    public override string ToString() => $"fragment of '{IceUfrag}'";
}

/// <summary>Candidates of one section.</summary>
/// <param name="Kind"><c>audio</c>, <c>video</c>; empty: they stand before the first m-line and are of the first section.</param>
/// <param name="Mid">Names the section; empty when not said.</param>
public sealed record SdpFragmentMedia(string Kind, string Mid)
{
    /// <summary>As they stand in the text, <c>candidate:</c> in front.</summary>
    public SdpList<string> Candidates { get; init; } = [];

    /// <summary>No candidate will follow.</summary>
    public bool EndOfCandidates { get; init; }
}
