using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>The peculiarities of each stack, by what the hub agrees on with it.</summary>
public sealed class StackTests
{
    [Fact]
    public void Chromium_publishes_VP8_and_Opus()
    {
        var answer = Ends.Answer(Capture.Read("chromium-sendrecv"));
        AssertCodecs(answer.Media[0], "opus");
        Assert.Equal(111, answer.Media[0].Codecs[0].PayloadType);
        Assert.Equal("minptime=10;useinbandfec=1", answer.Media[0].Codecs[0].Parameters);
        Assert.Equal(["transport-cc"], answer.Media[0].Codecs[0].Feedback);
        AssertCodecs(answer.Media[1], "VP8", "rtx");
        Assert.Equal(["transport-cc", "ccm fir", "nack", "nack pli"], answer.Media[1].Codecs[0].Feedback);
        Assert.Equal("apt=96", answer.Media[1].Codecs[1].Parameters);
        Assert.All(answer.Media, media => Assert.Equal(SdpDirection.RecvOnly, media.Direction));
        Assert.All(answer.Media, media => Assert.Contains(media.Extensions, extension => extension.Uri == ExtensionUris.TransportCc));
        Assert.All(answer.Media, media => Assert.Empty(media.Sources));
    }

    [Theory]
    [InlineData("chromium-sendonly-simulcast")]
    [InlineData("firefox-sendonly-simulcast")]
    public void Three_layers_are_received_in_the_senders_order(string name)
    {
        var text = SdpText.Write(Ends.Answer(Capture.Read(name)));
        Assert.Contains("\r\na=rid:h recv\r\na=rid:m recv\r\na=rid:l recv\r\na=simulcast:recv h;m;l\r\n", text, StringComparison.Ordinal);
        var video = Capture.Parse(text).Media[1];
        Assert.Contains(video.Extensions, extension => extension.Uri == ExtensionUris.Rid);
        Assert.Contains(video.Extensions, extension => extension.Uri == ExtensionUris.RepairedRid);
    }

    [Fact]
    public void Chromium_plays_every_codec_that_is_forwarded()
    {
        var answer = Ends.Answer(Capture.Read("chromium-recvonly"));
        AssertCodecs(answer.Media[0], "opus", "red");
        var keys = Ends.Agree(Capture.Read("chromium-recvonly")).Sections[1].Codecs.Select(codec => codec.Key).ToHashSet();
        Assert.Superset(
            new HashSet<string> { "video/VP8", "video/VP9;profile-id=0", "video/VP9;profile-id=2", "video/AV1;profile=0", "video/H264;profile=baseline", "video/H264;profile=main" }, keys);
        Assert.DoesNotContain(keys, key => key.Contains("packetization-mode=0", StringComparison.Ordinal));
        Assert.DoesNotContain(answer.Media[1].Codecs, codec => codec.Name is "red" or "ulpfec" or "H265" or "flexfec-03");
        Assert.All(answer.Media, media => Assert.Contains(media.Extensions, extension => extension.Uri == ExtensionUris.TransportCc));
        Assert.All(answer.Media, media => Assert.Equal((true, false), (media.Codecs[0].Feedback.Contains("transport-cc"), media.Codecs[0].Feedback.Contains("goog-remb"))));
    }

    [Fact]
    public void A_data_channel_beside_video_is_turned_down_and_leaves_the_bundle()
    {
        var answer = Ends.Answer(Capture.Read("chromium-datachannel"));
        Assert.Equal(["0"], answer.Bundle);
        var data = answer.Media[1];
        Assert.True(data.IsRejected);
        Assert.Equal(("application", "UDP/DTLS/SCTP", "1"), (data.Kind, data.Protocol, data.Mid));
        Assert.Equal(["webrtc-datachannel"], data.OtherFormats);
    }

    [Theory]
    [InlineData("chromium-stopped")]
    [InlineData("firefox-stopped")]
    public void A_stopped_section_stays_in_its_place(string name)
    {
        var offer = Capture.Read(name);
        var agreement = Ends.Agree(offer);
        Assert.Equal([SdpRejection.Disabled, SdpRejection.None, SdpRejection.None], agreement.Sections.Select(section => section.Rejection));
        var answer = OfferAnswer.Answer(agreement, Ends.Hub);
        Assert.Equal([0, 9, 9], answer.Media.Select(media => media.Port));
        Assert.Equal(["1", "2"], answer.Bundle);
        Assert.Empty(answer.Media[0].Candidates);
        Assert.NotEmpty(answer.Media[1].Candidates);
    }

    [Fact]
    public void Firefox_bundles_with_port_0_and_is_not_turned_down()
    {
        var offer = Capture.Read("firefox-max-bundle");
        Assert.True(offer.Media[1] is { Port: 0, BundleOnly: true, IsRejected: false });
        Assert.Equal([9, 9], Ends.Answer(offer).Media.Select(media => media.Port));
    }

    [Fact]
    public void What_Firefox_can_take_is_not_said_of_the_hub()
    {
        var offer = Capture.Read("firefox-sendrecv");
        Assert.Equal("max-fs=12288;max-fr=60", offer.Media[1].Codecs[0].Parameters);
        Assert.Equal("", Ends.Answer(offer).Media[1].Codecs[0].Parameters);
    }

    [Fact]
    public void Firefox_says_who_writes_the_offer_and_the_fingerprint_once()
    {
        var offer = Capture.Read("firefox-sendrecv");
        Assert.StartsWith("mozilla", offer.Username, StringComparison.Ordinal);
        Assert.All(offer.Media, media => Assert.StartsWith("sha-256 ", media.Fingerprint, StringComparison.Ordinal));
        Assert.All(offer.Media, media => Assert.Equal(["trickle"], media.IceOptions));
        Assert.Contains(offer.Media[0].Extensions, extension => extension.Direction == SdpDirection.RecvOnly);
    }

    [Fact]
    public void Safari_begins_with_H264_in_high_profile_and_its_H265_is_passed_over()
    {
        var publish = Ends.Agree(Capture.Read("safari-sendrecv-not-captured")).Sections[1];
        Assert.Equal(["video/H264;profile=high"], publish.Codecs.Select(codec => codec.Key));
        Assert.Equal((byte)97, publish.Codecs[0].Rtx!.PayloadType);
        var play = Ends.Agree(Capture.Read("safari-recvonly-not-captured")).Sections[1];
        Assert.Equal(
            ["video/H264;profile=high", "video/H264;profile=baseline", "video/VP8", "video/AV1;profile=0", "video/VP9;profile-id=0"], play.Codecs.Select(codec => codec.Key));
    }

    [Fact]
    public void Libwebrtc_in_Node_names_its_sources()
    {
        var agreement = Ends.Agree(Capture.Read("libwebrtc-sendonly"));
        Assert.Equal(["audio/opus", "video/VP8"], agreement.Sections.SelectMany(section => section.Codecs).Select(codec => codec.Key));
        Assert.All(agreement.Sections, section => Assert.NotEmpty(section.Remote.PrimarySources));
    }

    [Fact]
    public void Werift_writes_OPUS_in_capitals_and_no_extensions()
    {
        var answer = Ends.Answer(Capture.Read("werift-recvonly"));
        Assert.Equal("OPUS", answer.Media[0].Codecs[0].Name);
        Assert.All(answer.Media, media => Assert.Empty(media.Extensions));
        Assert.All(answer.Media, media => Assert.Single(media.Sources));
        Assert.Equal(["nack", "nack pli", "goog-remb"], answer.Media[1].Codecs[0].Feedback);
    }

    [Fact]
    public void Aiortc_gives_one_id_to_two_extensions_and_one_bundle_two_ufrags()
    {
        var offer = Capture.Read("aiortc-sendonly");
        Assert.Equal(offer.Media[0].Extensions[1].Id, offer.Media[1].Extensions[1].Id);
        var both = MediaCapabilities.Receiving with { VideoExtensions = [.. MediaCapabilities.Receiving.VideoExtensions, new(4, ExtensionUris.AbsSendTime)] };
        Assert.True(OfferAnswer.TryAgree(offer, both, MediaCapabilities.Sending, SdpDirection.SendRecv, out var agreement, out _));
        Assert.Equal([ExtensionUris.Mid, ExtensionUris.AudioLevel], agreement.Sections[0].Extensions.Select(extension => extension.Uri));
        Assert.Equal([ExtensionUris.Mid], agreement.Sections[1].Extensions.Select(extension => extension.Uri));
        Assert.NotEqual(offer.Media[0].IceUfrag, offer.Media[1].IceUfrag);
        Assert.Equal(offer.Media[0].IceUfrag, agreement.End.IceUfrag);
    }

    [Fact]
    public void GStreamer_repeats_audio_by_rtx_and_explains_its_H264_in_part()
    {
        var audio = Ends.Agree(Capture.Read("gstreamer-sendonly")).Sections[1];
        Assert.Equal(["audio/opus"], audio.Codecs.Select(codec => codec.Key));
        Assert.Null(audio.Codecs[0].Rtx);
        Assert.Equal("sprop-stereo=0;sprop-maxcapturerate=48000", audio.Remote.Codecs[0].Parameters);
        Assert.Equal("", audio.Codecs[0].Codec.Parameters);
        var video = Ends.Agree(Capture.Read("gstreamer-sendonly-h264")).Sections[0];
        Assert.Equal(["video/H264;profile=baseline"], video.Codecs.Select(codec => codec.Key));
        Assert.Equal("packetization-mode=1", video.Codecs[0].Codec.Parameters);
        // It offers the feedback of transport-cc without its extension, so nobody could give it.
        Assert.Equal(["nack pli", "ccm fir"], video.Codecs[0].Codec.Feedback);
    }

    [Fact]
    public void GStreamer_without_a_bundle_gets_its_first_section_only()
    {
        var agreement = Ends.Agree(Capture.Read("gstreamer-sendonly-unbundled"));
        Assert.Equal([SdpRejection.None, SdpRejection.NotBundled], agreement.Sections.Select(section => section.Rejection));
        Assert.Empty(OfferAnswer.Answer(agreement, Ends.Hub).Bundle);
    }

    private static void AssertCodecs(SdpMedia media, params string[] names) => Assert.Equal(names, media.Codecs.Select(codec => codec.Name));
}
