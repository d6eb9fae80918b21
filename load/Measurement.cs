using HdrHistogram;
using RtcHub.Load.Clients;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Load;

/// <summary>What one run of a scenario has shown. Times in microseconds unless said otherwise.</summary>
internal sealed record Measurement
{
    public required string Server { get; init; }

    public required LoadOptions Options { get; init; }

    public required SrtpProfile Profile { get; init; }

    /// <summary>Viewers that got media.</summary>
    public required int Joined { get; init; }

    /// <summary>Why others did not, the first of them.</summary>
    public string? JoinError { get; init; }

    /// <summary>From the start of signalling to the first packet of media.</summary>
    public required LongHistogram JoinTimes { get; init; }

    public required TimeSpan Window { get; init; }

    /// <summary>RTP packets that the publishers sent.</summary>
    public required long Sent { get; init; }

    public required ViewerCounts Viewers { get; init; }

    /// <summary>From the publisher's send call to the arrival at the viewer's socket.</summary>
    public required LongHistogram Latency { get; init; }

    /// <summary>Of the server; null when its process is not known.</summary>
    public TimeSpan? ServerCpu { get; init; }

    public long? ServerMemory { get; init; }

    /// <summary>Datagrams that the server's sockets had no room for.</summary>
    public long? ServerOverflows { get; init; }

    public required TimeSpan ClientCpu { get; init; }

    /// <summary>Datagrams that the clients' sockets had no room for: the loss is then ours.</summary>
    public required long ClientOverflows { get; init; }

    /// <summary>Share of the machine's processors that nobody used.</summary>
    public required double Idle { get; init; }

    public double PacketsIn => Sent / Window.TotalSeconds;

    public double PacketsOut => Viewers.Received / Window.TotalSeconds;

    /// <summary>By sequence numbers; a viewer that gets nothing at all is counted by <see cref="Delivered"/>.</summary>
    public double Loss => Viewers.Expected == 0 ? 0 : Math.Max(0, 1 - (double)Viewers.Received / Viewers.Expected);

    /// <summary>Received, of what everybody who joined should have got.</summary>
    public double Delivered => (double)Viewers.Received / ((double)Sent / (Options.Rooms * Options.Publishers) * Joined);

    /// <summary>CPU per packet that reached a viewer, the publishers' packets' cost included.</summary>
    public double? CpuPerPacket => ServerCpu?.TotalMicroseconds / Math.Max(1, Viewers.Received);
}
