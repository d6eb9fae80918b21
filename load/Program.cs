using System.Net;
using System.Runtime.InteropServices;
using RtcHub.Load;
using RtcHub.Load.Meeting;
using RtcHub.Load.Running;
using RtcHub.Load.Servers;
using RtcHub.Load.Signalling;
using Spectre.Console;

using var cancel = new CancellationTokenSource();

// Ctrl+C and kill end a run as an error would: servers and namespaces are taken down.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);

// A table that is written to a file is not cut to 80 columns.
if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 180;

try
{
    switch (args.FirstOrDefault())
    {
        case "sfu":
            return await SfuAsync(LoadOptions.Parse(args[1..]));
        case "meeting":
            return await MeetAsync(LoadOptions.Parse(args[1..]));
        case "compare" when !args.Contains("janus"):
        case "signal" or "idle" or "rooms" or "join-storm" or "churn" or "chaos":
            return await ScenarioProgram.RunAsync(args[0], args[1..], cancel.Token);
        case "compare":
            return await CompareAsync(LoadOptions.Parse(args[1..]));
        default:
            Console.WriteLine(LoadOptions.Usage + ScenarioOptions.Usage);
            return args.Length == 0 ? 2 : 0;
    }
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException or TimeoutException)
{
    // A server that does not start, that refuses, or that nobody can join: the message says all.
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException) when (cancel.IsCancellationRequested)
{
    return 130;
}

void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    cancel.Cancel();
}

async Task<int> SfuAsync(LoadOptions options)
{
    using var network = options.Url is null ? Network(options) : null;
    var servers = new ServersUnderTest(network);
    var runs = new List<Measurement>();
    foreach (var point in Points(options))
    {
        if (point.Url is { } url)
        {
            await using var signalling = new WhipSignalling(url, point.Token);
            runs.Add(await RunAsync(point, new Target(url.Authority, signalling, LocalAddress(url), point.ProcessId)));
        }
        else
        {
            await using var server = await servers.StartHubAsync(point, cancel.Token);
            runs.Add(await RunAsync(point, server.Target));
        }
    }

    Describe(options, runs, network);
    Report.Print(runs);
    return ExitCode(runs);
}

async Task<int> MeetAsync(LoadOptions options)
{
    using var network = Network(options);
    var servers = new ServersUnderTest(network);
    var runs = new List<MeetingMeasurement>();
    foreach (var point in Points(options))
    {
        await using var service = await servers.StartServiceAsync(point, cancel.Token);
        runs.Add(await AnsiConsole.Status().StartAsync("meeting", status =>
            MeetingLoad.RunAsync(point, service, doing => status.Status($"{point.Participants} people: {doing}"), cancel.Token)));
    }

    AnsiConsole.MarkupLineInterpolated($"{options.Visible} tiles, {options.Speakers} speakers, {options.Rate} frames/s, {(options.Dtx ? "silence is not sent, " : "")}{(options.Blind ? "no feedback, " : "")}{options.Duration} s, {(network is null ? "over a local address" : "over a veth pair")}, {Environment.ProcessorCount} processors");
    MeetingMeasurement.Print(runs);
    return runs.TrueForAll(run => run.Joined == run.Options.Participants && run.Viewers.Corrupt == 0) ? 0 : 1;
}

async Task<int> CompareAsync(LoadOptions options)
{
    using var network = Network(options);
    var servers = new ServersUnderTest(network);
    var runs = new List<Measurement>();
    for (var round = 0; round < options.Rounds; round++)
    {
        await using (var hub = await servers.StartHubAsync(options, cancel.Token)) runs.Add(await RunAsync(options, hub.Target));
        foreach (var loops in options.Loops)
        {
            await using var janus = await servers.StartJanusAsync(loops, cancel.Token);
            runs.Add(await RunAsync(options, janus.Target));
        }
    }

    Describe(options, runs, network);
    Report.Print(runs);
    Report.PrintRatios(runs);
    return ExitCode(runs);
}

Task<Measurement> RunAsync(LoadOptions options, Target target) => AnsiConsole.Status().StartAsync(
    target.Name, status => SfuLoad.RunAsync(options, target, doing => status.Status($"{target.Name}: {doing}"), cancel.Token));

// For scripts: 1 says that somebody could not join, or got something else than was sent.
static int ExitCode(List<Measurement> runs) => runs.TrueForAll(run => run.Joined == run.Options.Viewers && run.Viewers.Corrupt == 0) ? 0 : 1;

static IEnumerable<LoadOptions> Points(LoadOptions options) =>
    options.Sweep is var (name, values) ? values.Select(value => options.Set(name, value)).ToList() : [options];

static TestNetwork? Network(LoadOptions options) => options.Veth switch
{
    true when !TestNetwork.IsPossible => throw new UsageException("--network veth needs Linux, root and iproute2."),
    false => null,
    _ => TestNetwork.IsPossible ? TestNetwork.Create() : null,
};

// The address by which this machine reaches the server.
static IPAddress LocalAddress(Uri url)
{
    using var probe = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
    probe.Connect(url.Host, url.Port);
    var address = ((IPEndPoint)probe.LocalEndPoint!).Address;
    return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

static void Describe(LoadOptions options, List<Measurement> runs, TestNetwork? network) => AnsiConsole.MarkupLineInterpolated(
    $"{options.Video} kbit/s VP8{(options.Audio ? " and Opus" : "")}, frames {(options.Paced ? "paced" : "at once")}, {Report.ProfileName(runs[0].Profile)}, {options.Duration} s, {(network is null ? "over a local address" : "over a veth pair")}, {Environment.ProcessorCount} processors");
