using System.Diagnostics;
using HdrHistogram;
using RtcHub.Load.Scenarios;
using RtcHub.Load.Servers;

namespace RtcHub.Load.Running;

/// <summary>Runs a scenario against processes of this machine, shows how it goes, and says what it came to.</summary>
/// <param name="processes">Of the server, asked anew each second: they may be killed and started again.</param>
internal sealed class ScenarioRunner(string server, IScenario scenario, string load, Func<IReadOnlyList<int>> processes, Action<Sample, Measures> progress)
{
    public const string CpuFigure = "CPU per unit";
    public const string RateFigure = "rate";
    public const string MemoryFigure = "RSS";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly List<Sample> _samples = [];
    private readonly Dictionary<int, TimeSpan> _cpu = [];
    private TimeSpan _cpuBefore;

    /// <param name="pace">Repeats the steps until it is told to end, or until it is done.</param>
    /// <param name="warmup">Steps before this are not counted.</param>
    public async Task<RunResult> RunAsync(Func<CancellationToken, Task> pace, TimeSpan warmup, TimeSpan duration, CancellationToken cancel)
    {
        await scenario.PrepareAsync(cancel);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = pace(end.Token);
        if (warmup > TimeSpan.Zero) await Task.WhenAny(running, Task.Delay(warmup, cancel));

        scenario.Measures.Restart();
        var (cpu, units, started) = (Cpu(), scenario.Measures.Units, Stopwatch.GetTimestamp());
        await SampleAsync(running, started, duration, cancel);
        var window = Stopwatch.GetElapsedTime(started);
        var (used, done, memory) = (Cpu() - cpu, scenario.Measures.Units - units, Memory());
        var timings = scenario.Measures.Timings.Select(pair => Percentiles(pair.Key, pair.Value.All())).ToList();

        await end.CancelAsync();
        await running;
        cancel.ThrowIfCancellationRequested();
        var wrong = await scenario.FinishAsync(cancel);
        return new RunResult(
            server, scenario.Name, load, window.TotalSeconds,
            [
                new Figure(RateFigure, done / window.TotalSeconds, $"{scenario.Measures.Plural}/s"),
                new Figure(CpuFigure, used.TotalMicroseconds / Math.Max(1, done), $"µs/{scenario.Measures.Unit}"),
                new Figure("CPU", used / window, "processors"),
                new Figure(MemoryFigure, memory, "MiB"),
            ],
            timings, _samples, wrong);
    }

    private static Percentiles Percentiles(string name, LongHistogram histogram) => histogram.TotalCount == 0 ? new(name, 0, 0, 0, 0, 0) : new(
        name, histogram.TotalCount, histogram.GetValueAtPercentile(50) / 1000.0, histogram.GetValueAtPercentile(90) / 1000.0,
        histogram.GetValueAtPercentile(99) / 1000.0, histogram.GetMaxValue() / 1000.0);

    private async Task SampleAsync(Task running, long started, TimeSpan duration, CancellationToken cancel)
    {
        _cpuBefore = Cpu();
        var (units, at) = (scenario.Measures.Units, TimeSpan.Zero);
        while (at < duration && !running.IsCompleted)
        {
            var rest = duration - at;
            await Task.WhenAny(running, Task.Delay(rest < Second ? rest : Second, cancel));
            cancel.ThrowIfCancellationRequested();
            var (now, unitsNow, cpuNow) = (Stopwatch.GetElapsedTime(started), scenario.Measures.Units, Cpu());
            var recent = scenario.Measures.Timings.OrderBy(pair => pair.Key).Select(pair => Percentiles(pair.Key, pair.Value.TakeRecent())).FirstOrDefault();
            var seconds = Math.Max(0.001, (now - at).TotalSeconds);
            var sample = new Sample(
                now.TotalSeconds, (unitsNow - units) / seconds, recent?.P50 ?? 0, recent?.P99 ?? 0, (cpuNow - _cpuBefore).TotalSeconds / seconds, Memory());
            _samples.Add(sample);
            progress(sample, scenario.Measures);
            (units, at, _cpuBefore) = (unitsNow, now, cpuNow);
        }
    }

    // Of all that have run: a process that was killed has used what it had when it was last seen.
    private TimeSpan Cpu()
    {
        foreach (var id in processes())
        {
            if (ProcessUsage.TryOf(id) is { } usage) _cpu[id] = usage.Cpu;
        }

        return _cpu.Values.Aggregate(TimeSpan.Zero, (sum, cpu) => sum + cpu);
    }

    private double Memory() => processes().Sum(id => ProcessUsage.TryOf(id)?.ResidentBytes ?? 0) / 1048576.0;
}
