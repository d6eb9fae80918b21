using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace RtcHub.Rtc.Ice;

/// <summary>How an address became known, RFC 8445 section 4.</summary>
public enum CandidateType
{
    /// <summary>An interface's own: <c>host</c>.</summary>
    Host,

    /// <summary>As a STUN server sees it: <c>srflx</c>.</summary>
    ServerReflexive,

    /// <summary>As the peer sees it: <c>prflx</c>.</summary>
    PeerReflexive,

    /// <summary>Allocated on a TURN server: <c>relay</c>.</summary>
    Relayed,
}

/// <summary>Transport protocol and, for TCP, who connects (RFC 6544 section 4.5).</summary>
public enum CandidateTransport
{
    /// <summary><c>udp</c>.</summary>
    Udp,

    /// <summary><c>tcp</c>, <c>tcptype active</c>: connects; its port is 9 and means nothing.</summary>
    TcpActive,

    /// <summary><c>tcp</c>, <c>tcptype passive</c>: listens.</summary>
    TcpPassive,

    /// <summary><c>tcp</c>, <c>tcptype so</c>: both at once.</summary>
    TcpSimultaneousOpen,
}

/// <summary>The part of a candidate line that is wrong.</summary>
public enum CandidateError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Too few words, or no <c>candidate:</c> and no <c>typ</c> where they belong.</summary>
    Syntax,

    /// <summary>Not 1-32 letters, digits, '+' and '/'.</summary>
    Foundation,

    /// <summary>Not 1-256.</summary>
    Component,

    /// <summary>Neither UDP nor TCP.</summary>
    Transport,

    /// <summary>No number of 32 bits.</summary>
    Priority,

    /// <summary>Not 0-65535.</summary>
    Port,

    /// <summary>None of the four.</summary>
    Type,

    /// <summary>TCP without <c>active</c>, <c>passive</c> or <c>so</c>.</summary>
    TcpType,

    /// <summary><c>rport</c> is no port.</summary>
    RelatedPort,
}

/// <summary>
/// One <c>a=candidate</c> line as a value (RFC 8839 section 5.1, RFC 6544 section 4.5). Names in place of addresses (mDNS) and unknown
/// extensions are kept as they were written. Whoever reads a session description leaves out a line that fails here.
/// </summary>
public sealed record Candidate
{
    private const string Prefix = "candidate:";
    private const int RequiredWords = 8;

    /// <summary>Equal for candidates of the same type, base, protocol and server (RFC 8445 section 5.1.1.3).</summary>
    public required string Foundation { get; init; }

    /// <summary>1 is RTP, and RTCP on the same port (RFC 5761).</summary>
    public int Component { get; init; } = 1;

    /// <summary>UDP, or TCP with its direction.</summary>
    public CandidateTransport Transport { get; init; }

    /// <summary><see cref="CandidatePriority"/>.</summary>
    public uint Priority { get; init; }

    /// <summary>An IP address, or a name such as <c>0b1f...local</c>.</summary>
    public required string Host { get; init; }

    /// <summary>0-65535.</summary>
    public ushort Port { get; init; }

    /// <summary>How the address became known.</summary>
    public CandidateType Type { get; init; }

    /// <summary><c>raddr</c>: the base, or for a relayed candidate the mapped address; for diagnostics only.</summary>
    public string? RelatedHost { get; init; }

    /// <summary><c>rport</c>.</summary>
    public ushort RelatedPort { get; init; }

    /// <summary>Further names and values, one space between each; may be empty.</summary>
    public string Extensions { get; init; } = "";

    /// <summary>What a server with this address offers; <paramref name="preference"/> as in <see cref="CandidatePriority.Compute"/>.</summary>
    public static Candidate ForHost(in Address address, CandidateTransport transport = CandidateTransport.Udp, int preference = CandidatePriority.MaxPreference)
    {
        var endPoint = address.ToIPEndPoint();
        return new Candidate
        {
            Foundation = FoundationOf(endPoint.Address, transport),
            Transport = transport,
            Priority = CandidatePriority.Compute(CandidateType.Host, transport, preference),
            Host = endPoint.Address.ToString(),
            Port = address.Port,
        };
    }

    /// <summary>False for a name; whoever wants to may resolve it (RFC 8839 section 5.1 forbids it for anything but mDNS).</summary>
    public bool TryGetAddress(out Address address)
    {
        address = default;
        if (!IPAddress.TryParse(Host, out var ip)) return false;
        address = Address.From(new IPEndPoint(ip, Port));
        return true;
    }

    /// <summary>The value of the SDP attribute; a leading <c>a=</c> is tolerated, as is the lack of <c>candidate:</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Candidate? candidate, out CandidateError error)
    {
        candidate = null;
        text = text.Trim();
        if (text.StartsWith("a=", StringComparison.Ordinal)) text = text[2..];
        if (text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) text = text[Prefix.Length..];

        var words = text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        error = CandidateError.Syntax;
        if (words.Length < RequiredWords || !Is(words[6], "typ") || words.Length % 2 != 0) return false;

        string? tcpType = null;
        string? relatedHost = null;
        var relatedPort = (ushort)0;
        var extensions = new List<string>();
        for (var i = RequiredWords; i < words.Length; i += 2)
        {
            var (name, value) = (words[i], words[i + 1]);
            if (Is(name, "raddr")) relatedHost = value;
            else if (Is(name, "tcptype")) tcpType = value;
            else if (!Is(name, "rport")) extensions.Add($"{name} {value}");
            else if (!ushort.TryParse(value, NumberStyles.None, null, out relatedPort)) return Fail(CandidateError.RelatedPort, out error);
        }

        if (!IceCredentials.AreIceChars(words[0], 1, 32)) return Fail(CandidateError.Foundation, out error);
        if (!int.TryParse(words[1], NumberStyles.None, null, out var component) || component is < 1 or > 256) return Fail(CandidateError.Component, out error);
        if (!Is(words[2], "udp") && !Is(words[2], "tcp")) return Fail(CandidateError.Transport, out error);
        if (!TryParseTransport(words[2], tcpType, out var transport)) return Fail(CandidateError.TcpType, out error);
        if (!uint.TryParse(words[3], NumberStyles.None, null, out var priority)) return Fail(CandidateError.Priority, out error);
        if (!ushort.TryParse(words[5], NumberStyles.None, null, out var port)) return Fail(CandidateError.Port, out error);
        if (!TryParseType(words[7], out var type)) return Fail(CandidateError.Type, out error);

        error = CandidateError.None;
        candidate = new Candidate
        {
            Foundation = words[0],
            Component = component,
            Transport = transport,
            Priority = priority,
            Host = words[4],
            Port = port,
            Type = type,
            RelatedHost = relatedHost,
            RelatedPort = relatedPort,
            Extensions = string.Join(' ', extensions),
        };
        return true;
    }

    /// <summary>The value of the SDP attribute, <c>candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host</c>.</summary>
    public override string ToString() =>
        $"{Prefix}{Foundation} {Component} {(Transport == CandidateTransport.Udp ? "udp" : "tcp")} {Priority} {Host} {Port} typ {TypeName(Type)}"
        + (RelatedHost is null ? "" : $" raddr {RelatedHost} rport {RelatedPort}")
        + (Transport == CandidateTransport.Udp ? "" : $" tcptype {TcpTypeName(Transport)}")
        + (Extensions.Length == 0 ? "" : " " + Extensions);

    private static bool Is(string word, string name) => word.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool Fail(CandidateError reason, out CandidateError error)
    {
        error = reason;
        return false;
    }

    private static bool TryParseTransport(string protocol, string? tcpType, out CandidateTransport transport)
    {
        transport = CandidateTransport.Udp;
        if (Is(protocol, "udp")) return true;
        for (transport = CandidateTransport.TcpActive; transport <= CandidateTransport.TcpSimultaneousOpen; transport++)
            if (tcpType is not null && Is(tcpType, TcpTypeName(transport))) return true;
        return false;
    }

    private static bool TryParseType(string name, out CandidateType type)
    {
        for (type = CandidateType.Host; type <= CandidateType.Relayed; type++)
            if (Is(name, TypeName(type))) return true;
        return false;
    }

    private static string TypeName(CandidateType type) => type switch
    {
        CandidateType.Host => "host",
        CandidateType.ServerReflexive => "srflx",
        CandidateType.PeerReflexive => "prflx",
        _ => "relay",
    };

    private static string TcpTypeName(CandidateTransport transport) => transport switch
    {
        CandidateTransport.TcpActive => "active",
        CandidateTransport.TcpPassive => "passive",
        _ => "so",
    };

    // FNV-1a of what must differ: a number that is the same in every session description of this server.
    private static string FoundationOf(IPAddress address, CandidateTransport transport)
    {
        var hash = 2_166_136_261u ^ (uint)transport;
        foreach (var value in address.GetAddressBytes()) hash = (hash ^ value) * 16_777_619u;
        return hash.ToString(CultureInfo.InvariantCulture);
    }
}
