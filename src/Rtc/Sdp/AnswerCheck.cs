namespace RtcHub.Rtc.Sdp;

/// <summary>What an answer must repeat of the offer, and must not add to it (RFC 9429 section 5.3.1, RFC 3264 section 6).</summary>
internal static class AnswerCheck
{
    /// <summary>A sentence, or null when all is well.</summary>
    public static string? FirstFault(SessionDescription offer, SessionDescription answer)
    {
        if (offer.Media.Count != answer.Media.Count) return $"The offer has {offer.Media.Count} media sections, the answer {answer.Media.Count}.";
        var accepted = answer.Media.Count(media => !media.IsRejected);
        for (var i = 0; i < offer.Media.Count; i++)
        {
            var (offered, answered) = (offer.Media[i], answer.Media[i]);
            if (offered.Kind != answered.Kind) return $"Media section {i + 1} is {offered.Kind} in the offer and {answered.Kind} in the answer.";
            if (answered.Mid != offered.Mid && !(answered.IsRejected && answered.Mid.Length == 0))
                return $"Media section {i + 1} is called '{offered.Mid}' in the offer and '{answered.Mid}' in the answer.";
            if (answered.IsRejected) continue;
            if (accepted > 1 && !answer.Bundle.Contains(answered.Mid)) return $"Section '{answered.Mid}' is not in the answer's bundle.";
            if (FirstFault(offered, answered) is { } fault) return $"Section '{answered.Mid}' of the answer {fault}";
        }

        return null;
    }

    private static string? FirstFault(SdpMedia offered, SdpMedia answered)
    {
        if (offered.IsRejected) return "was not offered (port 0).";
        if (!answered.RtcpMux) return "has no a=rtcp-mux.";
        if (answered.Setup == SdpSetup.ActPass) return "leaves the setup open; an answer is active or passive.";
        foreach (var codec in answered.Codecs)
        {
            var match = offered.Codecs.FirstOrDefault(each => each.PayloadType == codec.PayloadType);
            if (match is null) return $"has payload type {codec.PayloadType}, which was not offered.";
            if (!AreSame(offered.Kind, match, codec)) return $"takes payload type {codec.PayloadType} for {NameOf(codec)}, which the offer has for {NameOf(match)}.";
        }

        foreach (var extension in answered.Extensions)
            if (!offered.Extensions.Any(each => each.Id == extension.Id && each.Uri == extension.Uri)) return $"has extension {extension.Id}, which was not offered so.";
        return null;
    }

    private static bool AreSame(string kind, SdpCodec offered, SdpCodec answered) =>
        CodecKey.Of(kind, offered) == CodecKey.Of(kind, answered) && (!offered.Is("rtx") || offered.Parameter("apt") == answered.Parameter("apt"));

    private static string NameOf(SdpCodec codec) => codec.Is("rtx") ? $"rtx of {codec.Parameter("apt")}" : codec.Name;
}
