using System.ComponentModel.DataAnnotations;

namespace RtcHub.Signal.Sockets;

/// <summary>Limits of the signalling socket; section <c>Signal</c>. What a client must know of them stands in <c>welcome.limits</c>.</summary>
internal sealed class SocketOptions
{
    public const string Section = "Signal";

    /// <summary>Bytes of one message. 64 KiB holds anything but a large SDP.</summary>
    [Range(1024, 1 << 20)]
    public int FrameBytes { get; set; } = 64 * 1024;

    /// <summary>Bytes of one offer or answer. An SDP of a meeting with many m-lines passes 100 KiB.</summary>
    [Range(1024, 4 << 20)]
    public int SdpFrameBytes { get; set; } = 256 * 1024;

    /// <summary>Requests a second that one connection may send for long.</summary>
    [Range(1, 100_000)]
    public int MessagesPerSecond { get; set; } = 100;

    /// <summary>Requests that one connection may send at once: joining four peers is about 80.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 200;

    /// <summary>Candidates to one peer since the last description to it. Browsers with many interfaces send about 40.</summary>
    [Range(1, 10_000)]
    public int CandidatesPerNegotiation { get; set; } = 200;

    /// <summary>Bytes (UTF-8) of one chat message.</summary>
    [Range(1, 64 * 1024)]
    public int ChatBytes { get; set; } = 4000;

    /// <summary>Messages kept for a client that has not acknowledged them.</summary>
    [Range(16, 100_000)]
    public int ReplayMessages { get; set; } = 512;

    /// <summary>Bytes kept for a client that has not acknowledged them.</summary>
    [Range(64 * 1024, 64 << 20)]
    public int ReplayBytes { get; set; } = 1 << 20;

    /// <summary>Connections from one address; an office behind one NAT counts as one.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get; set; } = 256;

    /// <summary>How long a session lives without a socket.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ResumeWindow { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long after its end the owner of a session may claim its id again.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ClaimWindow { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The first frame must be here by then.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan HelloTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a ping is sent.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan PingAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which the socket is given up; below the read time-out of common proxies (60 s).</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:20:00")]
    public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long one write may take before the reader counts as slow (4008).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a direct call rings.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RingTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Seconds over which a hub of a cluster that is to stop sends its clients to the others.</summary>
    [Range(0, 600)]
    public int DrainSeconds { get; set; } = 10;

    /// <summary>Sockets a second that may open or resume a session for long; more are told when to come back.</summary>
    [Range(1, 1_000_000)]
    public int JoinsPerSecond { get; set; } = 500;

    /// <summary>Sockets that may open or resume a session at once.</summary>
    [Range(1, 1_000_000)]
    public int JoinBurst { get; set; } = 1000;

    /// <summary>
    /// Origins besides the hub's own from which browsers may connect, as <c>https://app.example</c>, or <c>*</c>.
    /// Programs that are not browsers send no Origin and are not held by this.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];
}
