using System.Diagnostics;
using HdrHistogram;

namespace RtcHub.Load;

/// <summary>Microseconds, the same for all threads of the tool.</summary>
internal static class Clock
{
    public static long Now() => (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));
}

/// <summary>One-way latencies in microseconds, 1 µs to 60 s with three digits. Written by one thread.</summary>
internal sealed class LatencyRecord
{
    private const long Highest = 60_000_000;

    private readonly LongHistogram _histogram = new(Highest, 3);

    public void Add(long microseconds) => _histogram.RecordValue(Math.Clamp(microseconds, 1, Highest));

    public void Reset() => _histogram.Reset();

    public void AddTo(LatencyRecord all) => all._histogram.Add(_histogram);

    public long Count => _histogram.TotalCount;

    /// <summary>Microseconds.</summary>
    public long Percentile(double percentile) => Count == 0 ? 0 : _histogram.GetValueAtPercentile(percentile);
}
