using System.Net;
using System.Security.Cryptography;
using RtcHub.Rtc;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Sdp;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu.Transports;

/// <summary>What an offer, or an answer to ours, makes of a transport.</summary>
/// <param name="Remote">The client's ICE credentials.</param>
/// <param name="Fingerprint">Of the client's certificate.</param>
/// <param name="Role">Ours in DTLS.</param>
/// <param name="Incoming">Sections that the client sends.</param>
/// <param name="Extensions">The ids in what it sends; one set for the bundle (RFC 9143 section 9.1).</param>
/// <param name="Outgoing">Sections that the client receives.</param>
internal sealed record TransportPlan(
    IceCredentials Remote, Fingerprint Fingerprint, DtlsRole Role, IReadOnlyList<IncomingSection> Incoming, ExtensionMap Extensions, IReadOnlyList<OutgoingSection> Outgoing);

/// <summary>
/// SDP to transport and back. Answers offers (publish, play); an offer of ours is in <see cref="SubscriberOffer"/>. Everything of
/// a description goes over one transport: bundled, with RTP and RTCP on one port; what is not is refused.
/// </summary>
internal sealed class Negotiation(SfuOptions options, DtlsCertificate certificate)
{
    // RFC 8445 section 5.1.2.1: the local preference of the best address.
    private const int FirstPreference = 65_535;

    /// <summary>The description, or an error that names the line.</summary>
    public static SessionDescription Read(string sdp) =>
        SdpText.TryParse(sdp, out var description, out var error) ? description : throw new SfuException(SfuError.Invalid, error.ToString());

    /// <summary>Candidates and credentials of a client.</summary>
    public static SdpMedia ReadFragment(string fragment) =>
        SdpText.TryParseFragment(fragment, out var read, out var error) ? read : throw new SfuException(SfuError.Invalid, error.ToString());

    /// <summary>Checks an offer before anything is made for it.</summary>
    public static void Check(SessionDescription offer)
    {
        var used = offer.Media.Where(IsMedia).ToArray();
        if (used.Length == 0) throw new SfuException(SfuError.NotAcceptable, "The offer has no audio and no video.");
        if (used.FirstOrDefault(media => media.Mid.Length == 0) is not null) throw new SfuException(SfuError.Invalid, "A media section has no mid (RFC 9143).");
        if (used.Select(media => media.Mid).Distinct().Count() < used.Length) throw new SfuException(SfuError.Invalid, "Two media sections have one mid.");
        if (used.Length > 1 && used.FirstOrDefault(media => !offer.Bundle.Contains(media.Mid)) is { } apart)
            throw new SfuException(SfuError.NotAcceptable, $"Section {apart.Mid} is not bundled with the others; everything goes over one transport here.");
        if (used.FirstOrDefault(media => !media.RtcpMux) is { } unmuxed) throw new SfuException(SfuError.NotAcceptable, $"Section {unmuxed.Mid} wants RTCP on a port of its own (no rtcp-mux).");
    }

    /// <summary>Answers an offer.</summary>
    public (string Answer, TransportPlan Plan) Answer(SessionDescription offer, Worker worker, IceCredentials local, string participant)
    {
        var (incoming, outgoing, extensions) = (new List<IncomingSection>(), new List<OutgoingSection>(), new ExtensionMap());
        var first = offer.Media.First(IsMedia);
        var role = first.Setup == "passive" ? DtlsRole.Client : DtlsRole.Server;
        var candidates = Candidates(worker).Select(candidate => candidate.ToString()).ToArray();
        var answered = new List<SdpMedia>();
        foreach (var media in offer.Media)
        {
            var codecs = IsMedia(media) ? OfferAnswer.Agree(media) : [];
            var isSent = media.Direction.HasFlag(SdpDirection.SendOnly);
            if (isSent) codecs = Chosen(media, codecs);
            if (codecs.Count == 0 || media.Direction == SdpDirection.Inactive)
            {
                answered.Add(OfferAnswer.Reject(media));
                continue;
            }

            var understood = media.Extensions.Where(extension => IsUsed(ExtensionMap.KindOf(extension.Uri), isSent)).ToArray();
            if (!isSent) codecs = [.. codecs.Select(WithoutTransportCc)];
            var section = new SdpMedia
            {
                Kind = media.Kind,
                Protocol = media.Protocol,
                Formats = [.. codecs.SelectMany(Formats)],
                Mid = media.Mid,
                Codecs = [.. codecs.SelectMany(codec => codec.Rtx is null ? [codec.Codec] : new[] { codec.Codec, codec.Rtx })],
                Extensions = understood,
                RtcpMux = true,
                RtcpReducedSize = media.RtcpReducedSize,
                IceUfrag = local.Ufrag,
                IcePassword = local.Password,
                Candidates = candidates,
                EndOfCandidates = true,
                Fingerprint = certificate.Fingerprint.ToString(),
                Setup = role == DtlsRole.Server ? "passive" : "active",
            };
            if (isSent)
            {
                var rids = media.Rids.Where(rid => rid.IsSent).ToArray();
                answered.Add(section with { Direction = SdpDirection.RecvOnly, Rids = [.. rids.Select(rid => rid with { IsSent = false })] });
                foreach (var extension in understood) extensions.TryAdd(extension.Id, extension.Uri);
                incoming.Add(new IncomingSection(
                    media.Mid, KindOf(media), [.. codecs.Select(Negotiated)], [.. media.Sources.Select(source => (source.Ssrc, source.RepairedBy))], [.. rids.Select(rid => rid.Id)]));
            }
            else
            {
                var map = new ExtensionMap();
                foreach (var extension in understood) map.TryAdd(extension.Id, extension.Uri);
                var (ssrc, rtx) = (NewSsrc(), codecs.Any(codec => codec.Rtx is not null) ? NewSsrc() : 0);
                outgoing.Add(new OutgoingSection(media.Mid, KindOf(media), ssrc, rtx, [.. codecs.Select(Negotiated)], map));
                answered.Add(section with
                {
                    Direction = SdpDirection.SendOnly,
                    Msid = $"rtchub {media.Kind}-{media.Mid}",
                    Sources = [new SdpSource(ssrc, participant, rtx)],
                });
            }
        }

        if (incoming.Count + outgoing.Count == 0) throw new SfuException(SfuError.NotAcceptable, "None of the codecs that are offered is forwarded here (Opus; VP8, VP9, H264 with packetization-mode=1, AV1).");
        var answer = new SessionDescription
        {
            SessionId = RandomNumberGenerator.GetInt32(int.MaxValue).ToString(),
            IsIceLite = true,
            Bundle = [.. answered.Where(media => media.Port != 0).Select(media => media.Mid)],
            Media = answered,
        };
        return (SdpText.Write(answer), new TransportPlan(Remote(first), FingerprintOf(first), role, incoming, extensions, outgoing));
    }

    /// <summary>Offers to a subscriber of this worker.</summary>
    public SubscriberOffer Offer(Worker worker, IceCredentials local, string participant) => new(local, certificate.Fingerprint, Candidates(worker), participant);

    /// <summary>DTLS for a client whose certificate is known.</summary>
    public IDtls Secure(DtlsRole role, Fingerprint fingerprint) => DtlsFactory.Create(options.Dtls, role, certificate, fingerprint);

    /// <summary>Where clients reach a worker: the announced addresses, else those that it listens on, loopback last and only when there is no other.</summary>
    public IReadOnlyList<Candidate> Candidates(Worker worker)
    {
        var addresses = options.AnnouncedAddresses.Select(IPAddress.Parse).ToList();
        if (addresses.Count == 0) addresses = Reachable([.. worker.Port.LocalEndPoints.Select(endPoint => endPoint.Address)]);
        var candidates = new List<Candidate>();
        for (var i = 0; i < addresses.Count; i++)
        {
            var address = Address.From(new IPEndPoint(addresses[i], worker.Port.Number));
            candidates.Add(Candidate.ForHost(address, CandidateTransport.Udp, FirstPreference - i));
            if (options.Tcp) candidates.Add(Candidate.ForHost(address, CandidateTransport.TcpPassive, FirstPreference - i));
        }

        return [.. candidates.OrderByDescending(candidate => candidate.Priority)];
    }

    /// <summary>A fragment with the credentials of a restarted transport (RFC 9725 section 4.3.3).</summary>
    public string RestartFragment(Worker worker, IceCredentials local) => SdpText.WriteFragment(new SdpMedia
    {
        Kind = "audio",
        IceUfrag = local.Ufrag,
        IcePassword = local.Password,
        Candidates = [.. Candidates(worker).Select(candidate => candidate.ToString())],
        EndOfCandidates = true,
    });

    internal static IceCredentials Remote(SdpMedia media) => media is { IceUfrag.Length: > 0, IcePassword.Length: > 0 }
        && IceCredentials.TryCreate(media.IceUfrag, media.IcePassword, out var credentials)
        ? credentials
        : throw new SfuException(SfuError.Invalid, "The description has no ICE credentials (a=ice-ufrag, a=ice-pwd).");

    internal static Fingerprint FingerprintOf(SdpMedia media) => Fingerprint.TryParse(media.Fingerprint, out var fingerprint)
        ? fingerprint
        : throw new SfuException(SfuError.Invalid, "The description has no fingerprint of a certificate (a=fingerprint with sha-256).");

    internal static NegotiatedCodec Negotiated(AgreedCodec agreed)
    {
        var format = agreed.Codec.Name.ToUpperInvariant() switch
        {
            "OPUS" => PayloadFormat.Opus,
            "RED" => PayloadFormat.Red,
            "VP8" => PayloadFormat.Vp8,
            "VP9" => PayloadFormat.Vp9,
            "H264" => PayloadFormat.H264,
            "AV1" => PayloadFormat.Av1,
            _ => PayloadFormat.Opaque,
        };
        return new NegotiatedCodec(
            agreed.Key.Split(';')[0], format, agreed.Codec.ClockRate, agreed.Codec.PayloadType, agreed.Rtx?.PayloadType ?? 0, agreed.Key, agreed.Codec.Feedback.Contains("nack"));
    }

    internal static MediaKind KindOf(SdpMedia media) => media.Kind == "video" ? MediaKind.Video : MediaKind.Audio;

    internal static uint NewSsrc() => (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    private static bool IsMedia(SdpMedia media) => media.Kind is "audio" or "video" && media.Port != 0;

    // What a client sends is one codec that everybody then gets, with RED if it begins with that: an encoder that may change
    // its mind in mid-stream would leave those behind who cannot follow.
    private static IReadOnlyList<AgreedCodec> Chosen(SdpMedia media, IReadOnlyList<AgreedCodec> codecs)
    {
        if (codecs.Count == 0) return codecs;
        if (media.Kind == "video") return [codecs[0]];
        var opus = codecs.FirstOrDefault(codec => codec.Key == "audio/opus");
        if (opus is null) return [];
        return codecs[0].Key == "audio/red" ? [codecs[0], opus] : [opus];
    }

    // What the client sends is numbered for the whole transport so that it learns its bandwidth; what it receives is not.
    private static bool IsUsed(ExtensionKind kind, bool isSent) =>
        kind is not (ExtensionKind.None or ExtensionKind.AbsSendTime) && (isSent || kind != ExtensionKind.TransportCc);

    private static AgreedCodec WithoutTransportCc(AgreedCodec codec) =>
        codec with { Codec = codec.Codec with { Feedback = [.. codec.Codec.Feedback.Where(feedback => feedback != "transport-cc")] } };

    private static IEnumerable<string> Formats(AgreedCodec codec) =>
        codec.Rtx is null ? [codec.Codec.PayloadType.ToString()] : [codec.Codec.PayloadType.ToString(), codec.Rtx.PayloadType.ToString()];

    // A link-local address needs a zone, which SDP cannot say.
    private static List<IPAddress> Reachable(List<IPAddress> all)
    {
        var usable = all.FindAll(address => !address.IsIPv6LinkLocal);
        return usable.Exists(address => !IPAddress.IsLoopback(address))
            ? [.. usable.Where(address => !IPAddress.IsLoopback(address)), .. usable.Where(address => address.Equals(IPAddress.Loopback))]
            : usable;
    }
}
