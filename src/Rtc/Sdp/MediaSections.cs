namespace RtcHub.Rtc.Sdp;

/// <summary>Makes the sections of answers and offers.</summary>
internal static class MediaSections
{
    public static SdpMedia Answer(AgreedSection section, SdpSetup setup, LocalEnd local, bool isTag)
    {
        var offered = section.Remote;
        var answer = new SdpMedia
        {
            Kind = offered.Kind,
            Protocol = offered.Protocol,
            Mid = offered.Mid,
            Direction = section.Direction,
            Codecs = [.. section.Codecs.SelectMany(codec => codec.Rtx is null ? [codec.Codec] : new[] { codec.Codec, codec.Rtx })],
            Extensions = section.Extensions,
            ExtmapAllowMixed = offered.ExtmapAllowMixed,
            RtcpMux = true,
            RtcpReducedSize = offered.RtcpReducedSize,
            Rids = section.Layers,
            Simulcast = section.Layers.Count == 0 || offered.Simulcast is null ? null
                : new SdpSimulcast([], [.. section.Layers.Select(layer => new SdpLayer([new SdpLayerChoice(layer.Id)]))]),
        };
        if (section is { IsSent: true, Source: { } source })
            answer = Sending(section.Codecs.Any(codec => codec.Rtx is not null) ? source : source with { RtxSsrc = 0 }, answer);
        return WithTransport(answer, setup, local, isTag);
    }

    // RFC 8830 says the ids once; what stands at each source is for those that were written before it.
    public static SdpMedia Sending(OutgoingSource source, SdpMedia media)
    {
        var main = new SdpSource(source.Ssrc, source.Cname, source.Msid);
        return media with
        {
            Direction = SdpDirection.SendOnly,
            Msids = [source.Msid],
            Sources = source.RtxSsrc == 0 ? [main] : [main, main with { Ssrc = source.RtxSsrc }],
            SourceGroups = source.RtxSsrc == 0 ? [] : [new SdpSourceGroup("FID", [source.Ssrc, source.RtxSsrc])],
        };
    }

    // Credentials and fingerprint stand in every section, as libwebrtc writes them, for those who look nowhere else; candidates in
    // the first only, whose transport the others share (RFC 9143 section 7.3).
    public static SdpMedia WithTransport(SdpMedia media, SdpSetup setup, LocalEnd local, bool isTag) => media with
    {
        IceUfrag = local.IceUfrag,
        IcePassword = local.IcePassword,
        IceOptions = local.IceOptions,
        Candidates = isTag ? local.Candidates : [],
        EndOfCandidates = isTag && local.EndOfCandidates,
        Fingerprints = [local.Fingerprint],
        Setup = setup,
    };

    // RFC 3264 section 6: port 0, and one format, because the grammar wants one.
    public static SdpMedia Reject(SdpMedia media) => new()
    {
        Kind = media.Kind,
        Port = 0,
        Protocol = media.Protocol,
        Mid = media.Mid,
        Direction = SdpDirection.Inactive,
        Codecs = [.. media.Codecs.Take(1).Select(codec => new SdpCodec(codec.PayloadType, codec.Name, codec.ClockRate, codec.Channels))],
        OtherFormats = media.Codecs.Count > 0 ? [] : [.. media.OtherFormats.Take(1)],
    };
}
