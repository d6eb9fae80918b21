using RtcHub.Load.Scenarios;
using Spectre.Console;

namespace RtcHub.Load.Running;

/// <summary>The last seconds of a run, as they come; and all runs at the end.</summary>
internal static class LiveTable
{
    private const int Rows = 12;
    private static readonly string[] Columns = ["s", "/s", "ms p50", "ms p99", "CPU", "RSS MiB"];

    /// <summary>Runs something that tells of each second.</summary>
    public static Task<RunResult> ShowAsync(string title, Func<Action<Sample, Measures>, Task<RunResult>> run)
    {
        // A file gets no table that is drawn over and over again.
        if (Console.IsOutputRedirected) return run((_, _) => { });
        var samples = new List<Sample>();
        return AnsiConsole.Live(Draw(title, "", samples)).AutoClear(true).StartAsync(context => run((sample, measures) =>
        {
            samples.Add(sample);
            context.UpdateTarget(Draw(title, measures.Plural, samples));
        }));
    }

    public static void Print(IReadOnlyList<RunResult> runs)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var title in (string[])["server", "scenario", "load", "rate", "CPU", "RSS MiB", "what", "ms p50", "p90", "p99", "max"]) table.AddColumn(new TableColumn(title) { NoWrap = true });
        foreach (var run in runs)
        {
            var timings = run.Timings.Where(timing => timing.Count > 0).OrderBy(timing => timing.Name).ToList();
            for (var i = 0; i < Math.Max(1, timings.Count); i++)
            {
                string[] head = i > 0 ? ["", "", "", "", "", ""] :
                [
                    run.Server, run.Scenario, run.Load, Text(run, ScenarioRunner.RateFigure, "0.#"), Text(run, ScenarioRunner.CpuFigure, "0.0"), $"{run[ScenarioRunner.MemoryFigure]:0}",
                ];
                string[] tail = timings.Count == 0 ? ["", "", "", "", ""] :
                    [timings[i].Name, $"{timings[i].P50:0.00}", $"{timings[i].P90:0.00}", $"{timings[i].P99:0.0}", $"{timings[i].Max:0}"];
                table.AddRow([.. head.Concat(tail).Select(Markup.Escape)]);
            }
        }

        AnsiConsole.Write(table);
        foreach (var run in runs)
        {
            foreach (var figure in run.Figures.Where(figure => figure.Name is not (ScenarioRunner.RateFigure or ScenarioRunner.CpuFigure or ScenarioRunner.MemoryFigure or "CPU")))
                AnsiConsole.MarkupLineInterpolated($"{run.Server}, {run.Scenario}: {figure.Name} {figure.Value:0.##} {figure.Unit}");
            foreach (var wrong in run.Wrong) AnsiConsole.MarkupLineInterpolated($"[yellow]{run.Server}, {run.Scenario}: {wrong}[/]");
        }
    }

    private static string Text(RunResult run, string figure, string format) =>
        run.Figures.FirstOrDefault(f => f.Name == figure) is { } found ? $"{found.Value.ToString(format, System.Globalization.CultureInfo.InvariantCulture)} {found.Unit}" : "";

    private static Table Draw(string title, string unit, List<Sample> samples)
    {
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle(Markup.Escape(title)) };
        foreach (var column in Columns) table.AddColumn(new TableColumn(column == "/s" ? $"{unit}/s" : column).RightAligned());
        foreach (var sample in samples.TakeLast(Rows))
            table.AddRow($"{sample.At:0}", $"{sample.Rate:0}", $"{sample.P50:0.00}", $"{sample.P99:0.0}", $"{sample.Cpu:0.00}", $"{sample.Memory:0}");
        return table;
    }
}
