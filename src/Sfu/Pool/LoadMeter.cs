using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu.Pool;

/// <summary>What the workers of this service do at present, from one look at their counters to the next.</summary>
internal sealed class LoadMeter(WorkerPool workers, TimeProvider time)
{
    private readonly (long Packets, long BusyMicroseconds)[] _before = [.. workers.Workers.Select(Read)];
    private long _lookedAt = time.GetTimestamp();

    /// <returns>RTP packets per second, in and out; how busy the busiest worker is, 0 to 1.</returns>
    public (double PacketsPerSecond, double Cpu) Look()
    {
        var seconds = Math.Max(time.GetElapsedTime(_lookedAt).TotalSeconds, 0.001);
        _lookedAt = time.GetTimestamp();
        var (packets, busiest) = (0L, 0L);
        for (var i = 0; i < _before.Length; i++)
        {
            var now = Read(workers.Workers[i]);
            packets += now.Packets - _before[i].Packets;
            busiest = Math.Max(busiest, now.BusyMicroseconds - _before[i].BusyMicroseconds);
            _before[i] = now;
        }

        return (packets / seconds, Math.Min(busiest / 1e6 / seconds, 1));
    }

    private static (long Packets, long BusyMicroseconds) Read(Worker worker) =>
        (worker.Counters.RtpPacketsIn + worker.Counters.RtpPacketsOut, worker.Counters.BusyMicroseconds);
}
