using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace RtcHub.Rtc.Sdp;

/// <summary>
/// Text to model (RFC 8866 section 5 and the attributes of RFC 8829). Lenient where implementations differ (line ends, order of
/// attributes, attributes that it does not know), strict where something else would be understood. Never throws.
/// </summary>
internal sealed class SdpReader
{
    public const int MaxLength = 256 * 1024;
    private const int MaxLine = 16 * 1024;
    private const int MaxSections = 256;
    private const int MaxItems = 1_024;
    private const int ShownLength = 80;

    private readonly string[] _lines;
    private readonly List<SdpSectionReader> _sections = [];
    private readonly SdpSectionReader _session = new("", 0, "", []);
    private SdpError? _error;
    private string _id = "1";
    private ulong _version = 1;
    private bool _isIceLite;
    private string[] _bundle = [];
    private int _items;

    private SdpReader(string text) => _lines = text.Split('\n');

    public static bool TryRead(string? text, [NotNullWhen(true)] out SessionDescription? description, [NotNullWhen(false)] out SdpError? error)
    {
        description = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            error = new SdpError(SdpErrorCode.Syntax, 0, "", "There is no SDP.");
            return false;
        }

        if (text.Length > MaxLength)
        {
            error = new SdpError(SdpErrorCode.TooLarge, 0, "", $"An SDP of {text.Length} characters is more than the {MaxLength} that are read.");
            return false;
        }

        var reader = new SdpReader(text);
        for (var number = 1; number <= reader._lines.Length && reader._error is null; number++) reader.Read(number, reader._lines[number - 1].TrimEnd('\r'));
        error = reader._error;
        if (error is not null) return false;
        description = new SessionDescription
        {
            SessionId = reader._id,
            Version = reader._version,
            IsIceLite = reader._isIceLite,
            Bundle = reader._bundle,
            Media = [.. reader._sections.Select(section => section.Build(reader._session))],
        };
        return true;
    }

    private void Read(int number, string line)
    {
        if (line.Length == 0) return; // At the end, or between sections where people edited by hand.
        if (line.Length > MaxLine) Fail(SdpErrorCode.TooLarge, number, line, $"A line has {MaxLine} characters at most.");
        else if (line.Length < 2 || line[1] != '=' || !char.IsAsciiLetterLower(line[0])) Fail(SdpErrorCode.Syntax, number, line, "A line is a letter, '=' and a value.");
        else if (number == 1 && line != "v=0") Fail(SdpErrorCode.Syntax, number, line, "A description begins with v=0.");
        else if (++_items > MaxItems * 16) Fail(SdpErrorCode.TooLarge, number, line, "That is more lines than a description needs.");
        else Take(number, line, line[0], line[2..]);
    }

    private void Take(int number, string line, char type, string value)
    {
        switch (type)
        {
            case 'o':
                // o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>
                if (value.Split(' ') is not [_, var id, var version, _, _, _] || !ulong.TryParse(version, CultureInfo.InvariantCulture, out _version))
                    Fail(SdpErrorCode.Value, number, line, "The origin is a name, two numbers and an address.");
                else _id = id;
                break;
            case 'm':
                if (value.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var kind, var port, var protocol, .. var formats] || !TryPort(port, out var at))
                    Fail(SdpErrorCode.Value, number, line, "A media line is a kind, a port, a protocol and formats.");
                else if (_sections.Count == MaxSections) Fail(SdpErrorCode.TooLarge, number, line, $"A description has {MaxSections} media sections at most.");
                else _sections.Add(new SdpSectionReader(kind, at, protocol, formats));
                break;
            case 'a':
                var colon = value.IndexOf(':', StringComparison.Ordinal);
                var (name, rest) = colon < 0 ? (value, "") : (value[..colon], value[(colon + 1)..].Trim());
                if (_sections.Count == 0 && name == "group" && rest.StartsWith("BUNDLE", StringComparison.Ordinal))
                    _bundle = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
                else if (_sections.Count == 0 && name == "ice-lite") _isIceLite = true;
                else if ((_sections.Count == 0 ? _session : _sections[^1]).Take(name, rest) is { } why) Fail(SdpErrorCode.Value, number, line, why);
                break;
        }
    }

    // <port>/<number of ports> is of old times; the number is 1 where anybody writes it.
    private static bool TryPort(string text, out int port) =>
        int.TryParse(text.Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue;

    private void Fail(SdpErrorCode code, int number, string line, string why) =>
        _error ??= new SdpError(code, number, line.Length > ShownLength ? line[..ShownLength] + "..." : line, why);
}
