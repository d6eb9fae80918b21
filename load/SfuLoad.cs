using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Load;

/// <summary>What is put on the server.</summary>
internal sealed record SfuLoadOptions
{
    public int Rooms { get; init; } = 1;

    /// <summary>In each room.</summary>
    public int Publishers { get; init; } = 1;

    /// <summary>In each room; each receives the room's first publisher.</summary>
    public int Subscribers { get; init; } = 100;

    /// <summary>kbit/s.</summary>
    public int Video { get; init; } = 1_500;

    public bool Audio { get; init; }

    /// <summary>The packets of a frame at 2.5 times the rate instead of at once.</summary>
    public bool Paced { get; init; }

    /// <summary>Seconds of the steady state.</summary>
    public int Duration { get; init; } = 15;

    /// <summary>Threads of the load tool.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>One viewer in so many decrypts; at least one does.</summary>
    public int DecryptEvery { get; init; } = 25;
}

/// <summary>What came of it. Times in microseconds.</summary>
internal sealed record SfuLoadResult(
    string Server, SrtpProfile Profile, int Joined, int Wanted, long JoinMedian, long Join95, double PacketsIn, double PacketsOut, double LossPercent,
    long Latency50, long Latency99, long LatencyMax, double CpuPerPacket, double CpuCores, long ResidentKiB, long Damaged);

/// <summary>Publishers and viewers join, the load settles, and then the server's own time is set against the packets that arrived.</summary>
internal static class SfuLoad
{
    private const int JoinsAtATime = 16;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(30);

    public static async Task<SfuLoadResult> RunAsync(IMediaServer server, SfuLoadOptions options, CancellationToken cancel)
    {
        using var certificate = DtlsCertificate.Create(DateTimeOffset.UtcNow, TimeSpan.FromDays(1));
        var loops = Enumerable.Range(0, options.Threads).Select(_ => new ClientLoop()).ToArray();
        try
        {
            var run = Guid.NewGuid().ToString("N")[..8];
            var (publishers, sources, viewers) = (new List<VirtualClient>(), new List<MediaSource>(), new List<VirtualClient>());
            for (var room = 0; room < options.Rooms; room++)
            {
                for (var i = 0; i < options.Publishers; i++)
                {
                    var client = new VirtualClient(certificate, publishes: true, decrypts: false, options.Audio);
                    var source = new MediaSource(client, options.Video, options.Paced);
                    await server.PublishAsync($"{run}-{room}", client, cancel);
                    loops[publishers.Count % loops.Length].Add(client, source);
                    publishers.Add(client);
                    sources.Add(source);
                }
            }

            await ConnectedAsync(publishers, cancel);
            await JoinAsync(server, options, run, certificate, loops, viewers, cancel);
            await ConnectedAsync(viewers, cancel);
            await Task.Delay(Settle, cancel);
            return await MeasureAsync(server, options, loops, publishers, sources, viewers, cancel);
        }
        finally
        {
            foreach (var loop in loops) loop.Dispose();
        }
    }

    private static async Task JoinAsync(
        IMediaServer server, SfuLoadOptions options, string run, DtlsCertificate certificate, ClientLoop[] loops, List<VirtualClient> viewers, CancellationToken cancel)
    {
        for (var i = 0; i < options.Rooms * options.Subscribers; i++)
            viewers.Add(new VirtualClient(certificate, publishes: false, decrypts: i % options.DecryptEvery == 0, options.Audio));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = JoinsAtATime, CancellationToken = cancel };
        await Parallel.ForAsync(0, viewers.Count, parallel, async (i, stop) =>
        {
            await server.PlayAsync($"{run}-{i % options.Rooms}", viewers[i], stop);
            loops[i % loops.Length].Add(viewers[i]);
        });
    }

    // Those that never make it are part of the result, not an error of the tool.
    private static async Task ConnectedAsync(List<VirtualClient> clients, CancellationToken cancel)
    {
        for (var until = Clock.Now() + (long)JoinPatience.TotalMicroseconds; Clock.Now() < until;)
        {
            if (clients.TrueForAll(client => client.State is ClientState.Connected or ClientState.Failed)) return;
            await Task.Delay(50, cancel);
        }
    }

    private static async Task<SfuLoadResult> MeasureAsync(
        IMediaServer server, SfuLoadOptions options, ClientLoop[] loops, List<VirtualClient> publishers, List<MediaSource> sources, List<VirtualClient> viewers, CancellationToken cancel)
    {
        var latency = new LatencyRecord();
        foreach (var loop in loops)
        {
            await loop.AskAsync(() =>
            {
                loop.Latency.Reset();
                return 0;
            });
        }

        await OnAllAsync(loops, () => viewers.ForEach(viewer => viewer.Reset()));
        var sentBefore = sources.Sum(source => source.Packets);
        var (before, startedAt) = (ProcessUsage.Of(server.ProcessId), Clock.Now());
        await Task.Delay(TimeSpan.FromSeconds(options.Duration), cancel);
        var (after, endedAt) = (ProcessUsage.Of(server.ProcessId), Clock.Now());
        var received = viewers.Sum(viewer => viewer.Packets);
        var lost = viewers.Sum(viewer => viewer.Lost);
        var sent = sources.Sum(source => source.Packets) - sentBefore;
        foreach (var loop in loops) await loop.AskAsync(() => { loop.Latency.AddTo(latency); return 0; });

        var seconds = (endedAt - startedAt) / 1e6;
        var joined = viewers.Where(viewer => viewer.State == ClientState.Connected).ToArray();
        var joins = joined.Select(viewer => viewer.JoinTime).Order().ToArray();

        // What viewers of one publisher should have had, by what was sent: a gap at the end is a loss as well.
        var expected = (double)sent / options.Publishers / options.Rooms * joined.Length;
        var cpu = after.CpuSeconds - before.CpuSeconds;
        return new SfuLoadResult(
            server.Name, publishers[0].Profile, joined.Length, viewers.Count, At(joins, 0.5), At(joins, 0.95), sent / seconds, received / seconds,
            100 * Math.Max((double)lost / Math.Max(received + lost, 1), 1 - received / Math.Max(expected, 1)), latency.Percentile(50), latency.Percentile(99), latency.Percentile(100),
            cpu * 1e6 / Math.Max(received, 1), cpu / seconds, after.ResidentKiB, viewers.Sum(viewer => viewer.Damaged));
    }

    // Counters belong to the threads of the loops; all of them stand still while they are set back.
    private static async Task OnAllAsync(ClientLoop[] loops, Action act)
    {
        if (loops.Length == 1)
        {
            await loops[0].AskAsync(() => { act(); return 0; });
            return;
        }

        using var gate = new Barrier(loops.Length, _ => act());
        await Task.WhenAll(loops.Select(loop => loop.AskAsync(() => { gate.SignalAndWait(); return 0; })));
    }

    private static long At(long[] sorted, double quantile) => sorted.Length == 0 ? 0 : sorted[(int)Math.Min(sorted.Length - 1, sorted.Length * quantile)];
}
