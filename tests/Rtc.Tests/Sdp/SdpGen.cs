using CsCheck;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>Descriptions by chance: all that the model can say (<see cref="Description"/>), and offers near enough to real ones to be answered.</summary>
internal static class SdpGen
{
    public static readonly Gen<SdpDirection> Direction = Gen.Enum<SdpDirection>();

    private static readonly Gen<string> Token = Gen.Char["abcXYZ019-._+"].Array[1, 12].Select(letters => new string(letters));
    private static readonly Gen<string> Words = Token.Array[1, 3].Select(words => string.Join(' ', words));
    private static readonly Gen<string> IceChars = Gen.Char["abcXYZ019+/"].Array[22, 40].Select(letters => new string(letters));
    private static readonly Gen<string> RidId = Gen.Char["abcXYZ019-_"].Array[1, 16].Select(letters => new string(letters));
    private static readonly Gen<string> Fingerprint = Gen.Byte.Array[32].Select(hash => $"sha-256 {string.Join(':', hash.Select(value => value.ToString("X2")))}");
    private static readonly Gen<string> Candidate = Gen.Select(Gen.UInt, Gen.Int[1, 65535]).Select((priority, port) => $"candidate:1 1 udp {priority} 192.0.2.1 {port} typ host");
    private static readonly Gen<SdpMsid> Msid = Gen.Select(Token, Token).Select((stream, track) => new SdpMsid(stream, track));

    private static readonly Gen<SdpCodec> Codec = Gen.Select(Gen.Byte[0, 127], Token, Gen.Int[1, 192_000], Gen.Int[0, 8], Gen.OneOf(Gen.Const(""), Words), List(Words, 4, distinct: true))
        .Select((type, name, clockRate, channels, parameters, feedback) => new SdpCodec(type, name, clockRate, channels) { Parameters = parameters, Feedback = feedback });

    private static readonly Gen<SdpExtension> Extension = Gen.Select(Gen.OneOf(Gen.Int[1, 255], Gen.Int[4096, 4351]), Token, Direction)
        .Select((id, uri, direction) => new SdpExtension(id, uri, direction));

    private static readonly Gen<SdpLayer> Layer = Gen.Select(RidId, Gen.Bool).Select((rid, isPaused) => new SdpLayerChoice(rid, isPaused)).Array[1, 3].Select(choices => new SdpLayer([.. choices]));

    private static readonly Gen<SdpSimulcast?> Simulcast = Gen.Select(List(Layer, 3), List(Layer, 3))
        .Select((send, receive) => send.Count + receive.Count == 0 ? null : new SdpSimulcast(send, receive));

    private static readonly Gen<SdpMedia> Identity = Gen.Select(Token, Gen.Int[0, 65535], Token, Direction, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool)
        .Select((kind, port, mid, direction, mux, reducedSize, bundleOnly, mixed) => new SdpMedia
        {
            Kind = kind,
            Port = port,
            Mid = mid,
            Direction = direction,
            RtcpMux = mux,
            RtcpMuxOnly = mixed,
            RtcpReducedSize = reducedSize,
            BundleOnly = bundleOnly,
            ExtmapAllowMixed = mixed,
        });

    private static readonly Gen<SdpMedia> Flow = Gen.Select(Identity, Codec.Array[0, 6], List(Extension, 5), List(Msid, 2), Gen.Int[0, 200], Gen.ULong[0, 1_000_000])
        .Select((media, codecs, extensions, msids, packetTime, bandwidth) => media with
        {
            // Payload types and static types without a name of their own are in the way of an empty m-line only.
            Codecs = [.. codecs.DistinctBy(codec => codec.PayloadType)],
            OtherFormats = codecs.Length == 0 ? ["webrtc-datachannel"] : [],
            Extensions = extensions,
            Msids = msids,
            PacketTime = packetTime,
            MaxPacketTime = packetTime * 2,
            Bandwidths = bandwidth == 0 ? [] : [new SdpBandwidth("TIAS", bandwidth)],
        });

    private static readonly Gen<SdpMedia> Sourced = Gen.Select(Flow, Gen.UInt.Array[0, 4], Token, Gen.OneOf(Gen.Const((SdpMsid?)null), Msid.Select(msid => (SdpMsid?)msid)))
        .Select((media, ssrcs, cname, msid) => media with
        {
            Sources = [.. ssrcs.Distinct().Select((ssrc, i) => new SdpSource(ssrc, i % 2 == 0 ? cname : "", i < 2 ? msid : null))],
            SourceGroups = ssrcs.Length < 2 ? [] : [new SdpSourceGroup("FID", [ssrcs[0], ssrcs[1]]), new SdpSourceGroup("SIM", [.. ssrcs])],
        });

    private static readonly Gen<SdpMedia> Layered = Gen.Select(Sourced, Gen.Select(RidId, Gen.Bool, Gen.OneOf(Gen.Const(""), Token)).Array[0, 4], Simulcast)
        .Select((media, rids, simulcast) => media with { Rids = [.. rids.DistinctBy(rid => rid.Item1).Select(rid => new SdpRid(rid.Item1, rid.Item2, rid.Item3))], Simulcast = simulcast });

    private static readonly Gen<SdpMedia> Media = Gen.Select(Layered, IceChars, List(Token, 3, distinct: true), List(Candidate, 4), Gen.Bool, List(Fingerprint, 2), Gen.Enum<SdpSetup>())
        .Select((media, ice, options, candidates, end, fingerprints, setup) => media with
        {
            IceUfrag = ice[..8],
            IcePassword = ice,
            IceOptions = options,
            Candidates = candidates,
            EndOfCandidates = end,
            Fingerprints = fingerprints,
            Setup = setup,
        });

    public static readonly Gen<SessionDescription> Description = Gen.Select(Token, Gen.ULong, Gen.ULong, Gen.Bool, List(Token, 4), Gen.OneOf(Gen.Const(""), Words), List(Media, 5))
        .Select((username, id, version, isLite, bundle, semantic, media) => new SessionDescription
        {
            Username = username,
            SessionId = id.ToString(),
            Version = version,
            IsIceLite = isLite,
            Bundle = bundle,
            MsidSemantic = semantic,
            ExtmapAllowMixed = isLite,
            Media = media,
        });

    public static readonly Gen<SdpFragment> Fragment = Gen.Select(Gen.Bool, IceChars, List(Token, 2, distinct: true), List(Token, 3), Gen.Select(Token, Token, List(Candidate, 3), Gen.Bool).Array[0, 3])
        .Select((isLite, ice, options, bundle, media) => new SdpFragment
        {
            IsIceLite = isLite,
            IceOptions = options,
            Bundle = bundle,
            IceUfrag = ice[..8],
            IcePassword = ice,
            Media = [.. media.Select(each => new SdpFragmentMedia(each.Item1, each.Item2) { Candidates = each.Item3, EndOfCandidates = each.Item4 })],
        });

    // Payload types that collide, retransmission of what is not there, ids that collide: all that a careless client may offer.
    private static readonly Gen<SdpCodec> PlausibleCodec = Gen.Select(Gen.Byte[96, 103], Any("VP8", "vp9", "H264", "AV1", "rtx", "opus", "red", "H265", "ulpfec"), Gen.Byte[96, 103], Gen.Bool)
        .Select((type, name, other, flag) => name switch
        {
            "rtx" => new SdpCodec(type, name, 90_000) { Parameters = $"apt={other}" },
            "opus" => new SdpCodec(type, name, 48_000, flag ? 2 : 1) { Parameters = "minptime=10" },
            "red" => new SdpCodec(type, name, 48_000, 2) { Parameters = $"{other}/{other}" },
            "H264" => new SdpCodec(type, name, 90_000) { Parameters = flag ? "packetization-mode=1;profile-level-id=42e01f" : "profile-level-id=64001f" },
            _ => new SdpCodec(type, name, 90_000) { Feedback = flag ? ["nack", "nack pli", "transport-cc", "x"] : [] },
        });

    private static readonly Gen<SdpExtension> PlausibleExtension = Gen.Select(
        Gen.Int[1, 6], Any(ExtensionUris.Mid, ExtensionUris.Rid, ExtensionUris.TransportCc, ExtensionUris.AudioLevel, "urn:x"), Direction).Select((id, uri, direction) => new SdpExtension(id, uri, direction));

    private static readonly Gen<SdpMedia> PlausibleMedia = Gen.Select(
        Any("audio", "video", "video", "application"), Gen.Int[0, 5], Direction, PlausibleCodec.Array[0, 8], List(PlausibleExtension, 6), RidId.Array[0, 3], Gen.Select(Gen.Int[0, 9], Gen.Bool))
        .Select((kind, port, direction, codecs, extensions, rids, luck) => new SdpMedia
        {
            Kind = kind,
            Port = port == 0 ? 0 : 9,
            BundleOnly = luck.Item2 && port == 0,
            Direction = direction,
            Codecs = [.. codecs.DistinctBy(codec => codec.PayloadType)],
            OtherFormats = codecs.Length == 0 ? ["x"] : [],
            Extensions = extensions,
            RtcpMux = luck.Item1 != 0,
            Rids = [.. rids.Distinct().Select(rid => new SdpRid(rid, true))],
            Simulcast = rids.Length < 2 ? null : new SdpSimulcast([.. rids.Select(rid => new SdpLayer([new SdpLayerChoice(rid)]))], []),
            IceUfrag = "client",
            IcePassword = Ends.Password,
            Fingerprints = [Ends.Fingerprint],
            Setup = SdpSetup.ActPass,
        });

    public static readonly Gen<SessionDescription> Offer = Gen.Select(PlausibleMedia.Array[0, 6], Gen.Int[0, 3]).Select((media, apart) => new SessionDescription
    {
        Media = [.. media.Select((each, i) => each with { Mid = i.ToString() })],
        Bundle = [.. Enumerable.Range(0, media.Length).Where(i => apart != 1 || i % 3 != 1).Select(i => i.ToString())],
    });

    public static readonly Gen<OutgoingSource[]> Sources = Gen.Select(Gen.Bool, Gen.Int[1, 10_000]).Select((isVideo, number) => Ends.Source(isVideo ? "video" : "audio", number)).Array[1, 5];

    private static Gen<string> Any(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);

    private static Gen<SdpList<T>> List<T>(Gen<T> item, int most, bool distinct = false) =>
        item.Array[0, most].Select(items => (SdpList<T>)[.. distinct ? items.Distinct() : items]);
}
