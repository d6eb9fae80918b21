namespace RtcHub.Rtc.Sdp;

/// <summary>Collects <c>a=ssrc</c>, <c>a=ssrc-group</c> (RFC 5576) and <c>a=msid</c> (RFC 8830).</summary>
internal sealed class SdpSourceReader
{
    private readonly List<uint> _order = [];
    private readonly Dictionary<uint, SdpSource> _sources = [];
    private readonly List<SdpSourceGroup> _groups = [];

    // ssrc:<ssrc> <attribute>[:<value>]
    public SdpFault TakeSource(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (!words.TryNext(out var number) || !SdpWords.TrySsrc(number, out var ssrc)) return "A source is a number below 2^32.";
        if (!_sources.TryGetValue(ssrc, out var source))
        {
            if (SdpSectionReader.Add(_order, ssrc) is { Why: not null } fault) return fault;
            _sources[ssrc] = source = new SdpSource(ssrc);
        }

        const string Cname = "cname:", Msid = "msid:";
        if (words.Rest.StartsWith(Cname)) _sources[ssrc] = source with { Cname = words.Rest[Cname.Length..].Trim(' ').ToString() };
        else if (words.Rest.StartsWith(Msid) && TryMsid(words.Rest[Msid.Length..], out var msid)) _sources[ssrc] = source with { Msid = msid };
        return default;
    }

    public SdpFault TakeGroup(ReadOnlySpan<char> value)
    {
        const string Why = "A group of sources is a kind and numbers below 2^32.";
        var words = new SdpWords(value);
        if (!words.TryNext(out var semantics)) return Why;
        var ssrcs = new List<uint>();
        while (words.TryNext(out var number))
        {
            if (!SdpWords.TrySsrc(number, out var ssrc)) return Why;
            if (SdpSectionReader.Add(ssrcs, ssrc) is { Why: not null } fault) return fault;
        }

        if (semantics is "FID" && ssrcs.Count < 2) return "A group of FID has two sources.";
        return SdpSectionReader.Add(_groups, new SdpSourceGroup(semantics.ToString(), [.. ssrcs]));
    }

    public static SdpFault TakeMsid(ReadOnlySpan<char> value, List<SdpMsid> msids) =>
        TryMsid(value, out var msid) ? SdpSectionReader.Add(msids, msid) : "An msid is the id of a stream or '-', and perhaps that of a track.";

    public SdpList<SdpSource> BuildSources() => [.. _order.Select(ssrc => _sources[ssrc])];

    public SdpList<SdpSourceGroup> BuildGroups() => [.. _groups];

    private static bool TryMsid(ReadOnlySpan<char> value, out SdpMsid msid)
    {
        var words = new SdpWords(value);
        var isGiven = words.TryNext(out var stream);
        words.TryNext(out var track);
        msid = new SdpMsid(stream.ToString(), track.ToString());
        return isGiven;
    }
}
