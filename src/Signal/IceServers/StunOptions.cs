using System.ComponentModel.DataAnnotations;
using System.Net;

namespace RtcHub.Signal.IceServers;

/// <summary>Section <c>Stun</c>: the hub's own STUN server.</summary>
internal sealed class StunOptions : IValidatableObject
{
    public const string Section = "Stun";

    /// <summary>Answer Binding requests over UDP and tell clients about it.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// UDP ports; 0 takes a free one. Two of them let a page see whether a NAT maps by destination. Null means 3478 (the
    /// port IANA gave to STUN) and 3479: an array as default would be added to by the configuration, not replaced.
    /// </summary>
    public int[]? Ports { get; set; }

    /// <summary>IP address to listen on, or null: all of them, IPv4 and IPv6.</summary>
    public string? Address { get; set; }

    /// <summary>Host that clients are told, or null: the one by which each reached the hub (Host header).</summary>
    public string? PublicHost { get; set; }

    /// <summary>Answers per second, port and address of ours to one IPv4 address or IPv6 /64; what is more is dropped.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 100;

    /// <summary>The ports to listen on.</summary>
    public IReadOnlyList<int> EffectivePorts => Ports ?? [3478, 3479];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (EffectivePorts.Any(port => port is < 0 or > ushort.MaxValue))
            yield return new ValidationResult("Stun:Ports must be between 0 and 65535.");
        if (EffectivePorts.Where(port => port != 0).GroupBy(port => port).Any(same => same.Count() > 1))
            yield return new ValidationResult("Stun:Ports must differ.");
        if (Address is not null && !IPAddress.TryParse(Address, out _))
            yield return new ValidationResult("Stun:Address must be an IP address.");
        if (PublicHost is not null && Uri.CheckHostName(PublicHost.Trim('[', ']')) == UriHostNameType.Unknown)
            yield return new ValidationResult("Stun:PublicHost must be a host name or an IP address, without scheme and port.");
    }
}
