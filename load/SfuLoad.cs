using System.Diagnostics;
using System.Net;
using HdrHistogram;
using RtcHub.Load.Clients;
using RtcHub.Load.Servers;
using RtcHub.Load.Signalling;
using RtcHub.Rtc.Dtls;

namespace RtcHub.Load;

/// <summary>The server that a run is about.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Signalling">How clients join.</param>
/// <param name="Local">The clients' address.</param>
/// <param name="ProcessId">Of the server, when it runs on this machine.</param>
internal sealed record Target(string Name, ISignalling Signalling, IPAddress Local, int? ProcessId);

/// <summary>
/// One run: publishers join, then viewers; after a pause everything is counted for a while. Viewers watch the first publisher of their room.
/// </summary>
internal sealed class SfuLoad : IDisposable
{
    private static readonly TimeSpan JoinLimit = TimeSpan.FromSeconds(30);

    private readonly LoadOptions _options;
    private readonly Target _target;
    private readonly DtlsCertificate _certificate = DtlsCertificate.Create(DateTimeOffset.UtcNow.AddDays(-1), TimeSpan.FromDays(30));
    private readonly ClientThread _publishing = new("publishers", mayRest: false);
    private readonly List<ClientThread> _viewing;
    private readonly List<Publisher> _publishers = [];
    private readonly List<Viewer> _viewers = [];
    private readonly LongHistogram _joinTimes = new(60_000_000, 3);
    private string? _joinError;

    private SfuLoad(LoadOptions options, Target target)
    {
        (_options, _target) = (options, target);
        _viewing = [.. Enumerable.Range(0, options.ViewerThreads).Select(i => new ClientThread($"viewers {i}", mayRest: true))];
    }

    /// <param name="progress">Told in a few words what goes on.</param>
    public static async Task<Measurement> RunAsync(LoadOptions options, Target target, Action<string> progress, CancellationToken cancel)
    {
        using var load = new SfuLoad(options, target);
        progress("publishers join");
        await load.PublishAsync(cancel);
        progress("viewers join");
        await load.SubscribeAsync(cancel);
        if (load._viewers.Count == 0) throw new InvalidOperationException($"No viewer got media from {target.Name}: {load._joinError}");
        progress($"{load._viewers.Count} viewers, warming up");
        await Task.Delay(TimeSpan.FromSeconds(options.Warmup), cancel);
        progress($"{load._viewers.Count} viewers, measuring");
        return await load.MeasureAsync(cancel);
    }

    public void Dispose()
    {
        _publishing.Dispose();
        foreach (var thread in _viewing) thread.Dispose();
        _certificate.Dispose();
    }

    private async Task PublishAsync(CancellationToken cancel)
    {
        for (var i = 0; i < _options.Rooms * _options.Publishers; i++)
        {
            var room = i % _options.Rooms;
            var publisher = new Publisher(_publishing, _target.Local, _certificate, _options.Profile, _options.Media);
            await _publishing.AddAsync(publisher);
            await _target.Signalling.PublishAsync(room, publisher, cancel);
            await publisher.Connected.WaitAsync(JoinLimit, cancel);
            _publishers.Add(publisher);
        }
    }

    private async Task SubscribeAsync(CancellationToken cancel)
    {
        var limits = new ParallelOptions { MaxDegreeOfParallelism = _options.Joins, CancellationToken = cancel };
        await Parallel.ForAsync(0, _options.Viewers, limits, async (i, cancelJoin) =>
        {
            var thread = _viewing[i % _viewing.Count];
            var viewer = new Viewer(thread, _target.Local, _certificate, _options.Profile, decrypts: i % _options.Decrypt == 0);
            await thread.AddAsync(viewer);
            var started = Stopwatch.GetTimestamp();
            try
            {
                await _target.Signalling.SubscribeAsync(i % _options.Rooms, viewer, cancelJoin);
                await viewer.Connected.WaitAsync(JoinLimit, cancelJoin);
                await viewer.FirstPacket.WaitAsync(JoinLimit, cancelJoin);
                lock (_viewers)
                {
                    _viewers.Add(viewer);
                    _joinTimes.RecordValue((long)Math.Min(Stopwatch.GetElapsedTime(started).TotalMicroseconds, 60_000_000));
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException or TimeoutException or FormatException)
            {
                lock (_viewers) _joinError ??= e.Message;
            }
        });
    }

    private async Task<Measurement> MeasureAsync(CancellationToken cancel)
    {
        await OnViewersAsync(thread => thread.Latency.Reset(), viewer => viewer.Restart());
        var (idle, all) = Machine.Processors();
        var ourOverflows = Machine.ReceiveOverflows("self");
        var (clientCpu, sent) = (Environment.CpuUsage.TotalTime, await SentAsync());
        var theirOverflows = _target.ProcessId is { } id ? Machine.ReceiveOverflows($"{id}") : 0;
        var usage = _target.ProcessId is { } process ? ProcessUsage.Of(process) : default;
        var started = Stopwatch.GetTimestamp();

        await Task.Delay(TimeSpan.FromSeconds(_options.Duration), cancel);

        var window = Stopwatch.GetElapsedTime(started);
        var usageAfter = _target.ProcessId is { } same ? ProcessUsage.Of(same) : default;
        var sentAfter = await SentAsync();
        var (counts, latency) = (new ViewerCounts(), new LongHistogram(60_000_000, 3));
        await OnViewersAsync(thread => latency.Add(thread.Latency), viewer => counts += viewer.Counts, oneByOne: true);
        var (idleAfter, allAfter) = Machine.Processors();
        return new Measurement
        {
            Server = _target.Name,
            Options = _options,
            Profile = _viewers[0].Profile!.Value,
            Joined = _viewers.Count,
            JoinError = _joinError,
            JoinTimes = _joinTimes,
            Window = window,
            Sent = sentAfter - sent,
            Viewers = counts,
            Latency = latency,
            ServerCpu = _target.ProcessId is null ? null : usageAfter.Cpu - usage.Cpu,
            ServerMemory = _target.ProcessId is null ? null : usageAfter.ResidentBytes,
            ServerOverflows = _target.ProcessId is { } server ? Machine.ReceiveOverflows($"{server}") - theirOverflows : null,
            ClientCpu = Environment.CpuUsage.TotalTime - clientCpu,
            ClientOverflows = Machine.ReceiveOverflows("self") - ourOverflows,
            Idle = (double)(idleAfter - idle) / Math.Max(1, allAfter - all),
        };
    }

    private Task<long> SentAsync() => _publishing.InvokeAsync(() => _publishers.Sum(publisher => publisher.Sent));

    // Each thread looks after its own viewers: all at the same time, or one after the other where they add up to something.
    private async Task OnViewersAsync(Action<ClientThread> onThread, Action<Viewer> onViewer, bool oneByOne = false)
    {
        var running = new List<Task>();
        foreach (var thread in _viewing)
        {
            running.Add(thread.InvokeAsync(() =>
            {
                onThread(thread);
                foreach (var viewer in _viewers)
                    if (viewer.Thread == thread) onViewer(viewer);
                return true;
            }));
            if (oneByOne) await running[^1];
        }

        await Task.WhenAll(running);
    }
}
