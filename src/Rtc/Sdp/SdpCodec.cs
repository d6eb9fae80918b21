namespace RtcHub.Rtc.Sdp;

/// <summary>What a payload type stands for: <c>a=rtpmap</c> with its <c>a=fmtp</c> and <c>a=rtcp-fb</c>.</summary>
/// <param name="PayloadType">0-127.</param>
/// <param name="Name">As written: <c>VP8</c>, <c>opus</c>, <c>rtx</c>.</param>
/// <param name="ClockRate">Ticks per second.</param>
/// <param name="Channels">Of audio; 0 when not said.</param>
public sealed record SdpCodec(byte PayloadType, string Name, int ClockRate, int Channels = 0)
{
    /// <summary>Of <c>a=fmtp</c>, as written; empty when there is none.</summary>
    public string Parameters { get; init; } = "";

    /// <summary>Of <c>a=rtcp-fb</c> (RFC 4585), for example <c>nack pli</c>.</summary>
    public SdpList<string> Feedback { get; init; } = [];

    /// <summary>Names are compared without regard to case (RFC 8866 section 6.6).</summary>
    public bool Is(string name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>A parameter by its name; null when it is not there.</summary>
    public string? Parameter(string name)
    {
        foreach (var range in Parameters.AsSpan().Split(';'))
        {
            var part = Parameters.AsSpan()[range].Trim();
            var equals = part.IndexOf('=');
            if (equals > 0 && part[..equals].TrimEnd().Equals(name, StringComparison.OrdinalIgnoreCase)) return part[(equals + 1)..].Trim().ToString();
        }

        return null;
    }

    /// <summary>True for the retransmission format (RFC 4588) of a payload type.</summary>
    public bool IsRtxOf(byte payloadType) => Is("rtx") && byte.TryParse(Parameter("apt"), out var apt) && apt == payloadType;

    // RFC 3551 section 6: what needs no rtpmap. Those that a WebRTC endpoint may offer (RFC 7874, RFC 3389).
    internal static SdpCodec? OfStaticType(byte payloadType) => payloadType switch
    {
        0 => new(0, "PCMU", 8_000),
        3 => new(3, "GSM", 8_000),
        8 => new(8, "PCMA", 8_000),
        9 => new(9, "G722", 8_000),
        13 => new(13, "CN", 8_000),
        _ => null,
    };
}
