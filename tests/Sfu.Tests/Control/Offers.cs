namespace RtcHub.Sfu.Tests.Control;

/// <summary>Offers of a client that nobody will hear of again.</summary>
internal static class Offers
{
    private const string Transport = """
        c=IN IP4 0.0.0.0
        a=ice-ufrag:tEst
        a=ice-pwd:aPasswordOf24CharactersX
        a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
        a=setup:actpass
        a=rtcp-mux
        """;

    public static string Publish => Offer("sendonly", "a=ssrc:1111 cname:a", "a=ssrc:2222 cname:a");

    public static string Play => Offer("recvonly");

    public static string RestartFragment => "a=ice-ufrag:neWw\r\na=ice-pwd:anotherPasswordOf24Chars\r\n";

    private static string Offer(string direction, string audioSource = "", string videoSource = "") => string.Join("\r\n", $"""
        v=0
        o=- 1 1 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        m=audio 9 UDP/TLS/RTP/SAVPF 111
        {Transport}
        a=mid:0
        a={direction}
        a=rtpmap:111 opus/48000/2
        {audioSource}
        m=video 9 UDP/TLS/RTP/SAVPF 96
        {Transport}
        a=mid:1
        a={direction}
        a=rtpmap:96 VP8/90000
        {videoSource}
        """.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) + "\r\n";
}
