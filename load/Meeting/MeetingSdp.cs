using System.Text;
using RtcHub.Load.Clients;
using RtcHub.Load.Signalling;
using RtcHub.Rtc;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Load.Meeting;

/// <summary>Ids of header extensions.</summary>
internal readonly record struct MeetingExtensions(int Mid, int Rid, int AudioLevel, int TransportCc);

/// <summary>The descriptions of the two transports of a person in a meeting: an offer of what they send, an answer to what they are sent.</summary>
internal static class MeetingSdp
{
    public static readonly MeetingExtensions Offered = new(4, 10, 1, 3);

    public static string Offer(Speaker speaker)
    {
        var sdp = Session(speaker, speaker.HasCamera ? ["0", "1"] : ["0"]);
        Section(sdp, speaker, "audio", "0", Publisher.AudioPayloadType, "sendonly", "actpass",
            [(Offered.Mid, ExtensionUris.Mid), (Offered.AudioLevel, ExtensionUris.AudioLevel), (Offered.TransportCc, ExtensionUris.TransportCc)]);
        sdp.Append($"a=ssrc:{speaker.AudioSsrc} cname:load\r\n");
        if (!speaker.HasCamera) return sdp.ToString();
        Section(sdp, speaker, "video", "1", Publisher.VideoPayloadType, "sendonly", "actpass",
            [(Offered.Mid, ExtensionUris.Mid), (Offered.Rid, ExtensionUris.Rid), (Offered.TransportCc, ExtensionUris.TransportCc)]);
        return sdp.Append("a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n").ToString();
    }

    /// <summary>Takes everything, by the offer's payload types and ids.</summary>
    public static string Answer(Viewer viewer, RemoteSdp offer, bool hasFeedback)
    {
        var sdp = Session(viewer, [.. offer.Sections.Select(section => section.Mid)]);
        foreach (var section in offer.Sections)
        {
            Section(sdp, viewer, section.Kind, section.Mid, section.PayloadTypes[section.Kind == "audio" ? "opus" : "vp8"], "recvonly", "active",
                [.. section.Extensions.Where(each => each.Key == ExtensionUris.Mid || (hasFeedback && each.Key == ExtensionUris.TransportCc)).Select(each => (each.Value, each.Key))]);
        }

        return sdp.ToString();
    }

    private static StringBuilder Session(VirtualClient client, string[] mids) => new StringBuilder()
        .Append($"v=0\r\no=- {client.Credentials.UfragKey >> 2} 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")
        .Append($"a=group:BUNDLE {string.Join(' ', mids)}\r\na=msid-semantic: WMS *\r\n");

    private static void Section(
        StringBuilder sdp, VirtualClient client, string kind, string mid, int payloadType, string direction, string setup, IReadOnlyList<(int Id, string Uri)> extensions)
    {
        var candidate = Candidate.ForHost(Address.From(client.Socket.LocalEndPoint));
        sdp.Append($"m={kind} {candidate.Port} UDP/TLS/RTP/SAVPF {payloadType}\r\nc=IN IP4 {candidate.Host}\r\na={candidate}\r\na=end-of-candidates\r\n")
            .Append($"a=ice-ufrag:{client.Credentials.Ufrag}\r\na=ice-pwd:{client.Credentials.Password}\r\na=fingerprint:{client.Fingerprint}\r\na=setup:{setup}\r\n")
            .Append($"a=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\na=rtcp-rsize\r\n");
        foreach (var (id, uri) in extensions) sdp.Append($"a=extmap:{id} {uri}\r\n");
        if (kind == "audio")
        {
            sdp.Append($"a=rtpmap:{payloadType} opus/48000/2\r\na=fmtp:{payloadType} minptime=10;useinbandfec=1\r\na=rtcp-fb:{payloadType} transport-cc\r\n");
        }
        else
        {
            sdp.Append($"a=rtpmap:{payloadType} VP8/90000\r\na=rtcp-fb:{payloadType} transport-cc\r\na=rtcp-fb:{payloadType} ccm fir\r\n")
                .Append($"a=rtcp-fb:{payloadType} nack\r\na=rtcp-fb:{payloadType} nack pli\r\n");
        }
    }
}
