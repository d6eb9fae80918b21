using System.Diagnostics.CodeAnalysis;

namespace RtcHub.Rtc.Sdp;

/// <summary>
/// Offers and answers (RFC 9429, RFC 3264) as a forwarder needs them: everything over one transport (RFC 9143), RTP and RTCP on one
/// port, each section in one direction. Pure functions: an <see cref="Agreement"/> comes of two descriptions, and nothing is kept.
/// </summary>
public static class OfferAnswer
{
    private const string AnyStream = "WMS *";

    /// <summary>
    /// Agrees on an offer. What cannot be served is turned down section by section, with a reason. A section that the client would
    /// send and receive is received, unless <paramref name="wanted"/> is to send only.
    /// </summary>
    /// <returns>False when nothing is left (<see cref="SdpErrorCode.Unsupported"/>), or the offer lacks what every transport needs.</returns>
    public static bool TryAgree(
        SessionDescription offer,
        MediaCapabilities receiving,
        MediaCapabilities sending,
        SdpDirection wanted,
        [NotNullWhen(true)] out Agreement? agreement,
        [NotNullWhen(false)] out SdpError? error)
    {
        agreement = null;
        var sections = new List<AgreedSection>(offer.Media.Count);
        var extensionIds = new Dictionary<int, string>();
        foreach (var media in offer.Media)
        {
            var rejection = Check(offer, media, sections.Find(each => each.IsAccepted)?.Remote);
            var section = new AgreedSection { Remote = media, Rejection = rejection };
            sections.Add(rejection == SdpRejection.None ? Agree(section, receiving, sending, wanted, extensionIds) : section);
        }

        var accepted = sections.FindAll(section => section.IsAccepted);
        if (offer.Media.FirstOrDefault(media => media.Mid.Length > 0 && offer.Media.Count(each => each.Mid == media.Mid) > 1) is { } twin)
            error = Unusable($"Two media sections are called '{twin.Mid}'.");
        else if (accepted.Count == 0)
            error = new SdpError(SdpErrorCode.Unsupported, 0, "", sections.Count == 0 ? "There is no media section." : sections.MinBy(Hope)!.Why);
        else if (offer.IsIceLite)
            error = Unusable("Both ends are ICE lite agents: neither would begin.");
        else if (TryEnd(offer, accepted[0].Remote, out var end, out error))
            agreement = new Agreement(offer, end, [.. sections]);
        return agreement is not null;
    }

    /// <summary>The answer; what sections send has to be set (<see cref="Agreement.WithSources"/>).</summary>
    public static SessionDescription Answer(Agreement agreement, LocalEnd local)
    {
        var tag = agreement.Sections.First(section => section.IsAccepted);
        return new SessionDescription
        {
            SessionId = local.SessionId,
            Version = local.Version,
            IsIceLite = local.IsIceLite,
            Bundle = [.. agreement.Sections.Where(section => section.IsAccepted).Select(section => section.Remote.Mid).Where(agreement.Remote.Bundle.Contains)],
            MsidSemantic = AnyStream,
            ExtmapAllowMixed = agreement.Remote.ExtmapAllowMixed,
            Media = [.. agreement.Sections.Select(section => section.IsAccepted ? MediaSections.Answer(section, agreement.End.LocalSetup, local, section == tag) : MediaSections.Reject(section.Remote))],
        };
    }

    /// <summary>The first offer of a session, of sections that send; they are named "0", "1", "2".</summary>
    public static SessionDescription Offer(LocalEnd local, MediaCapabilities sending, IEnumerable<OutgoingSource> sources) => Offer(
        new SessionDescription { SessionId = local.SessionId, Version = local.Version, ExtmapAllowMixed = true, MsidSemantic = AnyStream }, [], local, sending, sources);

    /// <summary>
    /// The next offer of a session (RFC 9429 section 5.2.2): all sections of the last one in their places, those that were turned down
    /// with port 0, and perhaps more behind them. The version is one more.
    /// </summary>
    /// <param name="last">The last offer.</param>
    /// <param name="answer">What was agreed on (<see cref="TryAccept"/>).</param>
    /// <param name="local">This end as it is now; its session and version do not count.</param>
    /// <param name="sending">The same as before.</param>
    /// <param name="added">More to send.</param>
    public static SessionDescription NextOffer(SessionDescription last, Agreement answer, LocalEnd local, MediaCapabilities sending, IEnumerable<OutgoingSource> added) =>
        Offer(last with { Version = last.Version + 1 }, answer.Sections, local, sending, added);

    /// <summary>
    /// Takes the answer to an offer of this end: the same sections in the same places, and nothing in them that was not offered.
    /// </summary>
    public static bool TryAccept(
        SessionDescription offer, SessionDescription answer, [NotNullWhen(true)] out Agreement? agreement, [NotNullWhen(false)] out SdpError? error)
    {
        agreement = null;
        if (AnswerCheck.FirstFault(offer, answer) is { } fault)
        {
            error = Unusable(fault);
            return false;
        }

        SdpList<AgreedSection> sections = [.. offer.Media.Zip(answer.Media, Accept)];
        var tag = sections.FirstOrDefault(section => section.IsAccepted);
        if (tag is null) error = new SdpError(SdpErrorCode.Unsupported, 0, "", "The answer turns every section down.");
        else if (TryEnd(answer, tag.Remote, out var end, out error)) agreement = new Agreement(answer, end, sections);
        return agreement is not null;
    }

    private static SdpRejection Check(SessionDescription offer, SdpMedia media, SdpMedia? tag)
    {
        if (media.IsRejected) return SdpRejection.Disabled;
        if (media.Kind is not ("audio" or "video")) return SdpRejection.Kind;
        if (!IsSecureRtp(media.Protocol)) return SdpRejection.Protocol;
        if (!media.RtcpMux) return SdpRejection.NoRtcpMux;
        var isAlone = tag is null && !media.BundleOnly;
        return isAlone || (offer.Bundle.Contains(media.Mid) && (tag is null || offer.Bundle.Contains(tag.Mid))) ? SdpRejection.None : SdpRejection.NotBundled;
    }

    // RFC 9429 section 5.1.2: any of these is taken for what it has to be.
    private static bool IsSecureRtp(string protocol) => protocol is
        "UDP/TLS/RTP/SAVPF" or "UDP/TLS/RTP/SAVP" or "TCP/DTLS/RTP/SAVPF" or "TCP/DTLS/RTP/SAVP"
        or "RTP/SAVPF" or "RTP/SAVP" or "RTP/AVPF" or "RTP/AVP";

    private static AgreedSection Agree(
        AgreedSection section, MediaCapabilities receiving, MediaCapabilities sending, SdpDirection wanted, Dictionary<int, string> extensionIds)
    {
        var media = section.Remote;
        var direction = media.Direction.Reversed() & wanted;
        if (direction == SdpDirection.SendRecv) direction = SdpDirection.RecvOnly;
        var capabilities = direction == SdpDirection.SendOnly ? sending : receiving;
        // In a bundle an id stands for one thing (RFC 9143 section 14); aiortc numbers each section anew. The first meaning stays.
        SdpList<SdpExtension> extensions =
        [
            .. CodecAgreement.Agree(media.Extensions, capabilities.ExtensionsOf(media.Kind), direction)
                .Where(extension => extensionIds.TryAdd(extension.Id, extension.Uri) || extensionIds[extension.Id] == extension.Uri),
        ];
        var hasTransportCc = extensions.Any(extension => extension.Uri == Rtp.ExtensionUris.TransportCc);
        var codecs = CodecAgreement.Agree(media, capabilities.CodecsOf(media.Kind), hasTransportCc, capabilities.FirstCodecOnly);
        if (codecs.Count == 0) return section with { Rejection = SdpRejection.NoCodec };
        return section with
        {
            Direction = direction,
            Codecs = codecs,
            Extensions = extensions,
            Layers = direction == SdpDirection.RecvOnly ? CodecAgreement.AgreeLayers(media, codecs) : [],
        };
    }

    private static AgreedSection Accept(SdpMedia offered, SdpMedia answered)
    {
        var section = new AgreedSection { Remote = answered };
        if (answered.IsRejected) return section with { Rejection = SdpRejection.Disabled };
        var codecs = CodecAgreement.Agree(answered, offered.Codecs, hasTransportCc: answered.Extensions.Any(each => each.Uri == Rtp.ExtensionUris.TransportCc), firstOnly: false);
        if (codecs.Count == 0) return section with { Rejection = SdpRejection.NoCodec };
        var direction = answered.Direction.Reversed() & offered.Direction;
        return section with { Direction = direction, Codecs = codecs, Extensions = CodecAgreement.Agree(answered.Extensions, offered.Extensions, direction) };
    }

    private static SessionDescription Offer(
        SessionDescription session, SdpList<AgreedSection> answered, LocalEnd local, MediaCapabilities sending, IEnumerable<OutgoingSource> added)
    {
        var media = session.Media.Select((each, i) => each.IsRejected || !answered[i].IsAccepted ? MediaSections.Reject(each) : each).ToList();
        foreach (var source in added)
        {
            media.Add(MediaSections.Sending(source, new SdpMedia
            {
                Kind = source.Kind,
                Mid = media.Count.ToString(),
                Codecs = sending.CodecsOf(source.Kind),
                Extensions = sending.ExtensionsOf(source.Kind),
                RtcpMux = true,
                RtcpReducedSize = true,
            }));
        }

        var tag = media.FindIndex(each => !each.IsRejected);
        return session with
        {
            IsIceLite = local.IsIceLite,
            Bundle = [.. media.Where(each => !each.IsRejected).Select(each => each.Mid)],
            Media = [.. media.Select((each, i) => each.IsRejected ? each : MediaSections.WithTransport(each, SdpSetup.ActPass, local, i == tag))],
        };
    }

    // RFC 9143 section 7.3.1: the first section's, or those of another one in the bundle if it is bundle-only and has none.
    private static bool TryEnd(SessionDescription remote, SdpMedia tag, [NotNullWhen(true)] out RemoteEnd? end, [NotNullWhen(false)] out SdpError? error)
    {
        end = null;
        var media = tag.IceUfrag.Length > 0 ? tag : remote.Media.FirstOrDefault(each => each.IceUfrag.Length > 0 && remote.Bundle.Contains(each.Mid)) ?? tag;
        var setup = media.Setup switch
        {
            SdpSetup.Passive => SdpSetup.Active,
            SdpSetup.HoldConn => SdpSetup.HoldConn,
            _ => SdpSetup.Passive,
        };
        if (media.IceUfrag.Length == 0 || media.IcePassword.Length == 0) error = Unusable("There are no ICE credentials (a=ice-ufrag and a=ice-pwd).");
        else if (media.Fingerprint.Length == 0) error = Unusable("There is no fingerprint of a certificate (a=fingerprint).");
        else if (setup == SdpSetup.HoldConn) error = Unusable("Nobody would begin with DTLS (a=setup:holdconn).");
        else (end, error) = (new RemoteEnd(media.IceUfrag, media.IcePassword, media.Fingerprint, setup, remote.IsIceLite, media.Candidates), null);
        return end is not null;
    }

    // Of all that is wrong with an offer, the thing that its maker can change most easily.
    private static int Hope(AgreedSection section) => section.Rejection switch
    {
        SdpRejection.NoCodec => 0,
        SdpRejection.NoRtcpMux or SdpRejection.NotBundled => 1,
        SdpRejection.Protocol => 2,
        SdpRejection.Kind => 3,
        _ => 4,
    };

    private static SdpError Unusable(string why) => new(SdpErrorCode.Unusable, 0, "", why);
}
