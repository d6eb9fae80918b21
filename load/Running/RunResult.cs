namespace RtcHub.Load.Running;

/// <summary>A number that was measured.</summary>
internal sealed record Figure(string Name, double Value, string Unit);

/// <summary>How long something took, in milliseconds.</summary>
internal sealed record Percentiles(string Name, long Count, double P50, double P90, double P99, double Max);

/// <summary>One second of a run.</summary>
/// <param name="At">Seconds since its start.</param>
/// <param name="Rate">Units per second.</param>
/// <param name="P50">Milliseconds, of the first timing.</param>
/// <param name="Cpu">Of the server's processes, in processors.</param>
/// <param name="Memory">Resident, MiB.</param>
internal sealed record Sample(double At, double Rate, double P50, double P99, double Cpu, double Memory);

/// <summary>What one run of a scenario has shown.</summary>
/// <param name="Load">In a few words: how many, how often.</param>
/// <param name="Wrong">What should not have been; empty when all is well.</param>
internal sealed record RunResult(
    string Server, string Scenario, string Load, double Seconds, IReadOnlyList<Figure> Figures, IReadOnlyList<Percentiles> Timings, IReadOnlyList<Sample> Samples, IReadOnlyList<string> Wrong)
{
    public double? this[string figure] => Figures.FirstOrDefault(f => f.Name == figure)?.Value;
}
