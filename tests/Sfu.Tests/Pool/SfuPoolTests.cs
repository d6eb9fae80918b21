using Microsoft.Extensions.DependencyInjection;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Tests.Control;

namespace RtcHub.Sfu.Tests.Pool;

/// <summary>Several services, a real Redis, and hubs that use them as one.</summary>
public sealed class SfuPoolTests : IAsyncLifetime
{
    private readonly Dictionary<string, (RecordingSfu Sfu, SfuService Service)> _services = [];
    private RedisProcess _redis = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await RedisProcess.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, service) in _services.Values) await service.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_room_stays_together_ids_lead_to_its_service_and_what_happens_there_is_heard()
    {
        await ServeAsync("a", "b");
        await using var pool = await (await TestPool.StartAsync(_redis)).HasAsync(2);
        var at = await pool.EnterAsync("r");
        var other = await pool.EnterAsync("s");
        Assert.NotEqual(at, other);
        for (var i = 0; i < 5; i++) Assert.Equal(at, await pool.EnterAsync("r"));
        Assert.Equal($"{at}-0-abc", (await pool.Sfu.SubscribeAsync(new SubscribeRequest("r", "bo", 1, 1), Cancel)).Transport);

        await pool.Sfu.MuteAsync($"{other}-0-abc/1", true, Cancel);
        await pool.Sfu.AnswerAsync($"{at}-0-abc", "v=0\r\n", Cancel);
        Assert.Contains(("mute", $"{other}-0-abc/1", true), _services[other].Sfu.Asked);
        Assert.Contains(("answer", $"{at}-0-abc", "v=0\r\n"), _services[at].Sfu.Asked);
        Assert.Equal(SfuError.NotFound, (await Assert.ThrowsAsync<SfuException>(() => pool.Sfu.AnswerAsync("gone-0-abc", "v=0\r\n", Cancel))).Error);
        await pool.Sfu.CloseAsync("gone-0-abc", Cancel);

        foreach (var (name, (sfu, _)) in _services)
        {
            sfu.Tell(new SfuEvent(SfuEvent.Connected, "r", Transport: name));
            Assert.Equal(name, (await pool.NextAsync(SfuEvent.Connected)).Transport);
        }
    }

    [Fact]
    public async Task Hubs_that_ask_at_once_agree_where_a_room_is()
    {
        await ServeAsync("a", "b");
        await using var first = await (await TestPool.StartAsync(_redis, "a")).HasAsync(2);
        await using var second = await (await TestPool.StartAsync(_redis, "b")).HasAsync(2);
        // Each has a place of its own for a room, and takes the other's word for one that is somewhere.
        Assert.Equal(("a", "a"), (await first.EnterAsync("one"), await second.EnterAsync("one")));
        Assert.Equal(("b", "b"), (await second.EnterAsync("two"), await first.EnterAsync("two")));
        var rooms = Enumerable.Range(0, 40).Select(i => $"r{i}").ToArray();
        var asked = await Task.WhenAll(rooms.Select(async room => await Task.WhenAll(first.EnterAsync(room), second.EnterAsync(room))));
        Assert.All(asked, both => Assert.Equal(both[0], both[1]));
    }

    [Fact]
    public async Task A_service_that_comes_is_used_without_more_ado()
    {
        await ServeAsync("a");
        await using var pool = await (await TestPool.StartAsync(_redis)).HasAsync(1);
        Assert.Equal("a", await pool.EnterAsync("r"));
        await ServeAsync("b");
        await pool.HasAsync(2);
        Assert.Contains("b", await Task.WhenAll(Enumerable.Range(0, 4).Select(i => pool.EnterAsync($"s{i}"))));
        Assert.Equal("a", await pool.EnterAsync("r"));
    }

    [Fact]
    public async Task What_is_lost_with_a_service_are_its_rooms_and_they_are_found_on_another()
    {
        await ServeAsync("a", "b");
        await using var pool = await (await TestPool.StartAsync(_redis)).HasAsync(2);
        var (dying, other) = (await pool.EnterAsync("r"), await pool.EnterAsync("s"));
        Assert.NotEqual(dying, other);
        await KillAsync(dying);
        var lost = await pool.NextAsync(SfuEvent.Lost);
        Assert.Equal("r", lost.Room);
        Assert.Equal("r", (await pool.NextAsync(SfuEvent.Found, SfuEvent.Lost)).Room);
        Assert.Equal(other, await pool.EnterAsync("r"));
        Assert.Equal(other, await pool.EnterAsync("s"));
    }

    [Fact]
    public async Task When_the_last_one_dies_all_is_lost_until_there_is_another()
    {
        await using var pool = await TestPool.StartAsync(_redis);
        Assert.Null((await pool.NextAsync(SfuEvent.Lost)).Room);
        Assert.Equal(SfuError.Unavailable, (await Assert.ThrowsAsync<SfuException>(() => pool.EnterAsync("r"))).Error);
        await ServeAsync("a");
        Assert.Null((await pool.NextAsync(SfuEvent.Found)).Room);
        Assert.Equal("a", await pool.EnterAsync("r"));
        await KillAsync("a");
        Assert.Null((await pool.NextAsync(SfuEvent.Lost, SfuEvent.Found)).Room);
        await ServeAsync("b");
        Assert.Null((await pool.NextAsync(SfuEvent.Found)).Room);
        Assert.Equal("b", await pool.EnterAsync("r"));
    }

    [Fact]
    public async Task A_service_that_is_drained_tells_its_rooms_to_leave_and_takes_no_others()
    {
        await ServeAsync("a");
        await using var pool = await (await TestPool.StartAsync(_redis)).HasAsync(1);
        await pool.EnterAsync("r");
        using var http = new HttpClient { BaseAddress = _services["a"].Service.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", SfuService.Secret);
        // Somebody is on it; else it would end at once.
        using var client = new TestClient(sends: true);
        var real = _services["a"].Service.Services.GetRequiredService<EmbeddedSfu>();
        await real.ConnectAsync(new ConnectRequest("other", "ada", client.Offer()), Cancel);
        using (var response = await http.PostAsync(new Uri("/sfu/v1/drain", UriKind.Relative), null, Cancel)) Assert.Equal(202, (int)response.StatusCode);
        await TestPool.UntilAsync(() => pool.Members.All.Single().Record.IsDraining);
        Assert.Equal("a", await pool.EnterAsync("s")); // Better than nowhere.
        Assert.Equal(503, (int)(await http.GetAsync(new Uri("/readyz", UriKind.Relative), Cancel)).StatusCode);

        await ServeAsync("b");
        Assert.Equal(["r", "s"], new[] { (await pool.NextAsync(SfuEvent.Leave)).Room, (await pool.NextAsync(SfuEvent.Leave)).Room }.Order());
        Assert.Equal("b", await pool.EnterAsync("r~1"));
        Assert.Equal("a", await pool.EnterAsync("r"));
    }

    [Fact]
    public async Task When_Redis_loses_its_memory_nobody_loses_anything()
    {
        await ServeAsync("a", "b");
        await using var pool = await (await TestPool.StartAsync(_redis)).HasAsync(2);
        Assert.NotNull(await pool.NextAsync(SfuEvent.Found, SfuEvent.Lost));
        var at = await pool.EnterAsync("r");
        await _redis.KillAsync();
        Assert.Equal(at, await pool.EnterAsync("r"));
        Assert.NotNull(await pool.EnterAsync("new")); // Where it would go is known without Redis.
        await _redis.StartAgainAsync();
        await using var second = await (await TestPool.StartAsync(_redis)).HasAsync(2);
        Assert.Equal(at, await pool.EnterAsync("r"));
        foreach (var (sfu, _) in _services.Values) sfu.Tell(new SfuEvent(SfuEvent.Connected, "r"));
        // Nothing was lost in between.
        Assert.Equal(SfuEvent.Connected, (await pool.NextAsync(SfuEvent.Connected, SfuEvent.Lost)).Kind);
    }

    private async Task ServeAsync(params string[] names)
    {
        foreach (var name in names) _services.Add(name, await TestPool.ServeAsync(_redis, name));
    }

    private async Task KillAsync(string name)
    {
        var (_, service) = _services[name];
        _services.Remove(name);
        await service.DisposeAsync();
    }
}
