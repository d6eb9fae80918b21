using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>The hub's end of a session, and short ways to agree.</summary>
internal static class Ends
{
    public const string Password = "0123456789abcdefghijkl";
    public const string Fingerprint = "sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";

    public static LocalEnd Hub { get; } = new()
    {
        SessionId = "4711",
        IceUfrag = "hubufrag",
        IcePassword = Password,
        Fingerprint = Fingerprint,
        Candidates = ["candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host", "candidate:2 1 tcp 1671430143 192.0.2.1 7882 typ host tcptype passive"],
    };

    public static LocalEnd Client { get; } = Hub with { IceUfrag = "client", IsIceLite = false, Candidates = [] };

    public static Agreement Agree(SessionDescription offer, SdpDirection wanted = SdpDirection.SendRecv) =>
        OfferAnswer.TryAgree(offer, MediaCapabilities.Receiving, MediaCapabilities.Sending, wanted, out var agreement, out var error)
            ? agreement.WithSources(section => Source(section.Remote.Kind, 1000 + section.Remote.Mid.Sum(c => c)))
            : throw new InvalidOperationException(error.ToString());

    public static SessionDescription Answer(SessionDescription offer, SdpDirection wanted = SdpDirection.SendRecv) => OfferAnswer.Answer(Agree(offer, wanted), Hub);

    public static SdpError Refuse(SessionDescription offer)
    {
        Assert.False(OfferAnswer.TryAgree(offer, MediaCapabilities.Receiving, MediaCapabilities.Sending, SdpDirection.SendRecv, out var agreement, out var error));
        Assert.Null(agreement);
        return error;
    }

    public static OutgoingSource Source(string kind, int number) =>
        new(kind, (uint)number, kind == "video" ? (uint)number + 100_000 : 0, "somebody", new SdpMsid($"stream-{number}", $"track-{number}"));
}
