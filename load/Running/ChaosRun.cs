using System.Net;
using RtcHub.Load.Scenarios;
using RtcHub.Load.Servers;
using RtcHub.Load.Sockets;

namespace RtcHub.Load.Running;

/// <summary>Kills hubs, one after the other, while people talk, and counts what was lost: it must be nothing.</summary>
internal static class ChaosRun
{
    private const int MessagesPerSecond = 100;

    public static async Task<RunResult> RunAsync(ScenarioOptions options, CancellationToken cancel)
    {
        var nodes = Nodes(options);
        try
        {
            foreach (var node in nodes) await node.StartAsync(cancel);
            var kind = nodes.Count > 1 ? "data" : "chat";
            var hello = options.Token is null ? null : $"\"token\":\"{options.Token}\"";
            await using var scenario = new ChaosScenario(Routes(nodes), hello, Math.Min(options.Pairs, 50), kind, $"load-{Environment.ProcessId}");
            var (kills, every) = (options.Kills, TimeSpan.FromSeconds(options.Every));
            var load = $"{kills} kills of {nodes.Count} hubs, {MessagesPerSecond} {kind}/s";
            var run = await LiveTable.ShowAsync(load, progress =>
                new ScenarioRunner("RtcHub", scenario, load, () => [.. nodes.Select(node => node.ProcessId).OfType<int>()], progress).RunAsync(async _ =>
                {
                    using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                    var talking = Pace.SteadyAsync(scenario, options.Rate is > 0 and var rate ? rate : MessagesPerSecond, end.Token);
                    await KillAsync(nodes, kills, every, cancel);
                    await end.CancelAsync();
                    await talking;
                }, TimeSpan.Zero, TimeSpan.FromHours(12), cancel));
            return run with
            {
                Figures =
                [
                    .. run.Figures, new("lost", scenario.Lost, "messages"), new("killed", kills, "times"), new("resumed", scenario.Tally.Resumed, "sessions"),
                    new("resynced", scenario.Tally.Resynced, "sessions"), new("longest without a session", scenario.Tally.LongestAway.TotalSeconds, "s"),
                    new("repeats that receivers know by their n", scenario.Repeated, "messages"),
                ],
            };
        }
        finally
        {
            foreach (var node in nodes) node.Dispose();
        }
    }

    private static async Task KillAsync(List<HubNode> nodes, int kills, TimeSpan every, CancellationToken cancel)
    {
        await Task.Delay(every / 2, cancel);
        for (var i = 0; i < kills; i++)
        {
            var node = nodes[i % nodes.Count];
            node.Kill();

            // Of several, the others go on without it for a while.
            if (nodes.Count > 1) await Task.Delay(every / 2, cancel);
            await node.StartAsync(cancel);
            await Task.Delay(every, cancel);
        }
    }

    private static List<HubNode> Nodes(ScenarioOptions options)
    {
        if (options.Hubs.Count > 0) return [.. options.Hubs.Select(hub => HubNode.Of(hub.Url, hub.Command))];
        var url = new Uri($"http://127.0.0.1:{ServersUnderTest.FreePort()}");
        return [new HubNode(url, SignallingServer.HubCommand(url, new ScenarioServer(options.Server, options.Settings)))];
    }

    // Everybody knows all hubs; one after the other begins at another of them.
    private static Func<int, Route> Routes(List<HubNode> nodes)
    {
        var servers = nodes.Select(node => new IPEndPoint(IPAddress.Parse(node.Url.Host), node.Url.Port)).ToArray();
        return i => new Route([.. servers.Skip(i % servers.Length).Concat(servers.Take(i % servers.Length))]);
    }
}
