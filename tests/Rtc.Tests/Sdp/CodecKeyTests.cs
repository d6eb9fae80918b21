using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>Which payloads may be handed from one client to another.</summary>
public sealed class CodecKeyTests
{
    [Theory]
    [InlineData("audio", "OPUS", 48_000, 2, "", "audio/opus")]
    [InlineData("audio", "opus", 48_000, 1, "", "audio/OPUS/48000/1")]
    [InlineData("audio", "red", 48_000, 2, "111/111", "audio/red")]
    [InlineData("audio", "G722", 8_000, 0, "", "audio/G722/8000/0")]
    [InlineData("video", "vp8", 90_000, 0, "max-fs=1", "video/VP8")]
    [InlineData("video", "VP9", 90_000, 0, "", "video/VP9;profile-id=0")]
    [InlineData("video", "VP9", 90_000, 0, "profile-id=2", "video/VP9;profile-id=2")]
    [InlineData("video", "AV1", 90_000, 0, "level-idx=5;profile=0;tier=0", "video/AV1;profile=0")]
    [InlineData("video", "AV1", 90_000, 0, "", "video/AV1;profile=0")]
    [InlineData("video", "red", 90_000, 0, "", "video/RED/90000/0")]
    [InlineData("video", "H265", 90_000, 0, "", "video/H265/90000/0")]
    public void Name_and_profile_make_the_key(string kind, string name, int clockRate, int channels, string parameters, string key) =>
        Assert.Equal(key, CodecKey.Of(kind, new SdpCodec(96, name, clockRate, channels) { Parameters = parameters }));

    // RFC 6184 table 5, and the spellings of browsers.
    [Theory]
    [InlineData("42e01f", "baseline")]
    [InlineData("42C00D", "baseline")]
    [InlineData("42001f", "baseline")]
    [InlineData("4d801f", "baseline")]
    [InlineData("58c01f", "baseline")]
    [InlineData("4d001f", "main")]
    [InlineData("4d0032", "main")]
    [InlineData("58001f", "extended")]
    [InlineData("64001f", "high")]
    [InlineData("640c1f", "high")]
    [InlineData("6e001f", "6e00")]
    [InlineData("f4001f", "f400")]
    [InlineData("", "unknown")]
    [InlineData("42e0", "unknown")]
    [InlineData("-2e01f", "unknown")]
    [InlineData("42e01f00", "unknown")]
    public void The_profile_of_H264_counts_and_its_level_does_not(string profileLevelId, string profile) =>
        Assert.Equal($"video/H264;profile={profile}", Key($"packetization-mode=1;profile-level-id={profileLevelId}"));

    [Theory]
    [InlineData("packetization-mode=1", "video/H264;profile=baseline")]
    [InlineData("packetization-mode=0;profile-level-id=42e01f", "video/H264;profile=baseline;packetization-mode=0")]
    [InlineData("profile-level-id=42e01f", "video/H264;profile=baseline;packetization-mode=0")]
    [InlineData("", "video/H264;profile=baseline;packetization-mode=0")]
    public void What_is_not_said_of_H264_has_the_RFCs_meaning(string parameters, string key) => Assert.Equal(key, Key(parameters));

    private static string Key(string parameters) => CodecKey.Of("video", new SdpCodec(96, "H264", 90_000) { Parameters = parameters });
}
