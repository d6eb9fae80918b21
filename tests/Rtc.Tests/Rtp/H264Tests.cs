using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class H264Tests
{
    public static TheoryData<byte[], bool> Captured => new()
    {
        { Captures.H264ParameterSets, true },
        { Captures.H264IdrStarts, false },
        { Captures.H264IdrGoesOn, false },
        { Captures.H264IdrEnds, false },
        { Captures.H264Delta, false },
        { Captures.H264SingleParameterSet, true },
        { Captures.H264SingleIdr, false },
        { Captures.H264SecondSlice, false },
    };

    [Theory]
    [MemberData(nameof(Captured))]
    public void A_keyframe_is_told_by_its_parameter_set(byte[] packet, bool keyframe)
    {
        Assert.True(H264.TryRead(Captures.Payload(packet), out var info));
        Assert.Equal(new PayloadInfo { IsKeyframeStart = keyframe, StartOfFrame = keyframe }, info);
    }

    [Theory]
    [InlineData("7800026742" + "000268ce" + "000365b800", true)] // SPS, PPS and IDR together.
    [InlineData("78000268ce" + "000365b800", false)] // Without its SPS an IDR is of no use.
    [InlineData("78000268ce" + "0002414f", false)]
    [InlineData("68ce", false)] // A PPS alone.
    [InlineData("7c8742c00b", true)] // A SPS in fragments, its first
    [InlineData("7c0742c00b", false)] // and another.
    [InlineData("0c", false)] // Filler data.
    public void Whatever_is_aggregated_is_looked_at(string payload, bool keyframe)
    {
        Assert.True(H264.TryRead(Convert.FromHexString(payload), out var info));
        Assert.Equal(keyframe, info.IsKeyframeStart);
    }

    [Fact]
    public void What_nothing_refers_to_may_be_left_out()
    {
        Assert.True(H264.TryRead([0x01, 0xFF], out var info));
        Assert.True(info.Discardable);
        Assert.True(H264.TryRead([0x61, 0xFF], out info));
        Assert.False(info.Discardable);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00ff")] // Types that are not used,
    [InlineData("7900ff00")] // or of the interleaved mode.
    [InlineData("7d85b800")]
    [InlineData("7fff")]
    [InlineData("7c85")] // A fragment of nothing.
    [InlineData("78")]
    [InlineData("7800")]
    [InlineData("780000")] // A unit of no byte.
    [InlineData("78000367ff")]
    [InlineData("78000267ff00")]
    public void A_payload_cut_short_is_malformed(string payload) => Assert.False(H264.TryRead(Convert.FromHexString(payload), out _));
}
