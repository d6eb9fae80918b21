using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>The rules of an answer, one by one.</summary>
public sealed class AnswerTests
{
    private static readonly SdpCodec Opus = new(111, "opus", 48_000, 2);
    private static readonly SdpCodec Red = new(63, "red", 48_000, 2) { Parameters = "111/111" };
    private static readonly SdpCodec Vp8 = new(96, "VP8", 90_000) { Feedback = ["goog-remb", "transport-cc", "nack", "nack pli", "ccm fir", "x-new"] };
    private static readonly SdpCodec Rtx = new(97, "rtx", 90_000) { Parameters = "apt=96;rtx-time=3000" };

    public static TheoryData<SdpRejection, SdpMedia> Unservable => new()
    {
        { SdpRejection.Disabled, Section("video", Vp8) with { Port = 0 } },
        { SdpRejection.Kind, Section("text", Vp8) },
        { SdpRejection.Protocol, Section("video") with { Protocol = "UDP/DTLS/SCTP", OtherFormats = ["webrtc-datachannel"] } },
        { SdpRejection.NoRtcpMux, Section("video", Vp8) with { RtcpMux = false } },
        { SdpRejection.NotBundled, Section("video", Vp8) with { Mid = "apart" } },
        { SdpRejection.NoCodec, Section("video", new SdpCodec(100, "H265", 90_000)) },
        { SdpRejection.NoCodec, Section("video", Rtx) },
        { SdpRejection.NoCodec, Section("audio", Red) },
        { SdpRejection.NoCodec, Section("video") with { OtherFormats = ["34"] } },
    };

    [Theory]
    [MemberData(nameof(Unservable))]
    public void What_cannot_be_served_is_turned_down_and_the_rest_is_not(SdpRejection rejection, SdpMedia media)
    {
        var offer = Offer(Section("audio", Opus), media);
        var agreement = Ends.Agree(offer);
        Assert.Equal([SdpRejection.None, rejection], agreement.Sections.Select(section => section.Rejection));
        Assert.NotEqual("", agreement.Sections[1].Why);
        var answer = OfferAnswer.Answer(agreement, Ends.Hub);
        Assert.Equal(["0"], answer.Bundle);
        var rejected = answer.Media[1];
        Assert.Equal((media.Kind, media.Protocol, offer.Media[1].Mid, 0), (rejected.Kind, rejected.Protocol, rejected.Mid, rejected.Port));
        Assert.Equal("", rejected.IceUfrag);
        Assert.Equal(1, rejected.Codecs.Count + rejected.OtherFormats.Count);
        Assert.Equal(answer, Capture.Parse(SdpText.Write(answer)));
    }

    [Fact]
    public void When_all_is_turned_down_the_most_hopeful_reason_is_told()
    {
        var error = Ends.Refuse(Offer(Section("application", Vp8), Section("video", new SdpCodec(100, "H265", 90_000)), Section("audio", Opus) with { Port = 0 }));
        Assert.Equal((SdpErrorCode.Unsupported, 0), (error.Code, error.Line));
        Assert.Equal("No codec of the video section '1' is known here (Opus; VP8, VP9, AV1, H.264 with packetization-mode=1).", error.ToString());
    }

    [Fact]
    public void An_offer_of_nothing_is_refused() => Assert.Equal("There is no media section.", Ends.Refuse(Offer()).Why);

    [Fact]
    public void What_every_transport_needs_is_missed()
    {
        AssertUnusable("There are no ICE credentials", Section("audio", Opus) with { IcePassword = "" });
        AssertUnusable("There is no fingerprint", Section("audio", Opus) with { Fingerprints = [] });
        AssertUnusable("Nobody would begin with DTLS", Section("audio", Opus) with { Setup = SdpSetup.HoldConn });
        AssertUnusable("Two media sections are called '0'", Section("audio", Opus) with { Mid = "0" }, Section("video", Vp8) with { Mid = "0" });
        Assert.StartsWith("Both ends are ICE lite", Ends.Refuse(Offer(Section("audio", Opus)) with { IsIceLite = true }).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SdpDirection.SendRecv, SdpDirection.SendRecv, SdpDirection.RecvOnly)]
    [InlineData(SdpDirection.SendOnly, SdpDirection.SendRecv, SdpDirection.RecvOnly)]
    [InlineData(SdpDirection.RecvOnly, SdpDirection.SendRecv, SdpDirection.SendOnly)]
    [InlineData(SdpDirection.Inactive, SdpDirection.SendRecv, SdpDirection.Inactive)]
    [InlineData(SdpDirection.SendRecv, SdpDirection.SendOnly, SdpDirection.SendOnly)]
    [InlineData(SdpDirection.SendOnly, SdpDirection.SendOnly, SdpDirection.Inactive)]
    [InlineData(SdpDirection.RecvOnly, SdpDirection.RecvOnly, SdpDirection.Inactive)]
    public void A_section_carries_one_direction(SdpDirection offered, SdpDirection wanted, SdpDirection answered)
    {
        var answer = Ends.Answer(Offer(Section("video", Vp8, Rtx) with { Direction = offered }), wanted);
        Assert.Equal((answered, 9), (answer.Media[0].Direction, answer.Media[0].Port));
        Assert.Equal(answered == SdpDirection.SendOnly ? 2 : 0, answer.Media[0].Sources.Count);
    }

    [Theory]
    [InlineData(SdpSetup.ActPass, SdpSetup.Passive)]
    [InlineData(SdpSetup.Active, SdpSetup.Passive)]
    [InlineData(SdpSetup.Unspecified, SdpSetup.Passive)]
    [InlineData(SdpSetup.Passive, SdpSetup.Active)]
    public void The_hub_waits_for_DTLS_unless_the_client_does(SdpSetup offered, SdpSetup answered)
    {
        var agreement = Ends.Agree(Offer(Section("audio", Opus) with { Setup = offered }));
        Assert.Equal(answered, agreement.End.LocalSetup);
        Assert.Equal(answered, OfferAnswer.Answer(agreement, Ends.Hub).Media[0].Setup);
    }

    [Fact]
    public void A_publisher_is_held_to_its_first_codec_and_a_player_may_have_all()
    {
        SdpCodec[] codecs = [new(98, "VP9", 90_000), new(99, "rtx", 90_000) { Parameters = "apt=98" }, Vp8, Rtx];
        Assert.Equal([98, 99], Ends.Answer(Offer(Section("video", codecs))).Media[0].Codecs.Select(codec => (int)codec.PayloadType));
        Assert.Equal([98, 99, 96, 97], Ends.Answer(Offer(Section("video", codecs)), SdpDirection.SendOnly).Media[0].Codecs.Select(codec => (int)codec.PayloadType));
    }

    [Fact]
    public void A_retransmission_format_is_answered_behind_its_codec_wherever_it_stood()
    {
        var answer = Ends.Answer(Offer(Section("video", Rtx, Vp8))).Media[0];
        Assert.Equal([Vp8.PayloadType, Rtx.PayloadType], answer.Codecs.Select(codec => codec.PayloadType));
        Assert.Equal("apt=96", answer.Codecs[1].Parameters);
    }

    [Fact]
    public void RED_is_agreed_on_when_it_comes_first_and_around_what_is_agreed_on()
    {
        Assert.Equal(["audio/red", "audio/opus"], Keys(Red, Opus));
        Assert.Equal(["audio/opus"], Keys(Opus, Red));
        Assert.Equal(["audio/opus"], Keys(Red with { Parameters = "9/9" }, Opus, new SdpCodec(9, "G722", 8_000)));
        Assert.Equal(["audio/red", "audio/opus"], Keys(Red with { Parameters = "" }, Opus));

        static IEnumerable<string> Keys(params SdpCodec[] codecs) => Ends.Agree(Offer(Section("audio", codecs))).Sections[0].Codecs.Select(codec => codec.Key);
    }

    [Fact]
    public void Feedback_is_what_both_know_and_transport_cc_needs_its_extension()
    {
        Assert.Equal(["nack", "nack pli", "ccm fir"], Feedback(MediaCapabilities.Receiving));
        var transportCc = new SdpExtension(5, ExtensionUris.TransportCc);
        Assert.Equal(["transport-cc", "nack", "nack pli", "ccm fir"], Feedback(MediaCapabilities.Receiving, transportCc));
        // Who can do both sorts of bandwidth estimation is held to one.
        var both = MediaCapabilities.Receiving with { VideoCodecs = [new SdpCodec(96, "VP8", 90_000) { Feedback = ["goog-remb", "transport-cc"] }] };
        Assert.Equal(["goog-remb"], Feedback(both));
        Assert.Equal(["transport-cc"], Feedback(both, transportCc));

        static IEnumerable<string> Feedback(MediaCapabilities receiving, params SdpList<SdpExtension> extensions)
        {
            Assert.True(OfferAnswer.TryAgree(Offer(Section("video", Vp8) with { Extensions = extensions }), receiving, MediaCapabilities.Sending, SdpDirection.SendRecv, out var agreement, out _));
            return agreement.Sections[0].Codecs[0].Codec.Feedback;
        }
    }

    [Fact]
    public void Extensions_keep_their_ids_and_turn_their_direction()
    {
        var offered = Section("video", Vp8) with
        {
            Direction = SdpDirection.SendOnly,
            Extensions =
            [
                new(9, ExtensionUris.Mid), new(3, "urn:unknown"), new(4, ExtensionUris.VideoOrientation, SdpDirection.SendOnly),
                new(5, ExtensionUris.Rid, SdpDirection.RecvOnly), new(4097, ExtensionUris.TransportCc), new(9, ExtensionUris.DependencyDescriptor),
            ],
        };
        Assert.Equal([new(9, ExtensionUris.Mid), new(4, ExtensionUris.VideoOrientation, SdpDirection.RecvOnly)], Ends.Answer(Offer(offered)).Media[0].Extensions);
    }

    [Fact]
    public void Layers_are_those_that_both_lines_name_and_whose_codec_is_agreed_on()
    {
        var offered = Section("video", Vp8, new SdpCodec(98, "VP9", 90_000)) with
        {
            Rids = [new("l", true), new("h", true, "pt=96,98;max-width=1280"), new("m", true, "pt=98"), new("r", false)],
            Simulcast = new SdpSimulcast([new([new("h"), new("l")]), new([new("m")]), new([new("l", true)]), new([new("nobody")])], []),
        };
        var answer = Ends.Answer(Offer(offered)).Media[0];
        Assert.Equal([new("h", false, "pt=96;max-width=1280"), new("l", false)], answer.Rids);
        Assert.Equal(new SdpSimulcast([], [new([new("h")]), new([new("l")])]), answer.Simulcast);
        Assert.Contains("a=simulcast:recv h;l\r\n", SdpText.Write(Ends.Answer(Offer(offered))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_player_is_sent_no_layers() =>
        Assert.Empty(Ends.Answer(Offer(Section("video", Vp8) with { Direction = SdpDirection.RecvOnly, Rids = [new("a", true)] })).Media[0].Rids);

    [Theory]
    [InlineData("opus", "minptime=10;useinbandfec=1;usedtx=1", "minptime=10;useinbandfec=1;usedtx=1")]
    [InlineData("opus", "sprop-stereo=1;sprop-maxcapturerate=48000", "stereo=1")]
    [InlineData("opus", "stereo=0;sprop-stereo=1", "stereo=0")]
    public void Parameters_are_answered_as_far_as_they_are_common(string name, string offered, string answered) =>
        Assert.Equal(answered, Ends.Answer(Offer(Section("audio", new SdpCodec(111, name, 48_000, 2) { Parameters = offered }))).Media[0].Codecs[0].Parameters);

    [Theory]
    [InlineData("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f")]
    [InlineData("packetization-mode=1;sprop-parameter-sets=Z0LADYyNQKD5APCIRqA=,aM48gA==;max-br=2000;x-google-start-bitrate=1000", "packetization-mode=1")]
    public void What_describes_the_one_who_says_it_is_not_answered(string offered, string answered) =>
        Assert.Equal(answered, Ends.Answer(Offer(Section("video", new SdpCodec(102, "H264", 90_000) { Parameters = offered }))).Media[0].Codecs[0].Parameters);

    [Fact]
    public void A_single_section_needs_no_bundle()
    {
        var answer = Ends.Answer(Offer(Section("audio", Opus)) with { Bundle = [] });
        Assert.False(answer.Media[0].IsRejected);
        Assert.Empty(answer.Bundle);
    }

    [Fact]
    public void The_credentials_may_stand_in_another_section_of_the_bundle()
    {
        var bare = Section("audio", Opus) with { Port = 0, BundleOnly = true, IceUfrag = "", IcePassword = "", Fingerprints = [], Setup = SdpSetup.Unspecified };
        var agreement = Ends.Agree(Offer(bare, Section("video", Vp8) with { IceUfrag = "theirs", Setup = SdpSetup.Passive }));
        Assert.Equal(("theirs", SdpSetup.Active), (agreement.End.IceUfrag, agreement.End.LocalSetup));
    }

    [Fact]
    public void Who_sends_without_retransmission_gets_no_source_for_it()
    {
        var answer = Ends.Answer(Offer(Section("video", Vp8) with { Direction = SdpDirection.RecvOnly })).Media[0];
        Assert.Single(answer.Sources);
        Assert.Empty(answer.SourceGroups);
    }

    private static void AssertUnusable(string why, params SdpMedia[] media)
    {
        var error = Ends.Refuse(Offer(media));
        Assert.Equal(SdpErrorCode.Unusable, error.Code);
        Assert.StartsWith(why, error.Why, StringComparison.Ordinal);
    }

    private static SdpMedia Section(string kind, params SdpCodec[] codecs) => new()
    {
        Kind = kind,
        Codecs = [.. codecs],
        RtcpMux = true,
        IceUfrag = "client",
        IcePassword = Ends.Password,
        Fingerprints = [Ends.Fingerprint],
        Setup = SdpSetup.ActPass,
    };

    // Sections without a mid are numbered; one called "apart" is left out of the bundle.
    private static SessionDescription Offer(params SdpMedia[] media)
    {
        SdpList<SdpMedia> named = [.. media.Select((each, i) => each.Mid.Length > 0 ? each : each with { Mid = i.ToString() })];
        return new SessionDescription { Media = named, Bundle = [.. named.Select(each => each.Mid).Where(mid => mid != "apart")] };
    }
}
