using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu.Pool;

/// <summary>Tells the hubs by Redis that this service is there, where, and how much it has to do, until it ends.</summary>
internal sealed partial class Registration(
    PoolStore store, ISfu sfu, WorkerPool workers, Drain drain, SfuOptions sfuOptions, IOptions<PoolOptions> options, IServer server, IHostApplicationLifetime lifetime,
    TimeProvider time, ILogger<Registration> log) : BackgroundService
{
    private const int PerWorker = 100_000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not before it listens.
        await Task.Delay(Timeout.InfiniteTimeSpan, lifetime.ApplicationStarted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (stoppingToken.IsCancellationRequested) return;
        var instance = (await sfu.GetStatusAsync(stoppingToken)).Instance;
        var url = options.Value.ControlUrl ?? ControlAddress.Of(server.Features.Get<IServerAddressesFeature>()!.Addresses);
        var capacity = options.Value.PacketsPerSecond > 0 ? options.Value.PacketsPerSecond : PerWorker * workers.Workers.Count;
        var meter = new LoadMeter(workers, time);
        using var beat = new PeriodicTimer(PoolStore.Beat, time);
        var isTold = true;
        do
        {
            var (packets, cpu) = meter.Look();
            try
            {
                await store.BeatAsync(new ServiceRecord(instance, url, options.Value.Region, drain.IsOn, packets, capacity, cpu, workers.Transports, sfuOptions.MaxTransports));
                isTold = true;
            }
            catch (Exception away) when (PoolStore.IsAway(away))
            {
                if (isTold) Log.NotTold(log, away.Message);
                isTold = false;
            }
        }
        while (await TicksAsync(beat, stoppingToken));

        try
        {
            await store.RemoveAsync(instance);
        }
        catch (Exception away) when (PoolStore.IsAway(away))
        {
            // It ends by itself.
        }
    }

    private static async Task<bool> TicksAsync(PeriodicTimer timer, CancellationToken cancel)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Hubs cannot be told that this media service is there: {Why}")]
        public static partial void NotTold(ILogger logger, string why);
    }
}
