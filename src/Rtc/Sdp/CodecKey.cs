using System.Globalization;

namespace RtcHub.Rtc.Sdp;

/// <summary>Which payloads are the same thing: what a forwarder may hand from one end to another.</summary>
public static class CodecKey
{
    /// <summary>
    /// Equal for codecs whose payload one decoder takes: name and profile. Levels do not count; they say how much a decoder can do,
    /// and a publisher's size of picture is not the forwarder's choice.
    /// </summary>
    /// <param name="kind"><c>audio</c> or <c>video</c>.</param>
    /// <param name="codec">What a payload type stands for.</param>
    /// <returns>For example <c>audio/opus</c>, <c>video/VP8</c>, <c>video/H264;profile=high</c>.</returns>
    public static string Of(string kind, SdpCodec codec) => (kind, codec.Name.ToUpperInvariant()) switch
    {
        ("audio", "OPUS") when codec is { ClockRate: 48_000, Channels: 2 } => "audio/opus",
        ("audio", "RED") when codec is { ClockRate: 48_000 } => "audio/red",
        ("video", "VP8") => "video/VP8",
        ("video", "VP9") => $"video/VP9;profile-id={codec.Parameter("profile-id") ?? "0"}",
        ("video", "AV1") => $"video/AV1;profile={codec.Parameter("profile") ?? "0"}",
        ("video", "H264") => $"video/H264;profile={H264Profile(codec)}{(codec.Parameter("packetization-mode") == "1" ? "" : ";packetization-mode=0")}",
        (_, var name) => $"{kind}/{name}/{codec.ClockRate}/{codec.Channels}",
    };

    // RFC 6184 section 8.1, table 5: profile_idc, and of profile_iop the constraint flags 0 (0x80), 1 (0x40), ... Baseline without
    // flag 1 may use tools that constrained baseline lacks, but no encoder of real-time video does, and Chromium names both for one
    // encoder. Constrained high is high without interlacing, which the same encoders lack.
    private static string H264Profile(SdpCodec codec)
    {
        var text = codec.Parameter("profile-level-id") ?? "42000a"; // Section 8.1: baseline at level 1 when it is not said.
        if (text.Length != 6 || !int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)) return "unknown";
        var (profile, flags) = (id >> 16, id >> 8 & 0xFF);
        return profile switch
        {
            0x42 => "baseline",
            0x4D => (flags & 0x80) != 0 ? "baseline" : "main",
            0x58 => (flags & 0x80) != 0 ? "baseline" : "extended",
            0x64 => "high",
            _ => text.ToLowerInvariant()[..4],
        };
    }
}
