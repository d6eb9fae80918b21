using System.Globalization;

namespace RtcHub.Rtc.Sdp;

/// <summary>Collects the attributes of one section, or of the session.</summary>
internal sealed class SdpSectionReader(string kind, int port, string protocol, string[] formats)
{
    private const int Max = 1_024;

    private readonly Dictionary<byte, SdpCodec> _codecs = [];
    private readonly List<(string Format, string Value)> _feedback = [];
    private readonly Dictionary<byte, string> _parameters = [];
    private readonly List<SdpExtension> _extensions = [];
    private readonly List<SdpRid> _rids = [];
    private readonly List<uint> _sources = [];
    private readonly Dictionary<uint, string> _cnames = [];
    private readonly Dictionary<uint, uint> _repairs = [];
    private readonly List<string> _candidates = [];
    private string[] _layers = [];
    private string? _mid, _msid, _ufrag, _password, _fingerprint, _setup;
    private SdpDirection? _direction;
    private bool _mux, _reducedSize, _end;

    /// <summary>Takes an attribute; a sentence when its value is none, null when it is fine or not of interest.</summary>
    public string? Take(string name, string value)
    {
        switch (name)
        {
            case "mid": return Set(ref _mid, value, 1, 64, "A mid has 1 to 64 characters.");
            case "msid": _msid = value; return null;
            case "ice-ufrag": return Set(ref _ufrag, value, 4, 256, "An ICE ufrag has 4 to 256 characters.");
            case "ice-pwd": return Set(ref _password, value, 22, 256, "An ICE password has 22 to 256 characters.");
            case "fingerprint": return TakeFingerprint(value);
            case "setup":
                _setup = value;
                return value is "actpass" or "active" or "passive" or "holdconn" ? null : "setup is actpass, active, passive or holdconn.";
            case "candidate": return Add(_candidates, "candidate:" + value);
            case "end-of-candidates": _end = true; return null;
            case "sendrecv": _direction = SdpDirection.SendRecv; return null;
            case "sendonly": _direction = SdpDirection.SendOnly; return null;
            case "recvonly": _direction = SdpDirection.RecvOnly; return null;
            case "inactive": _direction = SdpDirection.Inactive; return null;
            case "rtcp-mux": _mux = true; return null;
            case "rtcp-rsize": _reducedSize = true; return null;
            case "rtpmap": return TakeCodec(value);
            case "fmtp": return TakeParameters(value);
            case "rtcp-fb":
                return value.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries) is [var format, var feedback] ? Add(_feedback, (format, feedback.Trim())) : "rtcp-fb is a payload type and what is wanted.";
            case "extmap": return TakeExtension(value);
            case "rid": return TakeRid(value);
            case "simulcast": return TakeSimulcast(value);
            case "ssrc": return TakeSource(value);
            case "ssrc-group": return TakeGroup(value);
            default: return null;
        }
    }

    public SdpMedia Build(SdpSectionReader session)
    {
        var rids = _layers.Length == 0 ? _rids : [.. _layers.SelectMany(layer => _rids.Where(rid => rid.Id == layer)), .. _rids.Where(rid => !_layers.Contains(rid.Id))];
        return new SdpMedia
        {
            Kind = kind,
            Port = port,
            Protocol = protocol,
            Formats = formats,
            Mid = _mid ?? "",
            Direction = _direction ?? session._direction ?? SdpDirection.SendRecv,
            Codecs = [.. formats.Select(CodecOf).OfType<SdpCodec>()],
            Extensions = [.. session._extensions, .. _extensions],
            RtcpMux = _mux,
            RtcpReducedSize = _reducedSize,
            Msid = _msid,
            Sources = [.. _sources.Where(ssrc => !_repairs.ContainsValue(ssrc)).Select(ssrc => new SdpSource(ssrc, _cnames.GetValueOrDefault(ssrc, ""), _repairs.GetValueOrDefault(ssrc)))],
            Rids = rids,
            IceUfrag = _ufrag ?? session._ufrag ?? "",
            IcePassword = _password ?? session._password ?? "",
            Candidates = _candidates,
            EndOfCandidates = _end || session._end,
            Fingerprint = _fingerprint ?? session._fingerprint ?? "",
            Setup = _setup ?? session._setup ?? "",
        };
    }

    private SdpCodec? CodecOf(string format)
    {
        if (!byte.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out var type) || !_codecs.TryGetValue(type, out var codec)) return null;
        return codec with
        {
            Parameters = _parameters.GetValueOrDefault(type, ""),
            Feedback = [.. _feedback.Where(each => each.Format == format || each.Format == "*").Select(each => each.Value)],
        };
    }

    private string? TakeCodec(string value)
    {
        const string Why = "rtpmap is a payload type from 0 to 127, then name/clock or name/clock/channels.";
        if (value.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries) is not [var number, var encoding] || !TryPayloadType(number, out var type)) return Why;
        var parts = encoding.Trim().Split('/');
        if (parts.Length is < 2 or > 3 || parts[0].Length is 0 or > 64) return Why;
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var clock) || clock == 0) return Why;
        var channels = 0;
        if (parts.Length == 3 && !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out channels)) return Why;
        _codecs[type] = new SdpCodec(type, parts[0], clock, channels);
        return null;
    }

    private string? TakeParameters(string value)
    {
        if (value.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries) is not [var number, var parameters] || !TryPayloadType(number, out var type))
            return "fmtp is a payload type and parameters.";
        _parameters[type] = parameters.Trim();
        return null;
    }

    private string? TakeFingerprint(string value)
    {
        var parts = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 2 || parts[1].Length < 2 || !parts[1].All(c => char.IsAsciiHexDigit(c) || c == ':')) return "A fingerprint is a hash function and pairs of hex digits with colons.";
        // Several may be given (RFC 8122 section 5); one that matches is enough, and SHA-256 is what everybody has.
        if (_fingerprint is null || parts[0].Equals("sha-256", StringComparison.OrdinalIgnoreCase)) _fingerprint = $"{parts[0]} {parts[1]}";
        return null;
    }

    private string? TakeExtension(string value)
    {
        // <id>["/"<direction>] <uri> [attributes]
        var parts = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2 || !int.TryParse(parts[0].Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id is < 1 or > 255)
            return "extmap is an id from 1 to 255 and a URI.";
        return Add(_extensions, new SdpExtension(id, parts[1]));
    }

    private string? TakeRid(string value)
    {
        if (value.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var id, ("send" or "recv") and var direction, ..] || id.Length > 16 || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            return "rid is 1 to 16 letters and digits, then send or recv.";
        return Add(_rids, new SdpRid(id, direction == "send"));
    }

    // simulcast:send 1;2,3;~4 recv 5: alternatives stand behind commas, paused layers behind tildes.
    private string? TakeSimulcast(string value)
    {
        var parts = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is not (2 or 4) || parts[0] is not ("send" or "recv")) return "simulcast is send or recv and a list of rids.";
        _layers = [.. parts.Where((_, i) => i % 2 == 1).SelectMany(list => list.Split(';', ',')).Select(layer => layer.TrimStart('~'))];
        return null;
    }

    private string? TakeSource(string value)
    {
        var parts = value.Split(' ', 2);
        if (!uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ssrc)) return "ssrc is a number below 2^32.";
        if (_sources.Count < Max && !_sources.Contains(ssrc)) _sources.Add(ssrc);
        if (parts.Length == 2 && parts[1].StartsWith("cname:", StringComparison.Ordinal)) _cnames[ssrc] = parts[1]["cname:".Length..].Trim();
        return null;
    }

    private string? TakeGroup(string value)
    {
        var parts = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) return "ssrc-group is a semantics and sources.";
        if (parts[0] != "FID") return null;
        if (parts is not [_, var first, var second]
            || !uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var source) || !uint.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var repair))
            return "A group of FID has two sources.";
        if (_repairs.Count < Max) _repairs[source] = repair;
        if (_sources.Count < Max && !_sources.Contains(source)) _sources.Add(source);
        return null;
    }

    private static bool TryPayloadType(string text, out byte type) => byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out type) && type < 128;

    private static string? Set(ref string? field, string value, int shortest, int longest, string why)
    {
        if (value.Length < shortest || value.Length > longest || value.Any(char.IsWhiteSpace)) return why;
        field = value;
        return null;
    }

    private static string? Add<T>(List<T> list, T item)
    {
        if (list.Count >= Max) return "There are too many of these.";
        list.Add(item);
        return null;
    }
}
