using System.Text;

namespace RtcHub.Rtc.Sdp;

/// <summary>Model to text, in the order that browsers write.</summary>
internal sealed class SdpWriter
{
    private readonly StringBuilder _text = new(4096);

    public override string ToString() => _text.ToString();

    public void Add(SessionDescription description)
    {
        Line("v=0");
        Line($"o={description.Username} {description.SessionId} {description.Version} IN IP4 127.0.0.1");
        Line("s=-");
        Line("t=0 0");
        if (description.Bundle.Count > 0) Line($"a=group:BUNDLE {Words(description.Bundle)}");
        if (description.IsIceLite) Line("a=ice-lite");
        if (description.ExtmapAllowMixed) Line("a=extmap-allow-mixed");
        if (description.MsidSemantic.Length > 0) Line($"a=msid-semantic: {description.MsidSemantic}");
        foreach (var media in description.Media) Add(media);
    }

    // The media lines are no more than separators: RFC 8840 section 9 fixes all of them but the kind.
    public void Add(SdpFragment fragment)
    {
        if (fragment.IsIceLite) Line("a=ice-lite");
        if (fragment.IceOptions.Count > 0) Line($"a=ice-options:{Words(fragment.IceOptions)}");
        if (fragment.Bundle.Count > 0) Line($"a=group:BUNDLE {Words(fragment.Bundle)}");
        if (fragment.IceUfrag.Length > 0) Line($"a=ice-ufrag:{fragment.IceUfrag}");
        if (fragment.IcePassword.Length > 0) Line($"a=ice-pwd:{fragment.IcePassword}");
        foreach (var media in fragment.Media)
        {
            if (media.Kind.Length > 0) Line($"m={media.Kind} 9 RTP/AVP 0");
            if (media.Mid.Length > 0) Line($"a=mid:{media.Mid}");
            AddCandidates(media.Candidates, media.EndOfCandidates);
        }
    }

    private void Add(SdpMedia media)
    {
        var formats = media.Codecs.Select(codec => codec.PayloadType.ToString()).Concat(media.OtherFormats);
        Line($"m={media.Kind} {media.Port} {media.Protocol} {Words(formats)}");
        Line("c=IN IP4 0.0.0.0");
        foreach (var bandwidth in media.Bandwidths) Line($"b={bandwidth.Type}:{bandwidth.Value}");
        AddTransport(media);
        if (media.Mid.Length > 0) Line($"a=mid:{media.Mid}");
        if (media.BundleOnly) Line("a=bundle-only");
        foreach (var extension in media.Extensions) Add(extension);
        if (media.ExtmapAllowMixed) Line("a=extmap-allow-mixed");
        Line($"a={NameOf(media.Direction)}");
        foreach (var msid in media.Msids) Line($"a=msid:{Text(msid)}");
        if (media.RtcpMux) Line("a=rtcp-mux");
        if (media.RtcpMuxOnly) Line("a=rtcp-mux-only");
        if (media.RtcpReducedSize) Line("a=rtcp-rsize");
        foreach (var codec in media.Codecs) Add(codec);
        if (media.PacketTime > 0) Line($"a=ptime:{media.PacketTime}");
        if (media.MaxPacketTime > 0) Line($"a=maxptime:{media.MaxPacketTime}");
        AddLayers(media);
        foreach (var group in media.SourceGroups) Line($"a=ssrc-group:{group.Semantics} {Words(group.Ssrcs)}");
        foreach (var source in media.Sources) Add(source);
    }

    private void AddTransport(SdpMedia media)
    {
        if (media.IceUfrag.Length > 0) Line($"a=ice-ufrag:{media.IceUfrag}");
        if (media.IcePassword.Length > 0) Line($"a=ice-pwd:{media.IcePassword}");
        if (media.IceOptions.Count > 0) Line($"a=ice-options:{Words(media.IceOptions)}");
        AddCandidates(media.Candidates, media.EndOfCandidates);
        foreach (var fingerprint in media.Fingerprints) Line($"a=fingerprint:{fingerprint}");
        if (media.Setup != SdpSetup.Unspecified) Line($"a=setup:{NameOf(media.Setup)}");
    }

    private void AddCandidates(SdpList<string> candidates, bool isEnd)
    {
        foreach (var candidate in candidates) Line($"a={candidate}");
        if (isEnd) Line("a=end-of-candidates");
    }

    private void Add(SdpExtension extension)
    {
        var direction = extension.Direction == SdpDirection.SendRecv ? "" : $"/{NameOf(extension.Direction)}";
        Line($"a=extmap:{extension.Id}{direction} {extension.Uri}");
    }

    private void Add(SdpCodec codec)
    {
        Line($"a=rtpmap:{codec.PayloadType} {codec.Name}/{codec.ClockRate}{(codec.Channels > 0 ? $"/{codec.Channels}" : "")}");
        foreach (var feedback in codec.Feedback) Line($"a=rtcp-fb:{codec.PayloadType} {feedback}");
        if (codec.Parameters.Length > 0) Line($"a=fmtp:{codec.PayloadType} {codec.Parameters}");
    }

    private void AddLayers(SdpMedia media)
    {
        foreach (var rid in media.Rids)
            Line($"a=rid:{rid.Id} {(rid.IsSent ? "send" : "recv")}{(rid.Restrictions.Length > 0 ? " " : "")}{rid.Restrictions}");
        if (media.Simulcast is not { } simulcast) return;
        var sides = new List<string>();
        if (simulcast.Send.Count > 0) sides.Add($"send {Text(simulcast.Send)}");
        if (simulcast.Receive.Count > 0) sides.Add($"recv {Text(simulcast.Receive)}");
        Line($"a=simulcast:{Words(sides)}");
    }

    private void Add(SdpSource source)
    {
        if (source is { Cname: "", Msid: null }) Line($"a=ssrc:{source.Ssrc}");
        if (source.Cname.Length > 0) Line($"a=ssrc:{source.Ssrc} cname:{source.Cname}");
        if (source.Msid is { } msid) Line($"a=ssrc:{source.Ssrc} msid:{Text(msid)}");
    }

    private static string Text(SdpMsid msid) => msid.Track.Length > 0 ? $"{msid.Stream} {msid.Track}" : msid.Stream;

    private static string Text(SdpList<SdpLayer> layers) =>
        string.Join(';', layers.Select(layer => string.Join(',', layer.Choices.Select(choice => choice.IsPaused ? $"~{choice.Rid}" : choice.Rid))));

    private static string NameOf(SdpDirection direction) => direction switch
    {
        SdpDirection.SendOnly => "sendonly",
        SdpDirection.RecvOnly => "recvonly",
        SdpDirection.SendRecv => "sendrecv",
        _ => "inactive",
    };

    private static string NameOf(SdpSetup setup) => setup switch
    {
        SdpSetup.ActPass => "actpass",
        SdpSetup.Active => "active",
        SdpSetup.Passive => "passive",
        _ => "holdconn",
    };

    private static string Words<T>(IEnumerable<T> words) => string.Join(' ', words);

    // Names of people end up here (cname): whatever a caller lets through, a value cannot become a line.
    private void Line(string line)
    {
        if (line.AsSpan().ContainsAny('\r', '\n')) throw new ArgumentException("A value of a description has a line end in it.");
        _text.Append(line).Append("\r\n");
    }
}
