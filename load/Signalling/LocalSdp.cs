using System.Text;
using RtcHub.Load.Clients;
using RtcHub.Rtc;
using RtcHub.Rtc.Ice;

namespace RtcHub.Load.Signalling;

/// <summary>The session descriptions of virtual clients: one audio and one video section, bundled, candidates included.</summary>
internal static class LocalSdp
{
    private const string MidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";
    private const string LevelUri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    private const int MidId = 4;
    private const int LevelId = 1;

    /// <summary>A publisher's offer.</summary>
    public static string Offer(Publisher publisher)
    {
        var sdp = Session(publisher, [.. publisher.Media.Audio ? ["0"] : Array.Empty<string>(), .. publisher.Media.VideoKilobits > 0 ? ["1"] : Array.Empty<string>()]);
        if (publisher.Media.Audio) Section(sdp, publisher, "audio", "0", Publisher.AudioPayloadType, "sendonly", "actpass", publisher.AudioSsrc);
        if (publisher.Media.VideoKilobits > 0) Section(sdp, publisher, "video", "1", Publisher.VideoPayloadType, "sendonly", "actpass", publisher.VideoSsrc);
        return sdp.ToString();
    }

    /// <summary>A player's offer.</summary>
    public static string Offer(Viewer viewer)
    {
        var sdp = Session(viewer, ["0", "1"]);
        Section(sdp, viewer, "audio", "0", Publisher.AudioPayloadType, "recvonly", "actpass", 0);
        Section(sdp, viewer, "video", "1", Publisher.VideoPayloadType, "recvonly", "actpass", 0);
        return sdp.ToString();
    }

    /// <summary>A viewer's answer: it takes everything, by the offer's payload types and ids.</summary>
    public static string Answer(Viewer viewer, RemoteSdp offer)
    {
        var sdp = Session(viewer, [.. offer.Sections.Where(section => !section.IsRejected).Select(section => section.Mid)]);
        foreach (var section in offer.Sections)
        {
            var codec = section.Kind == "audio" ? "opus" : "vp8";
            if (section.IsRejected || !section.PayloadTypes.TryGetValue(codec, out var payloadType))
                sdp.Append($"m={section.Kind} 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:{section.Mid}\r\na=inactive\r\n");
            else
                Section(sdp, viewer, section.Kind, section.Mid, payloadType, "recvonly", "active", 0, section.Extensions.GetValueOrDefault(MidUri));
        }

        return sdp.ToString();
    }

    /// <summary>What an answer to <see cref="Offer(Publisher)"/> allows.</summary>
    public static RemoteExtensions ExtensionsOf(RemoteSdp answer)
    {
        var all = answer.Sections.Where(section => !section.IsRejected).SelectMany(section => section.Extensions.Keys).ToHashSet();
        return new RemoteExtensions(all.Contains(MidUri) ? MidId : 0, all.Contains(LevelUri) ? LevelId : 0, (byte)'0', (byte)'1');
    }

    private static StringBuilder Session(VirtualClient client, string[] mids) => new StringBuilder()
        .Append($"v=0\r\no=- {client.Credentials.UfragKey >> 2} 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")
        .Append($"a=group:BUNDLE {string.Join(' ', mids)}\r\na=msid-semantic: WMS *\r\n");

    private static void Section(StringBuilder sdp, VirtualClient client, string kind, string mid, int payloadType, string direction, string setup, uint ssrc, int midId = MidId)
    {
        var candidate = Candidate.ForHost(Address.From(client.Socket.LocalEndPoint));
        sdp.Append($"m={kind} {candidate.Port} UDP/TLS/RTP/SAVPF {payloadType}\r\nc=IN IP4 {candidate.Host}\r\na=rtcp:9 IN IP4 0.0.0.0\r\na={candidate}\r\na=end-of-candidates\r\n")
            .Append($"a=ice-ufrag:{client.Credentials.Ufrag}\r\na=ice-pwd:{client.Credentials.Password}\r\na=fingerprint:{client.Fingerprint}\r\na=setup:{setup}\r\n")
            .Append($"a=mid:{mid}\r\n");
        if (midId > 0) sdp.Append($"a=extmap:{midId} {MidUri}\r\n");
        if (kind == "audio")
        {
            sdp.Append($"a=extmap:{LevelId} {LevelUri}\r\na={direction}\r\na=rtcp-mux\r\n")
                .Append($"a=rtpmap:{payloadType} opus/48000/2\r\na=fmtp:{payloadType} minptime=10;useinbandfec=1\r\n");
        }
        else
        {
            sdp.Append($"a={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:{payloadType} VP8/90000\r\n")
                .Append($"a=rtcp-fb:{payloadType} ccm fir\r\na=rtcp-fb:{payloadType} nack\r\na=rtcp-fb:{payloadType} nack pli\r\n");
        }

        if (ssrc != 0) sdp.Append($"a=msid:load {kind}\r\na=ssrc:{ssrc} cname:load\r\na=ssrc:{ssrc} msid:load {kind}\r\n");
    }
}
