using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class Av1Tests
{
    [Theory]
    [InlineData("28" + "03080000" + "30aabb", true)] // W = 2, N: a sequence header, then a frame.
    [InlineData("20" + "03080000" + "30aabb", true)] // The same without N: told by the sequence header.
    [InlineData("08" + "03080000" + "0330aabb", true)] // W = 0: every element has its length.
    [InlineData("18" + "30aabb", true)] // N alone.
    [InlineData("10" + "30aabb", false)]
    [InlineData("90" + "08aabb", false)] // Continues an OBU: what looks like a sequence header is data.
    [InlineData("a0" + "0208aa" + "080000", true)] // Continues one, and starts the next.
    [InlineData("00" + "8280003011", false)] // A length of two in three bytes.
    public void A_keyframe_is_told_by_the_N_bit_or_a_sequence_header(string payload, bool keyframe)
    {
        Assert.True(Av1.TryRead(Convert.FromHexString(payload), out var info));
        Assert.Equal(keyframe, info.IsKeyframeStart);
    }

    [Fact]
    public void Layers_are_read_from_the_first_OBU_that_has_them()
    {
        Assert.True(Av1.TryRead(Convert.FromHexString("28" + "03080000" + "34" + "48" + "aabb"), out var info));
        Assert.Equal(new PayloadInfo { IsKeyframeStart = true, StartOfFrame = true, HasLayers = true, TemporalLayer = 2, SpatialLayer = 1 }, info);
        Assert.True(Av1.TryRead(Convert.FromHexString("90" + "3448aabb"), out info));
        Assert.Equal(new PayloadInfo(), info);
        Assert.True(Av1.TryRead(Convert.FromHexString("10" + "2448aabb"), out info)); // A tile group: not the start of its frame.
        Assert.Equal(new PayloadInfo { HasLayers = true, TemporalLayer = 2, SpatialLayer = 1 }, info);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("9830aabb")] // N and Z contradict each other.
    [InlineData("20" + "0530aabb")] // An element longer than the payload.
    [InlineData("00" + "0530aabb")]
    [InlineData("20" + "80")] // A length that does not end.
    [InlineData("00" + "ffffffff7f00")]
    [InlineData("30" + "0230aa" + "02")]
    public void Lengths_that_contradict_the_payload_are_malformed(string payload) => Assert.False(Av1.TryRead(Convert.FromHexString(payload), out _));

    [Theory]
    [InlineData("28" + "03080000" + "30aabb")]
    [InlineData("08" + "03080000" + "0330aabb")]
    public void A_cut_within_an_element_that_has_its_length_is_malformed(string payload)
    {
        var bytes = Convert.FromHexString(payload);
        for (var length = 2; length < 5; length++) Assert.False(Av1.TryRead(bytes.AsSpan(0, length), out _), $"{length} bytes");
    }
}
