using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace RtcHub.Rtc.Sdp;

/// <summary>What is wrong with a line; the default is nothing.</summary>
internal readonly record struct SdpFault(SdpErrorCode Code, string? Why)
{
    public static implicit operator SdpFault(string why) => new(SdpErrorCode.Value, why);
}

/// <summary>
/// Text to model (RFC 8866 section 5, and the attributes of RFC 9429). Lenient where implementations differ: line ends, the order
/// of lines, what it does not know. Strict where otherwise something would be understood that was not said.
/// </summary>
internal sealed class SdpReader
{
    private readonly List<SdpSectionReader> _sections = [];
    private readonly SdpSectionReader _session;
    private readonly bool _isFragment;
    private string? _username;
    private string _id = "";
    private ulong _version;
    private bool _isIceLite;
    private SdpList<string>? _bundle;
    private string _msidSemantic = "";

    private SdpReader(bool isFragment)
    {
        _isFragment = isFragment;
        _session = SdpSectionReader.OfSession();
    }

    public static bool TryRead(string? text, [NotNullWhen(true)] out SessionDescription? description, [NotNullWhen(false)] out SdpError? error)
    {
        var reader = new SdpReader(isFragment: false);
        description = reader.TryRead(text, out error) ? reader.Build() : null;
        return description is not null;
    }

    public static bool TryReadFragment(string? text, [NotNullWhen(true)] out SdpFragment? fragment, [NotNullWhen(false)] out SdpError? error)
    {
        var reader = new SdpReader(isFragment: true);
        fragment = reader.TryRead(text, out error) ? reader.BuildFragment() : null;
        return fragment is not null;
    }

    private bool TryRead(ReadOnlySpan<char> text, [NotNullWhen(false)] out SdpError? error)
    {
        var number = 1;
        var fault = CheckWhole(text);
        ReadOnlySpan<char> line = [];
        if (fault.Why is null)
        {
            for (var rest = text.TrimEnd("\r\n"); ; number++)
            {
                var end = rest.IndexOf('\n');
                line = (end < 0 ? rest : rest[..end]).TrimEnd('\r');
                fault = Read(number, line);
                if (fault.Why is not null || end < 0) break;
                rest = rest[(end + 1)..];
            }

            // Whoever forgot it has no line for it: it is missed where the text ends.
            if (fault.Why is null && !_isFragment && _username is null) fault = NoOrigin;
        }

        error = fault.Why is null ? null : new SdpError(fault.Code, number, line[..Math.Min(line.Length, SdpError.MaxText)].ToString(), fault.Why);
        return error is null;
    }

    private static readonly SdpFault NoOrigin = new(SdpErrorCode.Syntax, "The origin (o=) is missing.");

    private static SdpFault CheckWhole(ReadOnlySpan<char> text)
    {
        if (text.IsWhiteSpace()) return new SdpFault(SdpErrorCode.Syntax, "There is no SDP.");
        if (text.Length > SdpText.MaxLength) return new SdpFault(SdpErrorCode.TooLarge, $"An SDP of {text.Length} characters is more than the {SdpText.MaxLength} that are read.");
        return default;
    }

    private SdpFault Read(int number, ReadOnlySpan<char> line)
    {
        if (line.Length > SdpText.MaxLineLength) return new SdpFault(SdpErrorCode.TooLarge, $"A line has {SdpText.MaxLineLength} characters at most.");
        // Nothing that is echoed may smuggle in a line end or a terminal's escape.
        if (line.ContainsAnyInRange('\0', '\b') || line.ContainsAnyInRange('\n', '\x1F')) return new SdpFault(SdpErrorCode.Syntax, "A line has no control characters.");
        if (number == 1 && !_isFragment && line is not "v=0") return new SdpFault(SdpErrorCode.Syntax, "A description begins with v=0.");
        if (line.IsEmpty) return default; // Between sections, where people edited by hand.
        if (line.Length < 2 || line[1] != '=' || !char.IsAsciiLetterLower(line[0])) return new SdpFault(SdpErrorCode.Syntax, "A line is a small letter, '=' and a value.");
        var value = line[2..];
        return line[0] switch
        {
            'o' => TakeOrigin(value),
            'm' => TakeMedia(value),
            'a' => TakeAttribute(value),
            'b' => Current.TakeBandwidth(value),
            _ => default,
        };
    }

    private SdpSectionReader Current => _sections.Count == 0 ? _session : _sections[^1];

    // o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>
    private SdpFault TakeOrigin(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (!words.TryNext(out var username) || !words.TryNext(out var id) || !words.TryNext(out var version) || words.IsAtEnd
            || id.ContainsAnyExceptInRange('0', '9') || !ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return "The origin is a name, two numbers and an address.";
        if (_username is not null) return Said("The origin");
        (_username, _id, _version) = (username.ToString(), id.ToString(), number);
        return default;
    }

    // m=<media> <port>[/<number of ports>] <proto> <fmt> ...
    private SdpFault TakeMedia(ReadOnlySpan<char> value)
    {
        if (!_isFragment && _username is null) return NoOrigin;
        var words = new SdpWords(value);
        if (!words.TryNext(out var kind) || !words.TryNext(out var port) || !words.TryNext(out var protocol) || words.IsAtEnd || !SdpWords.IsToken(kind, 64))
            return "A media line is a kind, a port, a protocol and formats.";
        if (port.IndexOf('/') is > 0 and var slash) port = port[..slash];
        if (!SdpWords.TryNumber(port, out var number) || number > ushort.MaxValue) return "A port is a number from 0 to 65535.";
        if (_sections.Count == SdpText.MaxMedia) return new SdpFault(SdpErrorCode.TooLarge, $"A description has {SdpText.MaxMedia} media sections at most.");
        var section = new SdpSectionReader(kind.ToString(), number, protocol.ToString());
        _sections.Add(section);
        return section.TakeFormats(words.Rest);
    }

    private SdpFault TakeAttribute(ReadOnlySpan<char> attribute)
    {
        var colon = attribute.IndexOf(':');
        var name = colon < 0 ? attribute : attribute[..colon];
        var value = colon < 0 ? [] : attribute[(colon + 1)..].Trim(' ');
        if (_sections.Count == 0)
        {
            switch (name)
            {
                case "ice-lite": _isIceLite = true; return default;
                case "msid-semantic": _msidSemantic = value.ToString(); return default;
                case "group": return TakeGroup(value);
            }
        }

        // One transport has one set of credentials, wherever it is said.
        return (_isFragment && name is ("ice-ufrag" or "ice-pwd" or "ice-options") ? _session : Current).Take(name, value);
    }

    private SdpFault TakeGroup(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (!words.TryNext(out var semantics)) return "A group is a kind and mids.";
        if (semantics is not "BUNDLE" || _bundle is not null) return default;
        var mids = new List<string>();
        while (words.TryNext(out var mid))
        {
            if (mids.Count == SdpText.MaxMedia) return new SdpFault(SdpErrorCode.TooLarge, $"A group has {SdpText.MaxMedia} mids at most.");
            if (!SdpWords.IsToken(mid, SdpText.MaxMid)) return SdpSectionReader.BadMid;
            mids.Add(mid.ToString());
        }

        _bundle = [.. mids];
        return default;
    }

    internal static SdpFault Said(string what) => new(SdpErrorCode.Contradiction, $"{what} was said before, and otherwise.");

    private SessionDescription Build() => new()
    {
        Username = _username!,
        SessionId = _id,
        Version = _version,
        IsIceLite = _isIceLite,
        Bundle = _bundle ?? [],
        MsidSemantic = _msidSemantic,
        ExtmapAllowMixed = _session.ExtmapAllowMixed,
        Media = [.. _sections.Select(section => section.Build(_session))],
    };

    private SdpFragment BuildFragment()
    {
        var sections = _session.HasCandidates ? _sections.Prepend(_session) : _sections;
        return _session.BuildFragment() with
        {
            IsIceLite = _isIceLite,
            Bundle = _bundle ?? [],
            Media = [.. sections.Select(section => section.BuildFragmentMedia())],
        };
    }
}
