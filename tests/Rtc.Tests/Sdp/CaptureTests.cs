using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>Offers that other stacks really make: read, written, answered.</summary>
public sealed class CaptureTests
{
    public static TheoryData<string> Offers => [.. Capture.Names];

    /// <summary>Without a data channel alone, which nobody here serves.</summary>
    public static TheoryData<string> MediaOffers => [.. Capture.Names.Where(name => !name.EndsWith("datachannel-only", StringComparison.Ordinal))];

    [Fact]
    public void Every_stack_is_there() => Assert.All(
        ["chromium-sendrecv", "chromium-sendonly-simulcast", "firefox-sendrecv", "firefox-sendonly-simulcast", "safari-sendrecv-not-captured",
            "libwebrtc-sendonly", "werift-recvonly", "aiortc-recvonly", "gstreamer-recvonly"],
        name => Assert.Contains(name, Capture.Names));

    [Theory]
    [MemberData(nameof(Offers))]
    public void What_is_read_and_written_is_read_the_same(string name)
    {
        var first = Capture.Read(name);
        var again = Capture.Parse(SdpText.Write(first));
        Assert.Equal(first, again);
    }

    [Theory]
    [MemberData(nameof(Offers))]
    public void Lines_may_end_without_a_carriage_return(string name) =>
        Assert.Equal(Capture.Read(name), Capture.Parse(Capture.Text(name).Replace("\r\n", "\n", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(MediaOffers))]
    public void Each_is_answered_section_by_section(string name)
    {
        var offer = Capture.Read(name);
        var text = SdpText.Write(Ends.Answer(offer));
        var answer = Capture.Parse(text);

        Assert.True(answer.IsIceLite);
        Assert.Equal(offer.Media.Count, answer.Media.Count);
        Assert.All(offer.Media.Zip(answer.Media), pair => AssertAnswers(pair.First, pair.Second));
        Assert.Equal(answer.Media.Where(media => !media.IsRejected).Select(media => media.Mid).Where(offer.Bundle.Contains), answer.Bundle);
        Assert.Equal(Ends.Hub.Candidates, answer.Media.First(media => !media.IsRejected).Candidates);
        Assert.Contains(answer.Media, media => !media.IsRejected);
    }

    [Theory]
    [MemberData(nameof(MediaOffers))]
    public void Each_is_answered_to_a_player_with_what_it_can_decode(string name)
    {
        var offer = Capture.Read(name);
        var answer = Capture.Parse(SdpText.Write(Ends.Answer(offer, SdpDirection.SendOnly)));
        foreach (var (offered, answered) in offer.Media.Zip(answer.Media).Where(pair => !pair.Second.IsRejected && pair.First.Direction.HasFlag(SdpDirection.RecvOnly)))
        {
            AssertAnswers(offered, answered);
            Assert.Equal(SdpDirection.SendOnly, answered.Direction);
            var source = Assert.Single(answered.PrimarySources);
            Assert.Equal("somebody", source.Cname);
            Assert.Equal(answered.Msids, [source.Msid!]);
            Assert.Equal(answered.Codecs.Any(codec => codec.Is("rtx")), answered.RtxOf(source.Ssrc) != 0);
        }
    }

    [Theory]
    [InlineData("chromium-datachannel-only")]
    [InlineData("firefox-datachannel-only")]
    public void A_data_channel_alone_cannot_be_served(string name)
    {
        var error = Ends.Refuse(Capture.Read(name));
        Assert.Equal(SdpErrorCode.Unsupported, error.Code);
        Assert.Equal("Section '0' is neither audio nor video.", error.ToString());
    }

    private static void AssertAnswers(SdpMedia offered, SdpMedia answered)
    {
        Assert.Equal((offered.Kind, offered.Protocol, offered.Mid), (answered.Kind, answered.Protocol, answered.Mid));
        if (answered.IsRejected)
        {
            Assert.True(offered.IsRejected || offered.Kind == "application" || offered.Mid == "audio1", "only what cannot be served is turned down");
            return;
        }

        Assert.Equal(9, answered.Port);
        Assert.True(answered.RtcpMux);
        Assert.Equal(offered.RtcpReducedSize, answered.RtcpReducedSize);
        Assert.Equal(SdpSetup.Passive, answered.Setup);
        Assert.Equal((Ends.Hub.IceUfrag, Ends.Hub.IcePassword, Ends.Hub.Fingerprint), (answered.IceUfrag, answered.IcePassword, answered.Fingerprint));
        Assert.NotEqual(SdpDirection.SendRecv, answered.Direction);
        Assert.Equal(SdpDirection.Inactive, answered.Direction & ~offered.Direction.Reversed());
        Assert.NotEmpty(answered.Codecs);
        // In the offer's order, a subset of it, each retransmission with what it retransmits.
        Assert.Equal(offered.Codecs.Select(codec => codec.PayloadType).Where(type => answered.Codecs.Any(codec => codec.PayloadType == type && !codec.Is("rtx"))),
            answered.Codecs.Where(codec => !codec.Is("rtx")).Select(codec => codec.PayloadType));
        Assert.All(answered.Codecs, codec => Assert.Equal(CodecKey.Of(offered.Kind, offered.Codecs.First(each => each.PayloadType == codec.PayloadType)), CodecKey.Of(offered.Kind, codec)));
        Assert.All(answered.Codecs.Where(codec => codec.Is("rtx")), rtx => Assert.Contains(answered.Codecs, codec => rtx.IsRtxOf(codec.PayloadType)));
        Assert.All(answered.Codecs, codec => Assert.Subset(
            offered.Codecs.First(each => each.PayloadType == codec.PayloadType).Feedback.ToHashSet(), codec.Feedback.ToHashSet()));
        Assert.All(answered.Extensions, extension => Assert.Contains(offered.Extensions, each => (each.Id, each.Uri) == (extension.Id, extension.Uri)));
        Assert.Equal(answered.Direction == SdpDirection.RecvOnly ? offered.SentLayers : [], answered.Rids.Select(rid => rid.Id));
        Assert.All(answered.Rids, rid => Assert.False(rid.IsSent));
    }
}
