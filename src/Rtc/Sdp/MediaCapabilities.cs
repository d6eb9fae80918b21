using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Sdp;

/// <summary>
/// What an end can do in one direction. Payload types, parameters and ids of extensions are those that its own offers say; in an
/// answer the offerer's count.
/// </summary>
public sealed record MediaCapabilities
{
    private static readonly SdpList<string> ReceiverFeedback = ["transport-cc", "ccm fir", "nack", "nack pli"];
    private static readonly SdpList<string> SenderFeedback = ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"];

    /// <summary>
    /// The hub's, for what clients publish: one codec for each section, since an encoder that changes its mind in mid-stream would
    /// leave behind who cannot follow. Everything is numbered, so that the client learns its bandwidth.
    /// </summary>
    public static MediaCapabilities Receiving { get; } = new()
    {
        AudioCodecs = Audio("transport-cc", "nack"),
        VideoCodecs = Video(ReceiverFeedback),
        AudioExtensions = [new(1, ExtensionUris.Mid), new(2, ExtensionUris.AudioLevel), new(3, ExtensionUris.TransportCc)],
        VideoExtensions =
        [
            new(1, ExtensionUris.Mid), new(3, ExtensionUris.TransportCc), new(4, ExtensionUris.VideoOrientation), new(5, ExtensionUris.DependencyDescriptor),
            new(6, ExtensionUris.Rid), new(7, ExtensionUris.RepairedRid),
        ],
        FirstCodecOnly = true,
    };

    /// <summary>
    /// The hub's, for what clients play: all codecs, since nobody knows who will publish. Everything is numbered, so that the hub
    /// learns the bandwidth; who cannot tell of that may tell its own estimate.
    /// </summary>
    public static MediaCapabilities Sending { get; } = new()
    {
        AudioCodecs = Audio("transport-cc", "nack"),
        VideoCodecs = Video(SenderFeedback),
        AudioExtensions = [new(1, ExtensionUris.Mid), new(2, ExtensionUris.AudioLevel), new(3, ExtensionUris.TransportCc)],
        VideoExtensions = [new(1, ExtensionUris.Mid), new(3, ExtensionUris.TransportCc), new(4, ExtensionUris.VideoOrientation), new(5, ExtensionUris.DependencyDescriptor)],
    };

    /// <summary>Best first; <c>red</c> says in its parameters what it wraps.</summary>
    public SdpList<SdpCodec> AudioCodecs { get; init; } = [];

    /// <summary>Best first, each with its <c>rtx</c> if it can be retransmitted.</summary>
    public SdpList<SdpCodec> VideoCodecs { get; init; } = [];

    /// <summary>Of audio; one URI has the same id here as below (RFC 9143 section 14).</summary>
    public SdpList<SdpExtension> AudioExtensions { get; init; } = [];

    /// <summary>Of video.</summary>
    public SdpList<SdpExtension> VideoExtensions { get; init; } = [];

    /// <summary>Of each section only the offerer's first choice is agreed on: a codec with its rtx, or RED with what it wraps.</summary>
    public bool FirstCodecOnly { get; init; }

    internal SdpList<SdpCodec> CodecsOf(string kind) => kind == "audio" ? AudioCodecs : VideoCodecs;

    internal SdpList<SdpExtension> ExtensionsOf(string kind) => kind == "audio" ? AudioExtensions : VideoExtensions;

    private static SdpList<SdpCodec> Audio(params SdpList<string> feedback) =>
    [
        new(111, "opus", 48_000, 2) { Parameters = "minptime=10;useinbandfec=1", Feedback = feedback },
        new(63, "red", 48_000, 2) { Parameters = "111/111" },
    ];

    // Level 3.1 of H.264 is what all browsers name; with level-asymmetry-allowed it limits nobody.
    private static SdpList<SdpCodec> Video(SdpList<string> feedback) =>
    [
        .. WithRtx(96, "VP8", "", feedback),
        .. WithRtx(98, "VP9", "profile-id=0", feedback),
        .. WithRtx(100, "VP9", "profile-id=2", feedback),
        .. WithRtx(102, "H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", feedback),
        .. WithRtx(104, "H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f", feedback),
        .. WithRtx(106, "H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f", feedback),
        .. WithRtx(45, "AV1", "profile=0", feedback),
    ];

    private static SdpCodec[] WithRtx(byte payloadType, string name, string parameters, SdpList<string> feedback) =>
    [
        new(payloadType, name, 90_000) { Parameters = parameters, Feedback = feedback },
        new((byte)(payloadType + 1), "rtx", 90_000) { Parameters = $"apt={payloadType}" },
    ];
}
