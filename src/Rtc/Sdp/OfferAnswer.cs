namespace RtcHub.Rtc.Sdp;

/// <summary>A codec that both ends know.</summary>
/// <param name="Codec">As the other end named it.</param>
/// <param name="Rtx">Its retransmission format (RFC 4588), when there is one.</param>
/// <param name="Key">Equal for payloads that a decoder of one end can take from an encoder of another.</param>
public sealed record AgreedCodec(SdpCodec Codec, SdpCodec? Rtx, string Key);

/// <summary>What an end that forwards without decoding needs of offer and answer (RFC 9429, RFC 3264).</summary>
public static class OfferAnswer
{
    /// <summary>Feedback that a forwarder understands; the rest is left out of answers.</summary>
    private static readonly string[] Feedback = ["nack", "nack pli", "ccm fir", "transport-cc"];

    /// <summary>
    /// The codecs of a section that can be forwarded, in the writer's order: Opus, and RED around it; VP8, VP9, H.264 with
    /// packetization mode 1, AV1. Where a payload type was given a codec twice the first counts.
    /// </summary>
    public static IReadOnlyList<AgreedCodec> Agree(SdpMedia media)
    {
        var agreed = new List<AgreedCodec>();
        foreach (var codec in media.Codecs)
        {
            if (KeyOf(media.Kind, codec) is not { } key || agreed.Exists(each => each.Codec.PayloadType == codec.PayloadType)) continue;
            var rtx = media.Codecs.FirstOrDefault(each => each.Is("rtx") && each.Parameter("apt") == codec.PayloadType.ToString());
            agreed.Add(new AgreedCodec(codec with { Feedback = [.. codec.Feedback.Where(Feedback.Contains)] }, rtx, key));
        }

        return agreed;
    }

    /// <summary>
    /// What makes two payloads the same thing, or null for a codec that is not forwarded. Profiles count, levels do not: they say
    /// how much a decoder can do, and a publisher's choice of size is not ours.
    /// </summary>
    public static string? KeyOf(string kind, SdpCodec codec) => (kind, codec.Name.ToUpperInvariant()) switch
    {
        ("audio", "OPUS") => codec is { ClockRate: 48_000, Channels: 2 } ? "audio/opus" : null,
        ("audio", "RED") => codec is { ClockRate: 48_000 } ? "audio/red" : null,
        ("video", "VP8") => "video/VP8",
        ("video", "VP9") => $"video/VP9;profile-id={codec.Parameter("profile-id") ?? "0"}",
        ("video", "AV1") => $"video/AV1;profile={codec.Parameter("profile") ?? "0"}",
        ("video", "H264") => codec.Parameter("packetization-mode") == "1" ? $"video/H264;profile={H264Profile(codec.Parameter("profile-level-id"))}" : null,
        _ => null,
    };

    /// <summary>The sections that an answer has to repeat: same number, same order, same mids (RFC 9429 section 5.3.1); null when they do, else a sentence.</summary>
    public static string? Mismatch(SessionDescription offer, SessionDescription answer)
    {
        if (offer.Media.Count != answer.Media.Count) return $"The offer has {offer.Media.Count} media sections, the answer {answer.Media.Count}.";
        for (var i = 0; i < offer.Media.Count; i++)
        {
            if (offer.Media[i].Kind != answer.Media[i].Kind) return $"Media section {i + 1} of the offer is {offer.Media[i].Kind}, that of the answer {answer.Media[i].Kind}.";
            if (answer.Media[i].Mid != offer.Media[i].Mid && answer.Media[i].Mid.Length > 0) return $"Media section {i + 1} is called {offer.Media[i].Mid} in the offer and {answer.Media[i].Mid} in the answer.";
        }

        return null;
    }

    /// <summary>A section that is turned down (RFC 3264 section 6): port 0, everything else of no meaning.</summary>
    public static SdpMedia Reject(SdpMedia offered) => new()
    {
        Kind = offered.Kind,
        Port = 0,
        Protocol = offered.Protocol,
        Formats = offered.Formats.Count > 0 ? offered.Formats : ["0"],
        Mid = offered.Mid,
        Direction = SdpDirection.Inactive,
    };

    // profile_idc and the constraint flags tell the profile (RFC 6184 section 8.1). Constrained baseline (42e0..) is what
    // everybody writes and decodes; a decoder of baseline (4200..) takes it, too.
    private static string H264Profile(string? profileLevelId)
    {
        var id = (profileLevelId ?? "42e01f").ToLowerInvariant();
        if (id.Length != 6) return id;
        return id[..2] switch
        {
            "42" => "baseline",
            "4d" => (Convert.ToInt32(id[2..4], 16) & 0x80) != 0 ? "baseline" : "main",
            "58" => "extended",
            "64" => "high",
            var other => other,
        };
    }
}
