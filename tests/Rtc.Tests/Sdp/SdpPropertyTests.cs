using CsCheck;
using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>What holds for every description, not only for those that somebody captured.</summary>
public sealed class SdpPropertyTests
{
    [Fact]
    public void What_is_written_is_read_the_same() => SdpGen.Description.Sample(description =>
    {
        var text = SdpText.Write(description);
        return SdpText.TryParse(text, out var again, out var error) ? again == description : throw new InvalidOperationException($"{error}\n{text}");
    });

    [Fact]
    public void A_fragment_that_is_written_is_read_the_same() => SdpGen.Fragment.Sample(fragment =>
        SdpText.TryParseFragment(SdpText.Write(fragment), out var again, out var error) ? again == fragment : throw new InvalidOperationException(error.ToString()));

    [Fact]
    public void An_answer_matches_its_offer_one_to_one()
    {
        var (answered, refused) = (0, 0);
        Gen.Select(SdpGen.Offer, SdpGen.Direction).Sample((offer, wanted) =>
        {
            if (!OfferAnswer.TryAgree(offer, MediaCapabilities.Receiving, MediaCapabilities.Sending, wanted, out _, out var error))
            {
                Interlocked.Increment(ref refused);
                return error.Why.Length > 0;
            }

            Interlocked.Increment(ref answered);
            return IsAnswer(offer, Capture.Parse(SdpText.Write(Ends.Answer(offer, wanted))));
        });
        // Offers that are all refused would show nothing.
        Assert.True(answered > refused, $"{answered} answered, {refused} refused");
    }

    [Fact]
    public void Any_offer_is_understood_by_its_answerer_and_the_answer_by_the_offerer() => SdpGen.Sources.Sample(sources =>
    {
        var offer = Capture.Parse(SdpText.Write(OfferAnswer.Offer(Ends.Hub, MediaCapabilities.Sending, sources)));
        var answer = Capture.Parse(SdpText.Write(OfferTests.Answer(offer)));
        return OfferAnswer.TryAccept(offer, answer, out var agreement, out _) && agreement.Sections.All(section => section.IsSent && !section.IsReceived);
    });

    [Fact]
    public void Later_offers_only_append() => Gen.Select(SdpGen.Sources, SdpGen.Sources.Array[0, 4], Gen.Int[0, int.MaxValue]).Sample((first, later, turnedDown) =>
    {
        var offer = OfferAnswer.Offer(Ends.Hub, MediaCapabilities.Sending, first);
        foreach (var added in later)
        {
            var answer = OfferTests.Answer(offer);
            // Each time the client turns one section down, as long as one is left.
            var victim = turnedDown % answer.Media.Count;
            if (answer.Media.Count(media => !media.IsRejected) > 1)
                answer = answer with { Media = [.. answer.Media.Select((media, i) => i == victim ? media with { Port = 0 } : media)] };
            if (!OfferAnswer.TryAccept(offer, answer, out var agreement, out _)) return false;
            var next = OfferAnswer.NextOffer(offer, agreement, Ends.Hub, MediaCapabilities.Sending, added);
            var isAppended = next.SessionId == offer.SessionId && next.Version == offer.Version + 1 && next.Media.Count == offer.Media.Count + added.Length
                && offer.Media.Zip(next.Media).All(pair => (pair.First.Kind, pair.First.Mid) == (pair.Second.Kind, pair.Second.Mid))
                && offer.Media.Zip(next.Media).All(pair => pair.Second.IsRejected || pair.First.Sources == pair.Second.Sources)
                && answer.Media.Zip(next.Media).All(pair => pair.First.IsRejected == pair.Second.IsRejected)
                && next.Media.Select(media => media.Mid).Distinct().Count() == next.Media.Count;
            if (!isAppended) return false;
            offer = next;
        }

        return true;
    });

    private static bool IsAnswer(SessionDescription offer, SessionDescription answer) => answer.Media.Count == offer.Media.Count
        && answer.Bundle.All(offer.Bundle.Contains)
        && answer.Bundle.SequenceEqual(answer.Media.Where(media => !media.IsRejected && offer.Bundle.Contains(media.Mid)).Select(media => media.Mid))
        && offer.Media.Zip(answer.Media).All(pair => Fits(pair.First, pair.Second));

    private static bool Fits(SdpMedia offered, SdpMedia answered)
    {
        if ((offered.Kind, offered.Mid, offered.Protocol) != (answered.Kind, answered.Mid, answered.Protocol)) return false;
        if (answered.IsRejected) return answered.Port == 0 && answered.IceUfrag.Length == 0;
        var media = answered.Codecs.Where(codec => !codec.Is("rtx")).ToList();
        var offeredTypes = offered.Codecs.Select(codec => codec.PayloadType).ToList();
        return !offered.IsRejected
            && (answered.Direction & ~offered.Direction.Reversed()) == 0
            && media.Count > 0
            && media.Select(codec => offeredTypes.IndexOf(codec.PayloadType)) is var places && places.SequenceEqual(places.Order()) && places.All(place => place >= 0)
            && answered.Codecs.All(codec => offered.Codecs.Any(each => each.PayloadType == codec.PayloadType && CodecKey.Of(offered.Kind, each) == CodecKey.Of(offered.Kind, codec)))
            && answered.Extensions.All(extension => offered.Extensions.Any(each => (each.Id, each.Uri) == (extension.Id, extension.Uri)))
            && answered.Rids.All(rid => offered.Rids.Any(each => each.Id == rid.Id && each.IsSent));
    }
}
