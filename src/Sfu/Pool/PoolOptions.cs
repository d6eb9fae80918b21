using System.ComponentModel.DataAnnotations;

namespace RtcHub.Sfu.Pool;

/// <summary>Section <c>Sfu</c>: a media service as one of several, and how a hub chooses among them.</summary>
public sealed class PoolOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Sfu";

    /// <summary>
    /// Where hubs find this service's control API, for example <c>http://10.0.0.7:7880</c>. None: the address that it listens on,
    /// or the first one of this machine where that is all of them.
    /// </summary>
    public Uri? ControlUrl { get; set; }

    /// <summary>Where this program runs, in a word of the operator's: a hub takes services of its own region while one of them has room.</summary>
    [MaxLength(64)]
    public string? Region { get; set; }

    /// <summary>RTP packets per second, in and out, that the service is good for; 0: 100,000 for each worker.</summary>
    [Range(0, 1_000_000_000)]
    public int PacketsPerSecond { get; set; }

    /// <summary>How long a service that is asked to end (SIGTERM) waits for its rooms to have moved to others.</summary>
    [Range(0, 3600)]
    public int DrainSeconds { get; set; } = 25;
}
