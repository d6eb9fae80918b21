using Microsoft.Extensions.Options;
using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu.Pool;

/// <summary>The end of a service that nobody is to notice: hubs move its rooms to others, and when it is empty, or time is over, it stops.</summary>
internal sealed partial class Drain(WorkerPool workers, IOptions<PoolOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Drain> log)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private int _isOn;

    public bool IsOn => Volatile.Read(ref _isOn) == 1;

    /// <summary>Nothing happens when it has begun already.</summary>
    public void Begin()
    {
        if (Interlocked.Exchange(ref _isOn, 1) == 0) _ = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        Log.Begins(log, workers.Rooms, options.Value.DrainSeconds);
        var began = time.GetTimestamp();
        while (workers.Transports > 0 && time.GetElapsedTime(began).TotalSeconds < options.Value.DrainSeconds) await Task.Delay(Look, time);
        Log.Ends(log, workers.Rooms);
        lifetime.StopApplication();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Draining: {Rooms} rooms have {Seconds} s to move to other media services")]
        public static partial void Begins(ILogger logger, int rooms, int seconds);

        [LoggerMessage(2, LogLevel.Information, "Drained: {Rooms} rooms are left")]
        public static partial void Ends(ILogger logger, int rooms);
    }
}
