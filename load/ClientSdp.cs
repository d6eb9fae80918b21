using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using RtcHub.Rtc;

namespace RtcHub.Load;

/// <summary>What a virtual client needs of the other end's description.</summary>
/// <param name="Ufrag">Of its ICE agent.</param>
/// <param name="Password">Of its ICE agent.</param>
/// <param name="Fingerprint"><c>sha-256 AB:CD:...</c>.</param>
/// <param name="Candidate">The first of UDP and IPv4.</param>
/// <param name="Audio">Payload type of Opus, or -1.</param>
/// <param name="Video">Payload type of VP8, or -1.</param>
internal sealed record RemoteDescription(string Ufrag, string Password, string Fingerprint, Address Candidate, int Audio, int Video);

/// <summary>
/// The few sorts of SDP that virtual clients write and read: one Opus and one VP8 section, bundled. The servers' full parsers
/// have tests of their own; here text is enough.
/// </summary>
internal static partial class ClientSdp
{
    public const int AudioPayloadType = 111;
    public const int VideoPayloadType = 96;
    public const int RtxPayloadType = 97;

    /// <param name="direction"><c>sendonly</c> or <c>recvonly</c>.</param>
    public static string Offer(string ufrag, string password, string fingerprint, string direction, uint audioSsrc, uint videoSsrc, bool audio)
    {
        var text = Head(audio ? "0 1" : "1");
        if (audio) Section(text, "audio", "0", ufrag, password, fingerprint, "actpass", direction, audioSsrc, AudioPayloadType, VideoPayloadType);
        Section(text, "video", "1", ufrag, password, fingerprint, "actpass", direction, videoSsrc, AudioPayloadType, VideoPayloadType);
        return text.ToString();
    }

    /// <summary>The answer of a player to a server's offer: everything of it is received.</summary>
    public static string Answer(string offer, string ufrag, string password, string fingerprint)
    {
        var remote = Parse(offer);
        var sections = MediaLine().Matches(offer);
        var mids = MidLine().Matches(offer).Select(match => match.Groups[1].Value).ToArray();
        var text = Head(string.Join(' ', mids));
        for (var i = 0; i < sections.Count; i++)
            Section(text, sections[i].Groups[1].Value, mids[i], ufrag, password, fingerprint, "active", "recvonly", 0, remote.Audio, remote.Video);
        return text.ToString();
    }

    public static RemoteDescription Parse(string sdp)
    {
        Address candidate = default;
        foreach (var line in sdp.Split('\n').Where(line => line.StartsWith("a=candidate:", StringComparison.Ordinal)))
        {
            var parts = line.Trim().Split(' ');
            if (parts[2].Equals("udp", StringComparison.OrdinalIgnoreCase) && IPAddress.TryParse(parts[4], out var ip) && ip.GetAddressBytes().Length == 4)
            {
                candidate = Address.From(new IPEndPoint(ip, int.Parse(parts[5], CultureInfo.InvariantCulture)));
                break;
            }
        }

        if (candidate == default) throw new LoadException("The server offered no UDP candidate with IPv4.");
        return new RemoteDescription(
            Value(sdp, "a=ice-ufrag:"), Value(sdp, "a=ice-pwd:"), Value(sdp, "a=fingerprint:"), candidate, PayloadType(sdp, "opus/48000"), PayloadType(sdp, "VP8/90000"));
    }

    private static StringBuilder Head(string mids) => new(
        $"v=0\r\no=- {Random.Shared.NextInt64(1, long.MaxValue)} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {mids}\r\na=msid-semantic: WMS load\r\n");

    private static void Section(
        StringBuilder text, string kind, string mid, string ufrag, string password, string fingerprint, string setup, string direction, uint ssrc, int audio, int video)
    {
        text.Append(kind == "audio" ? $"m=audio 9 UDP/TLS/RTP/SAVPF {audio}\r\n" : $"m=video 9 UDP/TLS/RTP/SAVPF {video}\r\n")
            .Append("c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n")
            .Append($"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\na=fingerprint:{fingerprint}\r\na=setup:{setup}\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\n")
            .Append(kind == "audio"
                ? $"a=rtpmap:{audio} opus/48000/2\r\na=fmtp:{audio} minptime=10;useinbandfec=1\r\n"
                : $"a=rtpmap:{video} VP8/90000\r\na=rtcp-fb:{video} nack\r\na=rtcp-fb:{video} nack pli\r\na=rtcp-fb:{video} ccm fir\r\n");
        if (direction == "sendonly") text.Append($"a=msid:load {kind}\r\na=ssrc:{ssrc} cname:load\r\na=ssrc:{ssrc} msid:load {kind}\r\n");
    }

    private static string Value(string sdp, string attribute)
    {
        var at = sdp.IndexOf(attribute, StringComparison.Ordinal);
        if (at < 0) throw new LoadException($"The server's description has no {attribute[..^1]}.");
        var end = sdp.IndexOfAny(['\r', '\n'], at);
        return sdp[(at + attribute.Length)..end];
    }

    private static int PayloadType(string sdp, string codec)
    {
        var match = Regex.Match(sdp, $"a=rtpmap:(\\d+) {codec}", RegexOptions.IgnoreCase);
        return match.Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : -1;
    }

    [GeneratedRegex(@"^m=(\w+) ", RegexOptions.Multiline)]
    private static partial Regex MediaLine();

    [GeneratedRegex(@"^a=mid:(\S+)", RegexOptions.Multiline)]
    private static partial Regex MidLine();
}
