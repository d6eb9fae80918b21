using RtcHub.Load.Scenarios;
using RtcHub.Load.Servers;

namespace RtcHub.Load.Running;

/// <summary>The commands that load a hub's signalling: which server, which scenario, at which pace.</summary>
internal sealed class ScenarioProgram(ScenarioOptions options, CancellationToken cancel)
{
    // Connections of one server that begin at the same time: more would measure the kernel's queue of them.
    private const int AtOnce = 128;

    private readonly string _prefix = $"load-{Environment.ProcessId}";

    /// <summary>Exit code: 1 says that something was lost, doubled, refused or forgotten.</summary>
    public static async Task<int> RunAsync(string command, string[] arguments, CancellationToken cancel)
    {
        var options = ScenarioOptions.Parse(arguments);
        var program = new ScenarioProgram(options, cancel);
        IReadOnlyList<RunResult> runs = command switch
        {
            "compare" => await new SignallingComparison(options, program, cancel).RunAsync(),
            "chaos" => [await ChaosRun.RunAsync(options, cancel)],
            _ => [await program.MeasureAsync(command)],
        };

        LiveTable.Print(runs);
        if (command == "compare") SignallingComparison.PrintRatios(runs);
        if (options.Report is { } name) await HtmlReport.WriteAsync(name, $"load {command} {string.Join(' ', arguments)}", runs, cancel);
        return runs.All(run => run.Wrong.Count == 0) ? 0 : 1;
    }

    private async Task<RunResult> MeasureAsync(string command)
    {
        using var server = options.Url is { } url
            ? await SignallingServer.AtAsync(url, options.Token, options.ProcessId, cancel)
            : await SignallingServer.StartAsync("hub", new ScenarioServer(options.Server, options.Settings), cancel);
        return command switch
        {
            "signal" when options.FanOut > 0 => await FanOutAsync(server, options.FanOut),
            "signal" => await CallsAsync(server, options.Pairs, options.Rate ?? 200),
            "idle" => await IdleAsync(server, options.Connections),
            "rooms" => await RoomsAsync(server),
            "join-storm" => await JoinStormAsync(server),
            "churn" => await ChurnAsync(server),
            _ => throw new UsageException($"There is no scenario '{command}'."),
        };
    }

    /// <param name="rate">Calls a second; 0: closed loop.</param>
    public async Task<RunResult> CallsAsync(SignallingServer server, int pairs, int rate)
    {
        var gap = TimeSpan.FromMilliseconds(options.Gap ?? (rate > 0 ? 5 : 0));
        await using var scenario = new CallScenario(server.Factory, server.Routes(options.Sources), pairs, gap, $"{_prefix}-{rate}");
        return await RunAsync(server, scenario, rate > 0 ? $"{rate} calls/s, {pairs} pairs" : $"{pairs} pairs, closed loop",
            end => rate > 0 ? Pace.SteadyAsync(scenario, rate, end) : Pace.ClosedLoopAsync(scenario, pairs, end));
    }

    public async Task<RunResult> FanOutAsync(SignallingServer server, int people)
    {
        var room = $"{_prefix}-all";
        if (server.Name is not ("ws" or "socket.io")) await RoomScenario.CreateAsync(server.Url, options.Token, room, people, cancel);
        await using var scenario = new FanOutScenario(server.Factory, server.Routes(options.Sources), people, room);
        return await RunAsync(server, scenario, $"to {people} people", end => Pace.ClosedLoopAsync(scenario, 1, end));
    }

    /// <summary>What a connection costs: memory after, less memory before, once the server has served some and forgotten them.</summary>
    public async Task<RunResult> IdleAsync(SignallingServer server, int connections)
    {
        await using (var before = new IdleScenario(server.Factory, server.Routes(options.Sources), Math.Min(connections, 500))) await Pace.OnceAsync(before, TimeSpan.Zero, AtOnce, cancel);
        await Task.Delay(TimeSpan.FromSeconds(2), cancel);
        var resident = Memory();
        await using var scenario = new IdleScenario(server.Factory, server.Routes(options.Sources), connections);
        await Pace.OnceAsync(scenario, TimeSpan.Zero, AtOnce, cancel);
        var full = Memory();
        var connect = scenario.Measures.Timings.ToDictionary(pair => pair.Key, pair => pair.Value.All());
        var run = await RunAsync(server, scenario, $"{connections} connections", end => Task.Delay(Timeout.InfiniteTimeSpan, end).ContinueWith(_ => { }, TaskScheduler.Default));
        var each = (Memory() - resident) / 1024.0 / connections;
        return run with
        {
            Figures =
            [
                .. run.Figures.Where(figure => figure.Name is "CPU" or ScenarioRunner.MemoryFigure), new("per connection", each, "KiB"),
                new("per connection, as the last had come", (full - resident) / 1024.0 / connections, "KiB"),
                new("connecting, p99", connect["connect"].GetValueAtPercentile(99) / 1000.0, "ms"), new("CPU", run["CPU"]!.Value * 1000, "ms/s"),
            ],
        };

        double Memory() => server.Processes.Sum(id => (double)(ProcessUsage.TryOf(id)?.ResidentBytes ?? 0));
    }

    private async Task<RunResult> RoomsAsync(SignallingServer server)
    {
        var lanes = options.People ?? 16;
        await using var scenario = new RoomScenario(server.Url, options.Token, lanes, _prefix);
        return await RunAsync(server, scenario, options.Rate is { } rate and > 0 ? $"{rate} rooms/s" : $"{lanes} at a time",
            end => options.Rate is { } rate and > 0 ? Pace.SteadyAsync(scenario, rate, end) : Pace.ClosedLoopAsync(scenario, lanes, end));
    }

    private async Task<RunResult> JoinStormAsync(SignallingServer server)
    {
        var (people, rooms, over) = (options.People ?? 200, options.InRooms ?? 1, TimeSpan.FromSeconds(options.Over));
        if (people / rooms > 90)
        {
            for (var i = 0; i < rooms; i++) await RoomScenario.CreateAsync(server.Url, options.Token, $"{_prefix}-{i}", (people / rooms) + 1, cancel);
        }

        await using var scenario = new JoinScenario(server.Routes(options.Sources), people, rooms, stays: true, _prefix);
        return await RunAsync(server, scenario, $"{people} people into {rooms} rooms within {options.Over} s", end => Pace.OnceAsync(scenario, over, people, end), TimeSpan.Zero, TimeSpan.FromHours(1));
    }

    private async Task<RunResult> ChurnAsync(SignallingServer server)
    {
        var (people, rooms) = (options.People ?? 20, options.InRooms ?? 10);
        await using var scenario = new JoinScenario(server.Routes(options.Sources), people, rooms, stays: false, _prefix);
        var run = await RunAsync(server, scenario, options.Joins > 0 ? $"{options.Joins} joins and leaves" : $"{people} at a time", async end =>
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(end);
            var watching = options.Joins == 0 ? Task.CompletedTask : Task.Run(async () =>
            {
                while (scenario.Joined < options.Joins && !enough.IsCancellationRequested) await Task.Delay(50, CancellationToken.None);
                await enough.CancelAsync();
            }, CancellationToken.None);
            await Pace.ClosedLoopAsync(scenario, people, enough.Token);
            await watching;
        }, options.Joins > 0 ? TimeSpan.Zero : null, options.Joins > 0 ? TimeSpan.FromHours(12) : null);
        return run with { Figures = [.. run.Figures, .. Growth(run.Samples)] };
    }

    // Memory of the last third beside that of the second: a leak of anything shows, what is cached at first does not.
    private static IEnumerable<Figure> Growth(IReadOnlyList<Sample> samples)
    {
        if (samples.Count < 6) yield break;
        var third = samples.Count / 3;
        yield return new("RSS in the second third", samples.Skip(third).Take(third).Average(sample => sample.Memory), "MiB");
        yield return new("RSS in the last third", samples.Skip(2 * third).Average(sample => sample.Memory), "MiB");
    }

    private Task<RunResult> RunAsync(SignallingServer server, IScenario scenario, string load, Func<CancellationToken, Task> pace, TimeSpan? warmup = null, TimeSpan? duration = null) =>
        LiveTable.ShowAsync($"{server.Name}: {scenario.Name}, {load}", progress => new ScenarioRunner(server.Name, scenario, load, () => server.Processes, progress)
            .RunAsync(pace, warmup ?? TimeSpan.FromSeconds(options.Warmup), duration ?? TimeSpan.FromSeconds(options.Seconds), cancel));
}
