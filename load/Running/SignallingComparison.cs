using RtcHub.Load.Servers;
using Spectre.Console;

namespace RtcHub.Load.Running;

/// <summary>The same signalling load on the hub and on others, A B C A B C, each started afresh for each round.</summary>
internal sealed class SignallingComparison(ScenarioOptions options, ScenarioProgram program, CancellationToken cancel)
{
    private const int SteadyRate = 200;
    private const int FanOut = 200;

    public async Task<IReadOnlyList<RunResult>> RunAsync()
    {
        var (rounds, idle) = (options.Rounds ?? (options.Quick ? 1 : 2), options.Quick ? 2000 : options.Connections);
        var runs = new List<RunResult>();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var kind in options.With.Prepend("hub"))
            {
                using var server = await SignallingServer.StartAsync(kind, new ScenarioServer(options.Server, options.Settings), cancel);
                runs.Add(await program.CallsAsync(server, options.Pairs, SteadyRate));
                runs.Add(await program.CallsAsync(server, options.Pairs, 0));
                runs.Add(await program.FanOutAsync(server, FanOut));
            }

            foreach (var kind in options.With.Prepend("hub"))
            {
                // What the loads before have left behind is not what connections cost.
                using var server = await SignallingServer.StartAsync(kind, new ScenarioServer(options.Server, options.Settings), cancel);
                runs.Add(await program.IdleAsync(server, idle));
            }
        }

        return runs;
    }

    /// <summary>The hub's cost beside that of each other server, round by round.</summary>
    public static void PrintRatios(IReadOnlyList<RunResult> runs)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var title in (string[])["RtcHub beside", "what", "load", "ours", "theirs", "ratio, each round"]) table.AddColumn(title);
        foreach (var theirs in runs.Where(run => run.Server != SignallingServer.Hub).GroupBy(run => (run.Server, run.Scenario, run.Load)).OrderBy(group => group.Key.Load))
        {
            var figure = theirs.Key.Scenario == "idle" ? "per connection" : ScenarioRunner.CpuFigure;
            var ours = runs.Where(run => run.Server == SignallingServer.Hub && (run.Scenario, run.Load) == (theirs.Key.Scenario, theirs.Key.Load)).ToList();
            table.AddRow(
                theirs.Key.Server, Markup.Escape($"{theirs.Key.Scenario}, {ours[0].Figures.First(f => f.Name == figure).Unit}"), Markup.Escape(theirs.Key.Load),
                string.Join(", ", ours.Select(run => $"{run[figure]:0.0}")), string.Join(", ", theirs.Select(run => $"{run[figure]:0.0}")),
                string.Join(", ", ours.Zip(theirs, (our, their) => $"{our[figure] / their[figure]:0.00}")));
        }

        AnsiConsole.Write(table);
    }
}
