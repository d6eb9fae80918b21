using RtcHub.Load.Running;
using RtcHub.Load.Scenarios;
using RtcHub.Load.Servers;
using RtcHub.Load.Sockets;

namespace RtcHub.Signal.Tests.Load;

/// <summary>The load tools against a hub, in a tiny size, so that they cannot rot.</summary>
public sealed class ScenarioTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("signal", "--pairs 3 --rate 20")]
    [InlineData("signal", "--pairs 3 --rate 0")]
    [InlineData("signal", "--fan-out 5")]
    [InlineData("idle", "--connections 20 --sources 3")]
    [InlineData("rooms", "--people 2")]
    [InlineData("rooms", "--rate 10")]
    [InlineData("join-storm", "--people 12 --in-rooms 3 --over 0")]
    [InlineData("churn", "--people 3 --joins 20")]
    public async Task A_scenario_runs_as_a_command_and_finds_nothing_wrong_with_the_hub(string command, string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The load tools use epoll.");
        await using var hub = await TestHub.StartAsync("Signal:MessagesPerSecond=100000", "Signal:Burst=100000");
        var report = Path.Combine(Directory.CreateTempSubdirectory("load-test-").FullName, "report");

        var code = await ScenarioProgram.RunAsync(
            command, [.. options.Split(' '), "--seconds", "1", "--warmup", "0", "--url", $"{hub.Address}", "--pid", $"{Environment.ProcessId}", "--report", report], Cancel);

        Assert.Equal(0, code);
        var page = await File.ReadAllTextAsync($"{report}.html", Cancel);
        Assert.Contains("Nothing was lost", page);
        Assert.DoesNotContain(" src=", page);
        Assert.DoesNotContain(" href=", page);
        Assert.Contains("\"figures\"", await File.ReadAllTextAsync($"{report}.json", Cancel));
    }

    [Fact]
    public async Task A_call_is_eighteen_messages_and_each_is_counted_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The load tools use epoll.");
        await using var hub = await TestHub.StartAsync();
        await using var scenario = new CallScenario(SignallingServer.HubPeers(null), await RoutesAsync(hub), 1, TimeSpan.Zero, "pairs");
        await scenario.PrepareAsync(Cancel);

        await scenario.StepAsync(0, Cancel);
        await scenario.StepAsync(0, Cancel);

        Assert.Equal(36, scenario.Measures.Units);
        Assert.Equal(2, scenario.Measures.Timing("call").All().TotalCount);
        Assert.Empty(await scenario.FinishAsync(Cancel));
    }

    [Fact]
    public async Task A_server_that_refuses_messages_is_found_out()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The load tools use epoll.");
        await using var hub = await TestHub.StartAsync("Signal:CandidatesPerNegotiation=3");
        await using var scenario = new CallScenario(SignallingServer.HubPeers(null), await RoutesAsync(hub), 1, TimeSpan.Zero, "pairs");
        await scenario.PrepareAsync(Cancel);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var step = scenario.StepAsync(0, end.Token);
        await UntilAsync(() => scenario.Tally.Refused >= 5);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => step);

        Assert.Contains(await scenario.FinishAsync(Cancel), wrong => wrong.Contains("refused"));
    }

    [Fact]
    public async Task A_client_whose_socket_breaks_resumes_and_nothing_is_lost_or_doubled()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The load tools use epoll.");
        await using var hub = await TestHub.StartAsync();
        using var thread = new SocketThread();
        var (tally, route) = (new Tally(), (await RoutesAsync(hub))(0));
        await using var speaker = new HubClient(thread, route, tally, "Ada") { Resumes = true };
        await using var listener = new HubClient(thread, route, tally, "Grace") { Resumes = true };
        var heard = new List<long>();
        listener.Heard = (_, data) =>
        {
            if (!Payloads.TryRead(data, out var call, out int _)) return;
            lock (heard) heard.Add(call);
        };
        await speaker.JoinAsync("blue-fox", Cancel);
        await listener.JoinAsync("blue-fox", Cancel);

        for (var i = 1; i <= 30; i++)
        {
            if (i % 10 == 0) speaker.Break();
            if (i % 7 == 0) listener.Break();
            await speaker.RequestAsync("data", $"{{\"call\":{i},\"i\":0}}", listener.Id, Cancel);
        }

        await UntilAsync(() =>
        {
            lock (heard) return heard.Count >= 30;
        });
        Assert.Equal(Enumerable.Range(1, 30).Select(i => (long)i), heard);
        Assert.Equal(0, tally.Gaps);
        Assert.True(tally.Resumed >= 3, $"{tally.Resumed} resumed");
        Assert.Equal(0, tally.Forgotten);
    }

    private static async Task<Func<int, Route>> RoutesAsync(TestHub hub) =>
        (await SignallingServer.AtAsync(hub.Address, null, null, Cancel)).Routes(1);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(15));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
