using System.Globalization;
using RtcHub.Load;
using Spectre.Console;

const string Usage = """
    load sfu     [--publishers 1] [--subscribers 100] [--rooms 1] [--video 1500] [--audio] [--paced] [--duration 15] [--threads 1]
                 [--workers 1] [--sweep subscribers=10,50,100,200,300 | rooms=1,10,50] [--url http://HOST:PORT --pid PID] [--set Section:Key=value ...]
        puts virtual participants on a hub that it starts itself, or on one that runs already
    load compare --with janus [--loops 2] [--rounds 3] [the options of sfu]
        the same load on RtcHub and on Janus in turn, and the ratio
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    var arguments = new Arguments(args);
    return arguments.Command switch
    {
        "sfu" => await SfuAsync(arguments, stop.Token),
        "compare" => await CompareAsync(arguments, stop.Token),
        _ => Help(),
    };
}
catch (LoadException exception)
{
    AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}

static int Help()
{
    Console.WriteLine(Usage);
    return 2;
}

static SfuLoadOptions Options(Arguments arguments) => new()
{
    Rooms = arguments.Number("rooms", 1),
    Publishers = arguments.Number("publishers", 1),
    Subscribers = arguments.Number("subscribers", 100),
    Video = arguments.Number("video", 1_500),
    Audio = arguments.Has("audio"),
    Paced = arguments.Has("paced"),
    Duration = arguments.Number("duration", 15),
    Threads = arguments.Number("threads", 1),
};

static async Task<int> SfuAsync(Arguments arguments, CancellationToken cancel)
{
    var options = Options(arguments);
    await using var server = arguments.Text("url") is { } url
        ? RtcHubServer.Attach(new Uri(url), arguments.Number("pid", Environment.ProcessId))
        : await RtcHubServer.StartAsync(arguments.Number("workers", 1), arguments.All("set"), cancel);
    var results = new List<SfuLoadResult>();
    var (name, values) = arguments.Sweep();
    foreach (var value in values)
    {
        var step = name switch
        {
            "subscribers" => options with { Subscribers = value },
            "rooms" => options with { Rooms = value },
            _ => options,
        };
        results.Add(await SfuLoad.RunAsync(server, step, cancel));
        await Task.Delay(TimeSpan.FromSeconds(1), cancel);
    }

    Report.Show(results, i => name is null ? "RtcHub" : $"{name} {values[i].ToString(CultureInfo.InvariantCulture)}");
    return results.TrueForAll(r => r.Joined == r.Wanted && r.Damaged == 0) ? 0 : 1;
}

static async Task<int> CompareAsync(Arguments arguments, CancellationToken cancel)
{
    if (arguments.Text("with") != "janus") return Help();
    var options = Options(arguments) with { Audio = true };
    var (ours, theirs, all) = (new List<SfuLoadResult>(), new List<SfuLoadResult>(), new List<SfuLoadResult>());
    for (var round = 0; round < arguments.Number("rounds", 3); round++)
    {
        await using (var hub = await RtcHubServer.StartAsync(arguments.Number("workers", 1), arguments.All("set"), cancel))
            ours.Add(await SfuLoad.RunAsync(hub, options, cancel));
        all.Add(ours[^1]);
        await using (var janus = await JanusServer.StartAsync(arguments.Number("loops", 2), cancel))
            theirs.Add(await SfuLoad.RunAsync(janus, options, cancel));
        all.Add(theirs[^1]);
        AnsiConsole.MarkupLineInterpolated($"round {round + 1}: {ours[^1].CpuPerPacket:0.00} against {theirs[^1].CpuPerPacket:0.00} µs");
    }

    Report.Show(all);
    Report.Ratio("RtcHub", ours, theirs[0].Server, theirs);
    return 0;
}
