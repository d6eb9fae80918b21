using System.ComponentModel.DataAnnotations;
using System.Net;
using RtcHub.Sfu.Io;
using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu;

/// <summary>Section <c>Sfu</c>: the media service, in the hub's process or alone.</summary>
public sealed class SfuOptions : IValidatableObject
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Sfu";

    /// <summary>
    /// UDP and TCP port of the first worker; each further worker takes the next number. 0: free ones. Others use 7881-7882
    /// for the same purpose, so that firewalls may know it already.
    /// </summary>
    [Range(0, ushort.MaxValue)]
    public int Port { get; set; } = 7882;

    /// <summary>Threads that forward, each with a port of its own; 0: one per processor.</summary>
    [Range(0, 256)]
    public int Workers { get; set; }

    /// <summary>
    /// IP addresses that clients are told, in the order of preference. None: those of this machine, loopback only when
    /// there is no other. Behind a 1:1 NAT: the public one, and the private one as well if clients are on both sides.
    /// </summary>
    public IList<string> AnnouncedAddresses { get; } = [];

    /// <summary>IP addresses to listen on; none: all of this machine.</summary>
    public IList<string> ListenAddresses { get; } = [];

    /// <summary>Offer ICE over TCP, too (RFC 6544), on the same port number, for networks without UDP.</summary>
    public bool Tcp { get; set; } = true;

    /// <summary>Which library speaks DTLS: <c>Auto</c> is OpenSSL's libssl where it can be loaded, else Bouncy Castle.</summary>
    public DtlsLibrary Dtls { get; set; } = DtlsLibrary.Auto;

    /// <summary>Transports at a time; what is beyond is refused.</summary>
    [Range(1, 1_000_000)]
    public int MaxTransports { get; set; } = 5_000;

    /// <summary>Seconds that a client has from its offer to the end of the DTLS handshake.</summary>
    [Range(1, 300)]
    public int ConnectSeconds { get; set; } = 30;

    /// <summary>
    /// How many audio tracks of a meeting are forwarded at a time: those of who speaks, or did last. All of them while there
    /// are no more.
    /// </summary>
    [Range(1, 64)]
    public int AudioSlots { get; set; } = 5;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AnnouncedAddresses.FirstOrDefault(a => !IPAddress.TryParse(a, out _)) is { } announced)
            yield return new ValidationResult($"Sfu:AnnouncedAddresses must be IP addresses; '{announced}' is none.");
        if (ListenAddresses.FirstOrDefault(a => !IPAddress.TryParse(a, out _)) is { } listen)
            yield return new ValidationResult($"Sfu:ListenAddresses must be IP addresses; '{listen}' is none.");
        if (Port != 0 && Port + EffectiveWorkers - 1 > ushort.MaxValue)
            yield return new ValidationResult("Sfu:Port must leave room for one port per worker below 65536.");
    }

    internal PortOptions PortOf(int worker) => new()
    {
        Port = Port == 0 ? 0 : Port + worker,
        Addresses = ListenAddresses.Count == 0 ? null : [.. ListenAddresses.Select(IPAddress.Parse)],
        Tcp = Tcp,
    };

    internal int EffectiveWorkers => Workers > 0 ? Workers : Environment.ProcessorCount;
}
