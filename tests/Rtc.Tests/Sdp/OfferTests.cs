using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>Offers of the hub: they only grow, and an answer must fit.</summary>
public sealed class OfferTests
{
    private static readonly MediaCapabilities Sending = MediaCapabilities.Sending;

    [Fact]
    public void An_offer_sends_each_source_in_a_section_of_its_own()
    {
        var offer = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("audio", 1), Ends.Source("video", 2), Ends.Source("video", 3)]);
        Assert.Equal(["0", "1", "2"], offer.Bundle);
        Assert.Equal(["audio", "video", "video"], offer.Media.Select(media => media.Kind));
        Assert.All(offer.Media, media => Assert.Equal((SdpDirection.SendOnly, SdpSetup.ActPass, true), (media.Direction, media.Setup, media.RtcpMux)));
        Assert.Equal([new SdpSourceGroup("FID", [2, 100_002])], offer.Media[1].SourceGroups);
        Assert.Equal([new("stream-3", "track-3")], offer.Media[2].Msids);
        Assert.Equal(offer, Capture.Parse(SdpText.Write(offer)));
    }

    [Fact]
    public void Payload_types_and_extension_ids_mean_one_thing_in_all_sections()
    {
        var offer = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("audio", 1), Ends.Source("video", 2)]);
        Assert.All(offer.Media.SelectMany(media => media.Codecs).GroupBy(codec => codec.PayloadType), same => Assert.Single(same));
        Assert.All(offer.Media.SelectMany(media => media.Extensions).GroupBy(extension => extension.Id), same => Assert.Single(same.Distinct()));
        // RFC 5761 section 4: 64-95 would be taken for RTCP. RFC 8285 section 4.2: ids of the one-byte form.
        Assert.All(offer.Media.SelectMany(media => media.Codecs), codec => Assert.True(codec.PayloadType is < 64 or > 95));
        Assert.All(offer.Media.SelectMany(media => media.Extensions), extension => Assert.InRange(extension.Id, 1, 14));
    }

    [Fact]
    public void The_next_offer_has_all_sections_of_the_last_and_more_behind_them()
    {
        var first = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("audio", 1), Ends.Source("video", 2)]);
        var next = OfferAnswer.NextOffer(first, Accept(first, Answer(first)), Ends.Hub, Sending, [Ends.Source("video", 3)]);
        Assert.Equal((first.SessionId, first.Version + 1), (next.SessionId, next.Version));
        Assert.Equal(first.Media, next.Media.Take(2));
        Assert.Equal(["0", "1", "2"], next.Media.Select(media => media.Mid));
        Assert.Equal(["0", "1", "2"], next.Bundle);
    }

    [Fact]
    public void After_a_restart_the_next_offer_has_the_new_credentials()
    {
        var first = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("audio", 1)]);
        var next = OfferAnswer.NextOffer(first, Accept(first, Answer(first)), Ends.Hub with { IceUfrag = "newufrag" }, Sending, []);
        Assert.Equal("newufrag", next.Media[0].IceUfrag);
    }

    [Fact]
    public void What_the_client_turned_down_stays_down_and_keeps_its_place()
    {
        var first = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("audio", 1), Ends.Source("video", 2)]);
        var answer = Answer(first);
        var agreement = Accept(first, answer with { Bundle = ["1"], Media = [answer.Media[0] with { Port = 0, Mid = "" }, answer.Media[1]] });
        Assert.Equal([SdpRejection.Disabled, SdpRejection.None], agreement.Sections.Select(section => section.Rejection));
        var next = OfferAnswer.NextOffer(first, agreement, Ends.Hub, Sending, [Ends.Source("audio", 3)]);
        Assert.Equal([0, 9, 9], next.Media.Select(media => media.Port));
        Assert.Equal(["0", "1", "2"], next.Media.Select(media => media.Mid));
        Assert.Equal(["1", "2"], next.Bundle);
        // The first section that is used carries the candidates.
        Assert.Equal([0, 2, 0], next.Media.Select(media => media.Candidates.Count));
        var third = OfferAnswer.NextOffer(next, Accept(next, Answer(next)), Ends.Hub, Sending, []);
        Assert.Equal(next.Media, third.Media);
    }

    [Fact]
    public void An_answer_says_what_the_client_can_decode()
    {
        var offer = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("audio", 1), Ends.Source("video", 2)]);
        var answer = Answer(offer);
        var video = answer.Media[1];
        var taken = answer with { Media = [answer.Media[0], video with { Codecs = [.. video.Codecs.Where(codec => codec.PayloadType is 102 or 103 or 96)] }] };
        var agreement = Accept(offer, taken);
        Assert.Equal(SdpDirection.SendOnly, agreement.Sections[1].Direction);
        Assert.Equal(["video/VP8", "video/H264;profile=baseline"], agreement.Sections[1].Codecs.Select(codec => codec.Key));
        Assert.Equal([null, (byte?)103], agreement.Sections[1].Codecs.Select(codec => codec.Rtx?.PayloadType));
        Assert.Equal(("client", SdpSetup.Passive), (agreement.End.IceUfrag, agreement.End.LocalSetup));
    }

    [Fact]
    public void A_section_that_the_client_would_send_in_is_sent_nothing_by_it()
    {
        var offer = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("audio", 1)]);
        var answer = Answer(offer);
        Assert.Equal(SdpDirection.SendOnly, Accept(offer, answer with { Media = [answer.Media[0] with { Direction = SdpDirection.SendRecv }] }).Sections[0].Direction);
        Assert.Equal(SdpDirection.Inactive, Accept(offer, answer with { Media = [answer.Media[0] with { Direction = SdpDirection.Inactive }] }).Sections[0].Direction);
    }

    [Fact]
    public void An_answer_that_does_not_fit_is_refused_with_a_sentence()
    {
        AssertRefused("The offer has 2 media sections, the answer 1.", (answer, _) => answer with { Media = [answer.Media[0]] });
        AssertRefused("Media section 1 is audio in the offer and video in the answer.", (answer, audio) => Audio(answer, audio with { Kind = "video" }));
        AssertRefused("Media section 1 is called '0' in the offer and 'x' in the answer.", (answer, audio) => Audio(answer, audio with { Mid = "x" }));
        AssertRefused("Media section 1 is called '0' in the offer and 'x' in the answer.", (answer, audio) => Audio(answer, audio with { Mid = "x", Port = 0 }));
        AssertRefused("Section '0' is not in the answer's bundle.", (answer, _) => answer with { Bundle = ["1"] });
        AssertRefused("Section '0' of the answer has no a=rtcp-mux.", (answer, audio) => Audio(answer, audio with { RtcpMux = false }));
        AssertRefused("Section '0' of the answer leaves the setup open; an answer is active or passive.", (answer, audio) => Audio(answer, audio with { Setup = SdpSetup.ActPass }));
        AssertRefused("Section '0' of the answer has payload type 9, which was not offered.", (answer, audio) => Audio(answer, audio with { Codecs = [new(9, "G722", 8_000)] }));
        AssertRefused("Section '0' of the answer takes payload type 111 for PCMU, which the offer has for opus.", (answer, audio) => Audio(answer, audio with { Codecs = [new(111, "PCMU", 8_000)] }));
        AssertRefused("Section '0' of the answer has extension 1, which was not offered so.", (answer, audio) => Audio(answer, audio with { Extensions = [new(1, "urn:other")] }));
        AssertRefused("There is no fingerprint of a certificate (a=fingerprint).", (answer, audio) => Audio(answer, audio with { Fingerprints = [] }));
        AssertRefused("There are no ICE credentials (a=ice-ufrag and a=ice-pwd).", (answer, _) => answer with { Media = [.. answer.Media.Select(media => media with { IceUfrag = "" })] });
        AssertRefused("The answer turns every section down.", (answer, _) => answer with { Media = [.. answer.Media.Select(media => media with { Port = 0 })] });

        static SessionDescription Audio(SessionDescription answer, SdpMedia audio) => answer with { Media = [audio, answer.Media[1]] };
    }

    [Fact]
    public void A_retransmission_format_must_repeat_what_the_offer_says()
    {
        var offer = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("video", 1)]);
        var answer = Answer(offer);
        var codecs = answer.Media[0].Codecs.Select(codec => codec.PayloadType == 97 ? codec with { Parameters = "apt=98" } : codec);
        Assert.False(OfferAnswer.TryAccept(offer, answer with { Media = [answer.Media[0] with { Codecs = [.. codecs] }] }, out _, out var error));
        Assert.Equal("Section '0' of the answer takes payload type 97 for rtx of 98, which the offer has for rtx of 96.", error.Why);
    }

    [Fact]
    public void What_was_turned_down_in_the_offer_cannot_be_taken_up_by_the_answer()
    {
        var offer = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("audio", 1)]);
        Assert.False(OfferAnswer.TryAccept(offer with { Media = [offer.Media[0] with { Port = 0 }] }, Answer(offer), out _, out var error));
        Assert.Equal("Section '0' of the answer was not offered (port 0).", error.Why);
    }

    // A client that takes all there is: the same rules from the other end.
    internal static SessionDescription Answer(SessionDescription offer)
    {
        var all = MediaCapabilities.Sending;
        // The offerer is lite, which this end is not.
        Assert.True(OfferAnswer.TryAgree(offer with { IsIceLite = false }, all, all, SdpDirection.RecvOnly, out var agreement, out var error), error?.Why);
        return OfferAnswer.Answer(agreement with { End = agreement.End with { LocalSetup = SdpSetup.Active } }, Ends.Client);
    }

    private static Agreement Accept(SessionDescription offer, SessionDescription answer) =>
        OfferAnswer.TryAccept(offer, Capture.Parse(SdpText.Write(answer)), out var agreement, out var error) ? agreement : throw new InvalidOperationException(error.ToString());

    private static void AssertRefused(string why, Func<SessionDescription, SdpMedia, SessionDescription> change)
    {
        var offer = OfferAnswer.Offer(Ends.Hub, Sending, [Ends.Source("audio", 1), Ends.Source("video", 2)]);
        var answer = Answer(offer);
        Assert.False(OfferAnswer.TryAccept(offer, change(answer, answer.Media[0]), out _, out var error));
        Assert.Equal(why, error.Why);
    }
}
