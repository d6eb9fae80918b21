using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Sdp;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Transports;

/// <summary>
/// Offers to one subscriber, each with all sections of the one before and perhaps more behind them (RFC 9429 section 5.2.2):
/// what is once there is reused for other tracks, so that people who come and go cost no negotiation. Payload types and ids of
/// extensions never change.
/// </summary>
internal sealed class SubscriberOffer(Fingerprint certificate, IReadOnlyList<Candidate> candidates, string cname)
{
    private readonly List<OutgoingSource> _sources = [];
    private SessionDescription? _offer;
    private Agreement? _agreement;
    private bool _isPending;

    /// <summary>The next offer; the last one must have been answered.</summary>
    /// <param name="local">The transport's credentials.</param>
    /// <param name="audio">Audio sections there are to be, at least.</param>
    /// <param name="video">Video sections there are to be, at least.</param>
    public string Next(IceCredentials local, int audio, int video)
    {
        if (_isPending) throw new SfuException(SfuError.Conflict, "The last offer has not been answered.");
        var before = _sources.Count;
        while (_sources.Count(source => source.Kind == "audio") < audio) _sources.Add(NewSource("audio"));
        while (_sources.Count(source => source.Kind == "video") < video) _sources.Add(NewSource("video"));
        var (end, added) = (Negotiation.LocalEnd(local, certificate, candidates), _sources.Skip(before));
        _offer = _offer is null || _agreement is null
            ? OfferAnswer.Offer(end, MediaCapabilities.Sending, added)
            : OfferAnswer.NextOffer(_offer, _agreement, end, MediaCapabilities.Sending, added);
        _isPending = true;
        return SdpText.Write(_offer);
    }

    /// <summary>All sections that have been offered.</summary>
    public IEnumerable<SfuSlot> Slots => _sources.Select((source, i) => new SfuSlot(i.ToString(), source.Kind, null));

    /// <summary>Takes the client's answer; the sections that are new.</summary>
    public (Agreement Agreement, IReadOnlyList<OutgoingSection> Added) Accept(SessionDescription answer)
    {
        if (!_isPending) throw new SfuException(SfuError.Conflict, "There is no offer to be answered.");
        if (!OfferAnswer.TryAccept(_offer!, answer, out var agreement, out var error)) throw Negotiation.Refused(error);
        var added = new List<OutgoingSection>();
        for (var i = _agreement?.Sections.Count ?? 0; i < agreement.Sections.Count; i++)
        {
            var (section, source) = (agreement.Sections[i], _sources[i]);
            if (section.IsAccepted) added.Add(Negotiation.Outgoing(section, source.Ssrc, section.Codecs.Any(codec => codec.Rtx is not null) ? source.RtxSsrc : 0));
        }

        (_agreement, _isPending) = (agreement, false);
        return (agreement, added);
    }

    private OutgoingSource NewSource(string kind)
    {
        var slot = $"slot-{_sources.Count}";
        return new OutgoingSource(kind, Negotiation.NewSsrc(), kind == "video" ? Negotiation.NewSsrc() : 0, cname, new SdpMsid(slot, slot));
    }
}
