namespace RtcHub.Rtc.Sdp;

/// <summary>Collects the attributes of one section, or those of the session that hold for all sections.</summary>
internal sealed class SdpSectionReader(string kind, int port, string protocol)
{
    public static readonly SdpFault BadMid = $"A mid is a token of 1 to {SdpText.MaxMid} characters.";

    private readonly SdpCodecReader _codecs = new();
    private readonly SdpSourceReader _sources = new();
    private readonly SdpLayerReader _layers = new();
    private readonly List<SdpExtension> _extensions = [];
    private readonly List<SdpMsid> _msids = [];
    private readonly List<string> _iceOptions = [];
    private readonly List<string> _candidates = [];
    private readonly List<string> _fingerprints = [];
    private readonly List<SdpBandwidth> _bandwidths = [];
    private string? _mid, _ufrag, _password;
    private SdpDirection? _direction;
    private SdpSetup? _setup;
    private bool _mux, _muxOnly, _reducedSize, _bundleOnly, _end;
    private int _packetTime, _maxPacketTime;

    public bool ExtmapAllowMixed { get; private set; }

    public bool HasCandidates => _candidates.Count > 0 || _end;

    public static SdpSectionReader OfSession() => new("", 0, "");

    public SdpFault TakeFormats(ReadOnlySpan<char> formats) => _codecs.TakeFormats(formats, isRtp: protocol.Contains("RTP/", StringComparison.Ordinal));

    /// <summary>Takes an attribute; the default when its value is fine, or of no interest.</summary>
    public SdpFault Take(ReadOnlySpan<char> name, ReadOnlySpan<char> value) => name switch
    {
        "mid" => SdpWords.IsToken(value, SdpText.MaxMid) ? Once(ref _mid, value, "The mid") : BadMid,
        "sendrecv" => Once(ref _direction, SdpDirection.SendRecv, "The direction"),
        "sendonly" => Once(ref _direction, SdpDirection.SendOnly, "The direction"),
        "recvonly" => Once(ref _direction, SdpDirection.RecvOnly, "The direction"),
        "inactive" => Once(ref _direction, SdpDirection.Inactive, "The direction"),
        "rtpmap" => _codecs.TakeCodec(value),
        "fmtp" => _codecs.TakeParameters(value),
        "rtcp-fb" => _codecs.TakeFeedback(value),
        "extmap" => TakeExtension(value),
        "extmap-allow-mixed" => Flag(ExtmapAllowMixed = true),
        "rtcp-mux" => Flag(_mux = true),
        "rtcp-mux-only" => Flag(_muxOnly = true),
        "rtcp-rsize" => Flag(_reducedSize = true),
        "bundle-only" => Flag(_bundleOnly = true),
        "msid" => SdpSourceReader.TakeMsid(value, _msids),
        "ssrc" => _sources.TakeSource(value),
        "ssrc-group" => _sources.TakeGroup(value),
        "rid" => _layers.TakeRid(value),
        "simulcast" => _layers.TakeSimulcast(value),
        "ice-ufrag" => SdpWords.IsIce(value, 4) ? Once(ref _ufrag, value, "The ICE ufrag") : "An ICE ufrag is 4 to 256 letters, digits, '+' and '/'.",
        "ice-pwd" => SdpWords.IsIce(value, 22) ? Once(ref _password, value, "The ICE password") : "An ICE password is 22 to 256 letters, digits, '+' and '/'.",
        "ice-options" => TakeIceOptions(value),
        "candidate" => TakeCandidate(value),
        "end-of-candidates" => Flag(_end = true),
        "fingerprint" => TakeFingerprint(value),
        "setup" => TakeSetup(value),
        "ptime" => TakeTime(value, out _packetTime),
        "maxptime" => TakeTime(value, out _maxPacketTime),
        _ => default,
    };

    // b=<bwtype>:<bandwidth>
    public SdpFault TakeBandwidth(ReadOnlySpan<char> value)
    {
        var colon = value.IndexOf(':');
        if (colon < 0 || !SdpWords.IsToken(value[..colon], 64) || !ulong.TryParse(value[(colon + 1)..], out var number)) return "A bandwidth is a type, ':' and a number.";
        return Add(_bandwidths, new SdpBandwidth(value[..colon].ToString(), number));
    }

    public SdpMedia Build(SdpSectionReader session) => new()
    {
        Kind = kind,
        Port = port,
        Protocol = protocol,
        Mid = _mid ?? "",
        Direction = _direction ?? session._direction ?? SdpDirection.SendRecv,
        Codecs = _codecs.Build(out var otherFormats),
        OtherFormats = otherFormats,
        Extensions = [.. session._extensions, .. _extensions],
        ExtmapAllowMixed = ExtmapAllowMixed,
        RtcpMux = _mux,
        RtcpMuxOnly = _muxOnly,
        RtcpReducedSize = _reducedSize,
        BundleOnly = _bundleOnly,
        Msids = [.. _msids],
        Sources = _sources.BuildSources(),
        SourceGroups = _sources.BuildGroups(),
        Rids = _layers.BuildRids(),
        Simulcast = _layers.Simulcast,
        IceUfrag = _ufrag ?? session._ufrag ?? "",
        IcePassword = _password ?? session._password ?? "",
        IceOptions = [.. _iceOptions.Count > 0 ? _iceOptions : session._iceOptions],
        Candidates = [.. _candidates],
        EndOfCandidates = _end || session._end,
        Fingerprints = [.. _fingerprints.Count > 0 ? _fingerprints : session._fingerprints],
        Setup = _setup ?? session._setup ?? SdpSetup.Unspecified,
        Bandwidths = [.. _bandwidths],
        PacketTime = _packetTime,
        MaxPacketTime = _maxPacketTime,
    };

    public SdpFragment BuildFragment() => new() { IceUfrag = _ufrag ?? "", IcePassword = _password ?? "", IceOptions = [.. _iceOptions] };

    public SdpFragmentMedia BuildFragmentMedia() => new(kind, _mid ?? "") { Candidates = [.. _candidates], EndOfCandidates = _end };

    // extmap:<id>["/"<direction>] <uri> [<attributes>]
    private SdpFault TakeExtension(ReadOnlySpan<char> value)
    {
        const string Why = "An extmap is an id from 1 to 255 (or 4096 to 4351), perhaps '/' and a direction, and a URI.";
        var words = new SdpWords(value);
        if (!words.TryNext(out var id) || !words.TryNext(out var uri)) return Why;
        var direction = SdpDirection.SendRecv;
        if (id.IndexOf('/') is > 0 and var slash)
        {
            if (!TryDirection(id[(slash + 1)..], out direction)) return Why;
            id = id[..slash];
        }

        if (!SdpWords.TryNumber(id, out var number) || number is not (>= 1 and <= 255 or >= 4096 and <= 4351)) return Why;
        return Add(_extensions, new SdpExtension(number, uri.ToString(), direction));
    }

    private static bool TryDirection(ReadOnlySpan<char> text, out SdpDirection direction)
    {
        direction = text switch
        {
            "sendonly" => SdpDirection.SendOnly,
            "recvonly" => SdpDirection.RecvOnly,
            "sendrecv" => SdpDirection.SendRecv,
            _ => SdpDirection.Inactive,
        };
        return direction != SdpDirection.Inactive || text is "inactive";
    }

    private SdpFault TakeIceOptions(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        SdpFault fault = default;
        while (fault.Why is null && words.TryNext(out var word))
            if (word.ToString() is var option && !_iceOptions.Contains(option)) fault = Add(_iceOptions, option);
        return fault;
    }

    // RFC 8839 section 5.1. The words up to the type have their place; what they mean is Ice/Candidate's business.
    private SdpFault TakeCandidate(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        for (var i = 0; i < 6; i++) words.TryNext(out _);
        if (!words.TryNext(out var typ) || typ is not "typ" || words.IsAtEnd) return "A candidate is a foundation, component, transport, priority, address, port, 'typ' and its type.";
        return Add(_candidates, $"candidate:{value}");
    }

    private SdpFault TakeFingerprint(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (!words.TryNext(out var function) || !words.TryNext(out var hex) || !words.IsAtEnd) return "A fingerprint is a hash function and pairs of hex digits with ':' between them.";
        var name = function.ToString().ToLowerInvariant();
        var length = name switch { "sha-1" => 20, "sha-256" => 32, "sha-384" => 48, "sha-512" => 64, _ => 0 };
        if (length == 0) return default; // MD5 and MD2 must not be used (RFC 8122 section 5), the others are unknown here.
        for (var i = 0; i < hex.Length; i++)
            if (i % 3 == 2 ? hex[i] != ':' : !char.IsAsciiHexDigit(hex[i])) return "A fingerprint is a hash function and pairs of hex digits with ':' between them.";
        if (hex.Length != length * 3 - 1) return $"A fingerprint by {name} has {length} pairs of hex digits.";
        return Add(_fingerprints, $"{name} {hex.ToString().ToUpperInvariant()}");
    }

    private SdpFault TakeSetup(ReadOnlySpan<char> value)
    {
        SdpSetup? setup = value switch
        {
            "actpass" => SdpSetup.ActPass,
            "active" => SdpSetup.Active,
            "passive" => SdpSetup.Passive,
            "holdconn" => SdpSetup.HoldConn,
            _ => null,
        };
        return setup is { } known ? Once(ref _setup, known, "The setup") : "A setup is actpass, active, passive or holdconn.";
    }

    // RFC 8866 sections 6.4 and 6.5; a fraction of a millisecond is allowed and of no use.
    private static SdpFault TakeTime(ReadOnlySpan<char> value, out int milliseconds)
    {
        if (value.IndexOf('.') is > 0 and var point) value = value[..point];
        return SdpWords.TryNumber(value, out milliseconds) ? default(SdpFault) : "A packet time is a number of milliseconds.";
    }

    private static SdpFault Flag(bool _) => default;

    private static SdpFault Once(ref string? field, ReadOnlySpan<char> value, string what)
    {
        if (field is not null && !value.SequenceEqual(field)) return SdpReader.Said(what);
        field ??= value.ToString();
        return default;
    }

    private static SdpFault Once<T>(ref T? field, T value, string what)
        where T : struct, Enum
    {
        if (field is { } before && !EqualityComparer<T>.Default.Equals(before, value)) return SdpReader.Said(what);
        field = value;
        return default;
    }

    internal static SdpFault Add<T>(List<T> list, T item)
    {
        if (list.Count == SdpText.MaxItems) return new SdpFault(SdpErrorCode.TooLarge, $"A section has {SdpText.MaxItems} lines of one kind at most.");
        list.Add(item);
        return default;
    }
}
