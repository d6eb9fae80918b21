namespace RtcHub.Rtc.Sdp;

/// <summary>Collects the formats of an m-line with their <c>a=rtpmap</c>, <c>a=fmtp</c> and <c>a=rtcp-fb</c>, which come in any order.</summary>
internal sealed class SdpCodecReader
{
    private readonly List<byte> _payloadTypes = [];
    private readonly List<string> _otherFormats = [];
    private readonly Dictionary<byte, SdpCodec> _codecs = [];
    private readonly Dictionary<byte, string> _parameters = [];
    private readonly List<(byte? PayloadType, string Value)> _feedback = [];

    public SdpFault TakeFormats(ReadOnlySpan<char> formats, bool isRtp)
    {
        var words = new SdpWords(formats);
        while (words.TryNext(out var format))
        {
            if (!isRtp || !SdpWords.TryNumber(format, out var number))
            {
                if (SdpSectionReader.Add(_otherFormats, format.ToString()) is { Why: not null } fault) return fault;
                continue;
            }

            if (number > 127) return "A payload type is a number from 0 to 127.";
            if (!_payloadTypes.Contains((byte)number)) _payloadTypes.Add((byte)number);
        }

        return default;
    }

    // rtpmap:<payload type> <encoding name>/<clock rate>[/<channels>]
    public SdpFault TakeCodec(ReadOnlySpan<char> value)
    {
        const string Why = "An rtpmap is a payload type from 0 to 127, a name, '/' and a clock rate, perhaps '/' and channels.";
        var words = new SdpWords(value);
        if (!words.TryNext(out var type) || !words.TryNext(out var encoding) || !SdpWords.TryPayloadType(type, out var payloadType)) return Why;
        Span<Range> parts = stackalloc Range[4];
        var count = encoding.Split(parts, '/');
        var channels = 0;
        if (count is not (2 or 3) || !SdpWords.IsToken(encoding[parts[0]], 64)) return Why;
        if (!SdpWords.TryNumber(encoding[parts[1]], out var clockRate) || clockRate == 0) return Why;
        if (count == 3 && !SdpWords.TryNumber(encoding[parts[2]], out channels)) return Why;
        var codec = new SdpCodec(payloadType, encoding[parts[0]].ToString(), clockRate, channels);
        return _codecs.TryAdd(payloadType, codec) || _codecs[payloadType] == codec ? default : SdpReader.Said("What the payload type stands for");
    }

    public SdpFault TakeParameters(ReadOnlySpan<char> value)
    {
        var words = new SdpWords(value);
        if (!words.TryNext(out var format) || words.IsAtEnd) return "An fmtp is a format and parameters.";
        if (!SdpWords.TryPayloadType(format, out var payloadType)) return default; // Of a format that is no payload type.
        var parameters = words.Rest.ToString();
        // Nobody writes two lines for one format any more, but they mean what one would (RFC 4855 does not forbid it).
        if (!_parameters.TryAdd(payloadType, parameters) && _parameters[payloadType] != parameters)
        {
            var both = $"{_parameters[payloadType]};{parameters}";
            if (both.Length > SdpText.MaxLineLength / 2) return new SdpFault(SdpErrorCode.TooLarge, "These are more parameters than a format needs.");
            _parameters[payloadType] = both;
        }

        return default;
    }

    // rtcp-fb:(<payload type>|*) <feedback>
    public SdpFault TakeFeedback(ReadOnlySpan<char> value)
    {
        const string Why = "An rtcp-fb is a payload type or '*', and what is wanted.";
        var words = new SdpWords(value);
        if (!words.TryNext(out var format) || words.IsAtEnd) return Why;
        if (format is "*") return SdpSectionReader.Add(_feedback, (null, words.Rest.ToString()));
        return SdpWords.TryPayloadType(format, out var payloadType) ? SdpSectionReader.Add(_feedback, (payloadType, words.Rest.ToString())) : Why;
    }

    public SdpList<SdpCodec> Build(out SdpList<string> otherFormats)
    {
        var codecs = new List<SdpCodec>(_payloadTypes.Count);
        foreach (var payloadType in _payloadTypes)
        {
            var codec = _codecs.GetValueOrDefault(payloadType) ?? SdpCodec.OfStaticType(payloadType);
            if (codec is null) _otherFormats.Add(payloadType.ToString());
            else codecs.Add(codec with { Parameters = _parameters.GetValueOrDefault(payloadType, ""), Feedback = FeedbackOf(payloadType) });
        }

        otherFormats = [.. _otherFormats];
        return [.. codecs];
    }

    private SdpList<string> FeedbackOf(byte payloadType)
    {
        var wanted = new List<string>();
        foreach (var (type, value) in _feedback)
            if ((type is null || type == payloadType) && !wanted.Contains(value)) wanted.Add(value);
        return [.. wanted];
    }
}
