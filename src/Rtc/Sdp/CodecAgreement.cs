namespace RtcHub.Rtc.Sdp;

/// <summary>Intersects what the other end offers for one section with what this end can do (RFC 3264 section 6.1, RFC 9429 section 5.3.1).</summary>
internal static class CodecAgreement
{
    private const string Red = "audio/red";

    // What a decoder can take (RFC 6184 section 8.1, RFC 7741 section 6.1) and what an encoder is going to send describe the one who
    // said it, not us; bit rates that were tuned into an offer by hand are meant for the offerer.
    private static readonly string[] NotAnswered =
        ["max-fs", "max-fr", "max-mbps", "max-smbps", "max-cpb", "max-dpb", "max-br", "sprop-", "x-google-"];

    /// <summary>In the order of <paramref name="offered"/>; where it says a payload type stands for what we can do.</summary>
    public static SdpList<AgreedCodec> Agree(SdpMedia offered, SdpList<SdpCodec> supported, bool hasTransportCc, bool firstOnly)
    {
        var agreed = new List<AgreedCodec>();
        foreach (var codec in offered.Codecs)
        {
            if (codec.Is("rtx")) continue;
            var key = CodecKey.Of(offered.Kind, codec);
            var match = supported.FirstOrDefault(each => CodecKey.Of(offered.Kind, each) == key);
            if (match is null) continue;
            var rtx = supported.Any(each => each.IsRtxOf(match.PayloadType)) ? offered.Codecs.FirstOrDefault(each => each.IsRtxOf(codec.PayloadType)) : null;
            agreed.Add(new AgreedCodec(
                codec with { Parameters = ParametersOf(codec), Feedback = FeedbackOf(codec, match, hasTransportCc) },
                rtx is null ? null : rtx with { Parameters = $"apt={codec.PayloadType}", Feedback = [] },
                key));
        }

        agreed.RemoveAll(each => each.Key == Red && Wrapped(each, agreed) is null);
        return firstOnly && agreed.Count > 0 ? [.. FirstOf(agreed)] : [.. agreed];
    }

    // RED in the first place is what will be sent, and what it wraps may come plain as well.
    private static AgreedCodec[] FirstOf(List<AgreedCodec> agreed) => agreed[0].Key == Red ? [agreed[0], Wrapped(agreed[0], agreed)!] : [agreed[0]];

    /// <summary>In the order of <paramref name="offered"/>, with its ids.</summary>
    /// <param name="direction">The section's, as this end sees it; an extension that flows the other way only is of no use.</param>
    public static SdpList<SdpExtension> Agree(SdpList<SdpExtension> offered, SdpList<SdpExtension> supported, SdpDirection direction)
    {
        var agreed = new List<SdpExtension>();
        foreach (var extension in offered)
        {
            if (extension.Id > 255 || !supported.Any(each => each.Uri == extension.Uri)) continue;
            var ours = extension.Direction.Reversed();
            if (direction != SdpDirection.Inactive && (ours & direction) == 0) continue;
            if (!agreed.Exists(each => each.Id == extension.Id || each.Uri == extension.Uri)) agreed.Add(extension with { Direction = ours });
        }

        return [.. agreed];
    }

    /// <summary>The layers that the other end will send; a layer that is bound to payload types that are not agreed on is none.</summary>
    public static SdpList<SdpRid> AgreeLayers(SdpMedia offered, SdpList<AgreedCodec> codecs)
    {
        var layers = new List<SdpRid>();
        foreach (var id in offered.SentLayers)
        {
            if (offered.Rids.FirstOrDefault(each => each.IsSent && each.Id == id) is not { } rid) continue;
            var restrictions = rid.Restrictions.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var isBound = Array.Exists(restrictions, each => each.StartsWith("pt=", StringComparison.Ordinal));
            var bound = isBound ? restrictions.First(each => each.StartsWith("pt=", StringComparison.Ordinal))[3..].Split(',') : [];
            var kept = codecs.Select(codec => codec.Codec.PayloadType.ToString()).Where(bound.Contains).ToArray();
            if (isBound && kept.Length == 0) continue;
            var others = restrictions.Where(each => !each.StartsWith("pt=", StringComparison.Ordinal));
            layers.Add(rid with { IsSent = false, Restrictions = string.Join(';', isBound ? others.Prepend($"pt={string.Join(',', kept)}") : others) });
        }

        return [.. layers];
    }

    // RFC 2198 section 5: fmtp names the payload types in it, "111/111".
    private static AgreedCodec? Wrapped(AgreedCodec red, List<AgreedCodec> agreed) =>
        agreed.Find(each => each.Key != Red && red.Codec.Parameters.Split('/')[0] is var first && (first.Length == 0 || first == each.Codec.PayloadType.ToString()));

    // Both sorts of bandwidth estimation at once make a sender use the older one or none: transport-cc wins where its extension is there.
    private static SdpList<string> FeedbackOf(SdpCodec offered, SdpCodec supported, bool hasTransportCc)
    {
        var both = offered.Feedback.Where(supported.Feedback.Contains).ToList();
        if (!hasTransportCc) both.Remove("transport-cc");
        if (both.Contains("transport-cc")) both.Remove("goog-remb");
        return [.. both];
    }

    private static string ParametersOf(SdpCodec offered)
    {
        var parameters = offered.Parameters.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(each => !NotAnswered.Any(name => each.StartsWith(name, StringComparison.OrdinalIgnoreCase))).ToList();
        // RFC 7587 section 7.1: who is going to send stereo does so only to who says that he plays it.
        if (offered.Is("opus") && offered.Parameter("sprop-stereo") == "1" && offered.Parameter("stereo") is null) parameters.Add("stereo=1");
        return string.Join(';', parameters);
    }
}
