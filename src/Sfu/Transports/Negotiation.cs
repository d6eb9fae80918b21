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
    public static SdpFragment ReadFragment(string fragment) =>
        SdpText.TryParseFragment(fragment, out var read, out var error) ? read : throw new SfuException(SfuError.Invalid, error.ToString());

    /// <summary>What of an offer can be served, before anything is made for it.</summary>
    /// <param name="offer">The offer.</param>
    /// <param name="isPlayer">Nothing is taken from the client, whatever it would send.</param>
    public static Agreement Agree(SessionDescription offer, bool isPlayer)
    {
        var wanted = isPlayer ? SdpDirection.SendOnly : SdpDirection.SendRecv;
        if (!OfferAnswer.TryAgree(offer, MediaCapabilities.Receiving, MediaCapabilities.Sending, wanted, out var agreement, out var error))
            throw Refused(error);
        // A publisher of which half is left out would rather know.
        if (agreement.Sections.FirstOrDefault(section => section.Rejection is SdpRejection.NotBundled or SdpRejection.NoRtcpMux) is { } apart)
            throw new SfuException(SfuError.NotAcceptable, apart.Why);
        if (agreement.Sections.Any(section => section.IsAccepted && section.Remote.Mid.Length == 0))
            throw new SfuException(SfuError.Invalid, "A media section has no mid (RFC 9143).");
        if (agreement.Sections.All(section => section.Direction == SdpDirection.Inactive))
            throw new SfuException(SfuError.NotAcceptable, isPlayer ? "The offer receives nothing." : "The offer neither sends nor receives.");
        return agreement;
    }

    /// <summary>Answers an offer.</summary>
    public (string Answer, TransportPlan Plan) Answer(Agreement agreement, Worker worker, IceCredentials local, string participant)
    {
        agreement = agreement.WithSources(section => new OutgoingSource(
            section.Remote.Kind, NewSsrc(), section.Codecs.Any(codec => codec.Rtx is not null) ? NewSsrc() : 0, participant,
            new SdpMsid("rtchub", $"{section.Remote.Kind}-{section.Remote.Mid}")));
        var (incoming, outgoing, extensions) = (new List<IncomingSection>(), new List<OutgoingSection>(), new ExtensionMap());
        foreach (var section in agreement.Sections)
        {
            if (section.IsReceived)
            {
                incoming.Add(Incoming(section));
                foreach (var extension in section.Extensions) extensions.TryAdd(extension.Id, extension.Uri);
            }
            else if (section.Source is { } source)
            {
                outgoing.Add(Outgoing(section, source.Ssrc, source.RtxSsrc));
            }
        }

        var answer = OfferAnswer.Answer(agreement, LocalEnd(local, certificate.Fingerprint, Candidates(worker)));
        return (SdpText.Write(answer), new TransportPlan(Remote(agreement), FingerprintOf(agreement), RoleOf(agreement), incoming, extensions, outgoing));
    }

    /// <summary>Offers to a subscriber of this worker.</summary>
    public SubscriberOffer Offer(Worker worker, string participant) => new(certificate.Fingerprint, Candidates(worker), participant);

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
    public string RestartFragment(Worker worker, IceCredentials local) => SdpText.Write(new SdpFragment
    {
        IsIceLite = true,
        IceUfrag = local.Ufrag,
        IcePassword = local.Password,
        Media = [new SdpFragmentMedia("audio", "") { Candidates = [.. Candidates(worker).Select(candidate => candidate.ToString())], EndOfCandidates = true }],
    });

    internal static LocalEnd LocalEnd(IceCredentials local, Fingerprint fingerprint, IReadOnlyList<Candidate> candidates) => new()
    {
        SessionId = RandomNumberGenerator.GetInt32(1, int.MaxValue).ToString(),
        IceUfrag = local.Ufrag,
        IcePassword = local.Password,
        Fingerprint = fingerprint.ToString(),
        Candidates = [.. candidates.Select(candidate => candidate.ToString())],
    };

    internal static SfuException Refused(SdpError error) => new(error.Code == SdpErrorCode.Unsupported ? SfuError.NotAcceptable : SfuError.Invalid, error.ToString());

    internal static IceCredentials Remote(Agreement agreement) => Remote(agreement.End.IceUfrag, agreement.End.IcePassword);

    internal static IceCredentials Remote(string ufrag, string password) => IceCredentials.TryCreate(ufrag, password, out var credentials)
        ? credentials
        : throw new SfuException(SfuError.Invalid, "The ICE credentials (a=ice-ufrag, a=ice-pwd) are none.");

    internal static Fingerprint FingerprintOf(Agreement agreement) => Fingerprint.TryParse(agreement.End.Fingerprint, out var fingerprint)
        ? fingerprint
        : throw new SfuException(SfuError.Invalid, "The fingerprint of the certificate (a=fingerprint) is not by SHA-256.");

    internal static DtlsRole RoleOf(Agreement agreement) => agreement.End.LocalSetup == SdpSetup.Active ? DtlsRole.Client : DtlsRole.Server;

    internal static OutgoingSection Outgoing(AgreedSection section, uint ssrc, uint rtxSsrc)
    {
        var extensions = new ExtensionMap();
        foreach (var extension in section.Extensions) extensions.TryAdd(extension.Id, extension.Uri);
        return new OutgoingSection(section.Remote.Mid, KindOf(section.Remote), ssrc, rtxSsrc, [.. section.Codecs.Select(Negotiated)], extensions);
    }

    internal static uint NewSsrc() => (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    private static IncomingSection Incoming(AgreedSection section) => new(
        section.Remote.Mid,
        KindOf(section.Remote),
        [.. section.Codecs.Select(Negotiated)],
        [.. section.Remote.PrimarySources.Select(source => (source.Ssrc, section.Remote.RtxOf(source.Ssrc)))],
        [.. section.Layers.Select(layer => layer.Id)]);

    private static NegotiatedCodec Negotiated(AgreedCodec agreed)
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

    private static MediaKind KindOf(SdpMedia media) => media.Kind == "video" ? MediaKind.Video : MediaKind.Audio;

    // A link-local address needs a zone, which SDP cannot say.
    private static List<IPAddress> Reachable(List<IPAddress> all)
    {
        var usable = all.FindAll(address => !address.IsIPv6LinkLocal);
        return usable.Exists(address => !IPAddress.IsLoopback(address))
            ? [.. usable.Where(address => !IPAddress.IsLoopback(address)), .. usable.Where(address => address.Equals(IPAddress.Loopback))]
            : usable;
    }
}
