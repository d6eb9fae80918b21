using RtcHub.Rtc.Rtcp;

namespace RtcHub.Rtc.Tests.Rtcp;

public sealed class TransportFeedbackTests
{
    [Fact]
    public void Every_kind_of_chunk_and_delta_is_read()
    {
        Assert.True(TransportFeedback.TryRead(Vectors.First(Vectors.TransportFeedback), out var feedback));
        Assert.Equal((0x11111111u, 0x22222222u), (feedback.SenderSsrc, feedback.MediaSsrc));
        Assert.Equal((65530, 19, 0x8899AAu, 7), (feedback.BaseSequenceNumber, feedback.StatusCount, feedback.ReferenceTime, feedback.FeedbackCount));
        Assert.Equal(
            "65530+0 65531+250 65532+750 65533+1500 65534+2500 65535+3750 0+5250 1+7000 "
            + "2+5750 3- 4+69500 5- 6- 7+144500 8+144750 9- 10- 11- 12+145250", Read(feedback));
    }

    [Theory]
    [InlineData("8fcd0003" + "1111111122222222" + "fffa0013", "no reference time")]
    [InlineData("8fcd0004" + "1111111122222222" + "0000000000000000", "no packet")]
    [InlineData("8fcd0004" + "1111111122222222" + "0000000100000000", "no chunk")]
    [InlineData("afcd0005" + "1111111122222222" + "0000000100000000" + "20010002", "no delta")]
    [InlineData("8fcd0005" + "1111111122222222" + "0000000200000000" + "40022001", "half the deltas")]
    [InlineData("8fcd0005" + "1111111122222222" + "0000000100000000" + "20000100", "a run of nothing")]
    [InlineData("8fcd0005" + "1111111122222222" + "0000000100000000" + "60010100", "a status of 3 in a run")]
    [InlineData("8fcd0005" + "1111111122222222" + "0000000100000000" + "f0000100", "a status of 3 in a vector")]
    public void Feedback_that_contradicts_itself_is_malformed(string packet, string why) =>
        Assert.False(TransportFeedback.TryRead(Vectors.First(Convert.FromHexString(packet)), out _), why);

    [Fact]
    public void A_packet_cut_anywhere_before_its_last_delta_is_malformed()
    {
        for (var words = 1; Vectors.Cut(Vectors.TransportFeedback, words) is { } cut; words++) Assert.False(TransportFeedback.TryRead(Vectors.First(cut), out _));
        Assert.False(TransportFeedback.TryRead(Vectors.First(Vectors.Nack), out _));
    }

    [Fact]
    public void What_a_chunk_says_beyond_the_count_does_not_matter()
    {
        // One packet; the vector goes on with statuses that do not exist.
        Assert.True(TransportFeedback.TryRead(Vectors.First(Convert.FromHexString("8fcd0005" + "1111111122222222" + "0005000100000000" + "dfff0400")), out var feedback));
        Assert.Equal("5+1000", Read(feedback));
    }

    internal static string Read(TransportFeedback feedback)
    {
        var arrivals = new List<string>();
        foreach (var arrival in feedback) arrivals.Add(arrival.Received ? $"{arrival.SequenceNumber}+{arrival.Arrival}" : $"{arrival.SequenceNumber}-");
        return string.Join(' ', arrivals);
    }
}
