using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace RtcHub.Rtc.Sdp;

/// <summary>Descriptions as text (RFC 8866), and fragments of them (RFC 8840).</summary>
public static class SdpText
{
    /// <summary>False, with the line that is at fault, when it cannot be understood.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SessionDescription? description, [NotNullWhen(false)] out SdpError? error) =>
        SdpReader.TryRead(text, out description, out error);

    /// <summary>
    /// A fragment of trickle ICE: credentials and candidates, with or without media lines (RFC 8840 section 9). What stands
    /// before the first media line holds for all.
    /// </summary>
    public static bool TryParseFragment(string? text, [NotNullWhen(true)] out SdpMedia? fragment, [NotNullWhen(false)] out SdpError? error)
    {
        fragment = null;
        // Candidates may come before any media line; one in front makes the session's attributes a section's.
        if (!SdpReader.TryRead("v=0\nm=audio 9 RTP/AVP 0\n" + text, out var description, out error))
        {
            error = error with { Line = Math.Max(0, error.Line - 2) };
            return false;
        }

        var named = description.Media.FirstOrDefault(media => media.IceUfrag.Length > 0) ?? description.Media[0];
        fragment = named with { Candidates = [.. description.Media.SelectMany(media => media.Candidates)], EndOfCandidates = description.Media.Any(media => media.EndOfCandidates) };
        return true;
    }

    /// <summary>The whole text, with CRLF.</summary>
    public static string Write(SessionDescription description)
    {
        var text = new StringBuilder(2_048);
        Line(text, "v=0");
        Line(text, $"o=- {description.SessionId} {description.Version} IN IP4 0.0.0.0");
        Line(text, "s=-");
        Line(text, "t=0 0");
        if (description.Bundle.Count > 0) Line(text, $"a=group:BUNDLE {string.Join(' ', description.Bundle)}");
        if (description.IsIceLite) Line(text, "a=ice-lite");
        Line(text, "a=extmap-allow-mixed");
        Line(text, "a=msid-semantic: WMS *");
        foreach (var media in description.Media) Write(text, media);
        return text.ToString();
    }

    /// <summary>A fragment with credentials and candidates.</summary>
    public static string WriteFragment(SdpMedia media)
    {
        var text = new StringBuilder(512);
        Ice(text, media);
        return text.ToString();
    }

    private static void Write(StringBuilder text, SdpMedia media)
    {
        Line(text, $"m={media.Kind} {media.Port} {media.Protocol} {string.Join(' ', media.Formats)}");
        Line(text, "c=IN IP4 0.0.0.0");
        if (media.Mid.Length > 0) Line(text, $"a=mid:{media.Mid}");
        Line(text, media.Direction switch
        {
            SdpDirection.SendOnly => "a=sendonly",
            SdpDirection.RecvOnly => "a=recvonly",
            SdpDirection.Inactive => "a=inactive",
            _ => "a=sendrecv",
        });
        if (media.Port == 0) return;
        Ice(text, media);
        if (media.Fingerprint.Length > 0) Line(text, $"a=fingerprint:{media.Fingerprint}");
        if (media.Setup.Length > 0) Line(text, $"a=setup:{media.Setup}");
        if (media.RtcpMux) Line(text, "a=rtcp-mux");
        if (media.RtcpReducedSize) Line(text, "a=rtcp-rsize");
        foreach (var extension in media.Extensions) Line(text, $"a=extmap:{extension.Id} {extension.Uri}");
        foreach (var codec in media.Codecs) Write(text, codec);
        foreach (var rid in media.Rids) Line(text, $"a=rid:{rid.Id} {(rid.IsSent ? "send" : "recv")}");
        Simulcast(text, media.Rids);
        if (media.Msid is not null) Line(text, $"a=msid:{media.Msid}");
        foreach (var source in media.Sources.Where(source => source.RepairedBy != 0)) Line(text, $"a=ssrc-group:FID {source.Ssrc} {source.RepairedBy}");
        foreach (var source in media.Sources)
        {
            Source(text, source.Ssrc, source.Cname, media.Msid);
            if (source.RepairedBy != 0) Source(text, source.RepairedBy, source.Cname, media.Msid);
        }
    }

    private static void Ice(StringBuilder text, SdpMedia media)
    {
        if (media.IceUfrag.Length > 0) Line(text, $"a=ice-ufrag:{media.IceUfrag}");
        if (media.IcePassword.Length > 0) Line(text, $"a=ice-pwd:{media.IcePassword}");
        foreach (var candidate in media.Candidates) Line(text, $"a={candidate}");
        if (media.EndOfCandidates) Line(text, "a=end-of-candidates");
    }

    private static void Write(StringBuilder text, SdpCodec codec)
    {
        Line(text, $"a=rtpmap:{codec.PayloadType} {codec.Name}/{codec.ClockRate}{(codec.Channels > 0 ? $"/{codec.Channels}" : "")}");
        if (codec.Parameters.Length > 0) Line(text, $"a=fmtp:{codec.PayloadType} {codec.Parameters}");
        foreach (var feedback in codec.Feedback) Line(text, $"a=rtcp-fb:{codec.PayloadType} {feedback}");
    }

    private static void Simulcast(StringBuilder text, IReadOnlyList<SdpRid> rids)
    {
        var (sent, received) = (rids.Where(rid => rid.IsSent).Select(rid => rid.Id).ToArray(), rids.Where(rid => !rid.IsSent).Select(rid => rid.Id).ToArray());
        if (sent.Length + received.Length == 0) return;
        var send = sent.Length > 0 ? $"send {string.Join(';', sent)}" : "";
        var receive = received.Length > 0 ? $"recv {string.Join(';', received)}" : "";
        Line(text, $"a=simulcast:{send}{(send.Length > 0 && receive.Length > 0 ? " " : "")}{receive}");
    }

    private static void Source(StringBuilder text, uint ssrc, string cname, string? msid)
    {
        Line(text, $"a=ssrc:{ssrc} cname:{(cname.Length > 0 ? cname : "-")}");
        if (msid is not null) Line(text, $"a=ssrc:{ssrc} msid:{msid}");
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append("\r\n");
}
