using System.Security.Cryptography;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Sdp;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Transports;

/// <summary>
/// Offers to one subscriber, each with all sections of the one before and perhaps more behind them (RFC 9429 section 5.2.2):
/// what is once there is reused for other tracks, so that people who come and go cost no negotiation. Payload types and ids of
/// extensions never change.
/// </summary>
internal sealed class SubscriberOffer(IceCredentials local, Fingerprint certificate, IReadOnlyList<Candidate> candidates, string cname)
{
    private static readonly SdpExtension[] Audio = [new(1, ExtensionUris.Mid), new(2, ExtensionUris.AudioLevel)];
    private static readonly SdpExtension[] Video = [new(1, ExtensionUris.Mid), new(3, ExtensionUris.VideoOrientation), new(4, ExtensionUris.DependencyDescriptor)];

    private static readonly SdpCodec[] AudioCodecs =
    [
        new(111, "opus", 48_000, 2) { Parameters = "minptime=10;useinbandfec=1" },
        new(63, "red", 48_000, 2) { Parameters = "111/111" },
    ];

    private static readonly SdpCodec[] VideoCodecs =
    [
        .. WithRtx(96, "VP8", ""),
        .. WithRtx(98, "VP9", "profile-id=0"),
        .. WithRtx(102, "H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
        .. WithRtx(104, "H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f"),
        .. WithRtx(106, "H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f"),
        .. WithRtx(45, "AV1", ""),
    ];

    private readonly string _session = RandomNumberGenerator.GetInt32(1, int.MaxValue).ToString();
    private readonly List<SdpMedia> _sections = [];
    private SessionDescription? _pending;
    private ulong _version;
    private int _answered;

    /// <summary>The next offer; the last one must have been answered.</summary>
    /// <param name="audio">Audio sections there are to be, at least.</param>
    /// <param name="video">Video sections there are to be, at least.</param>
    public string Next(int audio, int video)
    {
        if (_pending is not null) throw new SfuException(SfuError.Conflict, "The last offer has not been answered.");
        while (_sections.Count(section => section.Kind == "audio") < audio) _sections.Add(NewSection("audio"));
        while (_sections.Count(section => section.Kind == "video") < video) _sections.Add(NewSection("video"));
        _pending = new SessionDescription
        {
            SessionId = _session,
            Version = ++_version,
            IsIceLite = true,
            Bundle = [.. _sections.Select(section => section.Mid)],
            Media = _sections,
        };
        return SdpText.Write(_pending);
    }

    /// <summary>All sections that have been offered.</summary>
    public IEnumerable<SfuSlot> Slots => _sections.Select(section => new SfuSlot(section.Mid, section.Kind, null));

    /// <summary>Takes the client's answer; the sections that are new.</summary>
    public IReadOnlyList<OutgoingSection> Accept(SessionDescription answer)
    {
        if (_pending is not { } offer) throw new SfuException(SfuError.Conflict, "There is no offer to be answered.");
        if (OfferAnswer.Mismatch(offer, answer) is { } mismatch) throw new SfuException(SfuError.Invalid, mismatch);
        var added = new List<OutgoingSection>();
        for (var i = _answered; i < offer.Media.Count; i++)
        {
            var (offered, taken) = (offer.Media[i], answer.Media[i]);
            var codecs = taken.Port == 0 ? [] : OfferAnswer.Agree(taken);
            if (codecs.Count == 0) continue;
            var extensions = new ExtensionMap();
            foreach (var extension in taken.Extensions) extensions.TryAdd(extension.Id, extension.Uri);
            var hasRtx = codecs.Any(codec => codec.Rtx is not null);
            added.Add(new OutgoingSection(
                offered.Mid, Negotiation.KindOf(offered), offered.Sources[0].Ssrc, hasRtx ? offered.Sources[0].RepairedBy : 0, [.. codecs.Select(Negotiation.Negotiated)], extensions));
        }

        (_pending, _answered) = (null, offer.Media.Count);
        return added;
    }

    private SdpMedia NewSection(string kind)
    {
        var (mid, isVideo) = (_sections.Count.ToString(), kind == "video");
        var codecs = isVideo ? VideoCodecs : AudioCodecs;
        return new SdpMedia
        {
            Kind = kind,
            Formats = [.. codecs.Select(codec => codec.PayloadType.ToString())],
            Mid = mid,
            Direction = SdpDirection.SendOnly,
            Codecs = codecs,
            Extensions = isVideo ? Video : Audio,
            RtcpMux = true,
            RtcpReducedSize = true,
            Msid = $"slot-{mid} slot-{mid}",
            Sources = [new SdpSource(Negotiation.NewSsrc(), cname, isVideo ? Negotiation.NewSsrc() : 0)],
            IceUfrag = local.Ufrag,
            IcePassword = local.Password,
            Candidates = [.. candidates.Select(candidate => candidate.ToString())],
            EndOfCandidates = true,
            Fingerprint = certificate.ToString(),
            Setup = "actpass",
        };
    }

    private static SdpCodec[] WithRtx(byte payloadType, string name, string parameters) =>
    [
        new(payloadType, name, 90_000) { Parameters = parameters, Feedback = ["nack", "nack pli", "ccm fir"] },
        new((byte)(payloadType + 1), "rtx", 90_000) { Parameters = $"apt={payloadType}" },
    ];
}
