using System.Diagnostics;
using System.Net.Http.Json;

namespace RtcHub.E2E.Tests;

/// <summary>Several media services behind one hub: each room on one of them, and no call that ends with any of them.</summary>
public sealed class PoolTests(Stage stage) : BrowserTest(stage)
{
    // From the moment at which a service is killed.
    private const double LongestOutageMs = 5_000;

    private readonly Dictionary<string, HubProcess> _services = [];
    private RedisProcess _redis = null!;

    [Fact(Timeout = Limit)]
    public async Task Rooms_of_a_service_that_is_killed_are_on_another_within_five_seconds()
    {
        await StartAsync("a", "b");
        await Hub.CreateRoomAsync(new { id = "phoenix", mode = "sfu" });
        var people = new[] { await JoinAsync("phoenix", "Ada", 5), await JoinAsync("phoenix", "Bo", 10) };
        await EverybodySeesEverybodyAsync(people);
        var home = Assert.Single(await HoldersAsync());
        // The next room is on the other one, which has less to do.
        await Hub.CreateRoomAsync(new { id = "elsewhere", mode = "sfu" });
        var stranger = await JoinAsync("elsewhere", "Stranger", code: 1);
        await stranger.UntilAsync("() => rtchub.call.state.room.topology === 'sfu'");
        await UntilAsync(async () => (await HoldersAsync()).Count == 2);
        foreach (var one in people)
        {
            one.Expect("ICE failed");
            await Gaps.WatchAsync(one);
        }

        await _services[home].KillAsync();
        _services.Remove(home);
        await EverybodySeesEverybodyAsync(people);
        foreach (var one in people)
        {
            var gap = await Gaps.WorstGapAsync(one);
            Assert.True(gap.Video < LongestOutageMs + gap.Lag, $"{one.Name} saw nothing for {gap.Video} ms");
        }
    }

    [Fact(Timeout = Limit)]
    public async Task A_service_that_ends_gives_its_rooms_to_one_that_came_meanwhile_and_nobody_blinks()
    {
        await StartAsync("a");
        await Hub.CreateRoomAsync(new { id = "moving", mode = "sfu" });
        var people = new[] { await JoinAsync("moving", "Ada", 5), await JoinAsync("moving", "Bo", 10) };
        await EverybodySeesEverybodyAsync(people);
        Assert.Equal(["a"], await HoldersAsync());

        var calm = await Gaps.DuringAsync(people, async () =>
        {
            await AddAsync("b");
            var stranger = await JoinAsync("elsewhere", "Stranger", code: 1);
            await stranger.EvaluateAsync<object>("() => new Promise((next) => setTimeout(next, 2000))");
            await stranger.Hook("leave").First.ClickAsync();
        });
        var move = await Gaps.DuringAsync(people, async () =>
        {
            _services["a"].Terminate();
            foreach (var one in people) await one.UntilAsync("() => rtchub.call.state.room.route.way === 1 && !rtchub.call.state.moving");
            await _services["a"].EndedAsync();
            await EverybodySeesEverybodyAsync(people);
        });
        _services.Remove("a");
        Gaps.AssertNobodyBlinked(move, calm);
        Assert.Equal(["b"], await HoldersAsync());
    }

    [Fact(Timeout = Limit)]
    public async Task A_meeting_whose_home_is_killed_negotiates_nothing_and_its_next_home_moves_it_when_its_media_service_ends()
    {
        await StartAsync("a", "b");
        var second = Own(await HubProcess.StartAsync("Sfu:Mode=Pool", $"Redis:Connection={_redis.Connection}"));
        await UntilAsync(() => Task.FromResult(second.Output.Contains("region b) is in the pool", StringComparison.Ordinal) && second.Output.Contains("region a) is in the pool", StringComparison.Ordinal)));
        await Hub.CreateRoomAsync(new { id = "orphan", mode = "sfu" });
        var people = new[]
        {
            await JoinAsync("orphan", "Ada", 5, by: Own(new Wire(Hub.Address, second.Address)).Address),
            await JoinAsync("orphan", "Bo", 10, by: Own(new Wire(second.Address, Hub.Address)).Address),
        };
        await EverybodySeesEverybodyAsync(people);
        foreach (var one in people)
        {
            one.Expect(RecoveryTests.RefusedConnection);
            await one.EvaluateAsync<object>(
                """
                () => {
                  globalThis.negotiations = 0;
                  const set = RTCPeerConnection.prototype.setRemoteDescription;
                  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
                    negotiations++;
                    return set.call(this, description);
                  };
                }
                """);
        }

        await Hub.KillAsync(); // Ada came first: the room lives there.
        await people[0].EvaluateAsync<object>("() => { rtchub.call.chat('still there').catch(() => {}); }");
        foreach (var one in people)
        {
            await one.UntilAsync("() => rtchub.call.state.chat.some(c => c.text === 'still there')");
            Assert.Equal(0, await one.EvaluateAsync<int>("() => negotiations"));
        }

        await EverybodySeesEverybodyAsync(people);
        var at = Assert.Single(await HoldersAsync());
        _services[at].Terminate();
        foreach (var one in people) await one.UntilAsync("() => rtchub.call.state.room.route.way === 1 && !rtchub.call.state.moving");
        await _services[at].EndedAsync();
        _services.Remove(at);
        await EverybodySeesEverybodyAsync(people);
        Assert.Single(await HoldersAsync());
    }

    private async Task StartAsync(params string[] names)
    {
        _redis = Own(await RedisProcess.StartAsync());
        foreach (var name in names) await AddAsync(name);
        await UseHubAsync("Sfu:Mode=Pool", $"Redis:Connection={_redis.Connection}");
        await UntilAsync(() => Task.FromResult(names.All(name => Hub.Output.Contains($"region {name}) is in the pool", StringComparison.Ordinal))));
    }

    private async Task AddAsync(string name) =>
        _services.Add(name, Own(await HubProcess.StartMediaServiceAsync($"Redis:Connection={_redis.Connection}", $"Sfu:Region={name}", "Sfu:Workers=1")));

    // Services that somebody is connected to.
    private async Task<List<string>> HoldersAsync()
    {
        var holders = new List<string>();
        foreach (var (name, service) in _services)
        {
            using var http = new HttpClient { BaseAddress = service.Address };
            if ((await http.GetFromJsonAsync<Status>("sfu/v1/status", TestContext.Current.CancellationToken))!.Transports > 0) holders.Add(name);
        }

        return holders;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var waited = Stopwatch.StartNew(); !await holds();)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30));
            await Task.Delay(50); // There is no event to wait for but the next look.
        }
    }

    private sealed record Status(int Transports);
}
