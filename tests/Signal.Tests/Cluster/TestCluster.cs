using Microsoft.Extensions.DependencyInjection;
using RtcHub.Sfu.Control;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Sockets;
using StackExchange.Redis;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>Some hubs on one Redis, in this process.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly List<TestHub> _hubs = [];
    private readonly List<TestHub> _stopped = [];
    private readonly List<TestHub> _killed = [];

    private TestCluster(RedisProcess redis) => Redis = redis;

    public RedisProcess Redis { get; }

    /// <summary>The media service of the hubs that are added from now on, or null: each has a real one.</summary>
    public ISfu? Sfu { get; set; }

    public TestHub this[int index] => _hubs[index];

    public static async Task<TestCluster> StartAsync(int hubs, params string[] settings)
    {
        var cluster = new TestCluster(await RedisProcess.StartAsync());
        for (var i = 0; i < hubs; i++) await cluster.AddAsync(settings);
        return cluster;
    }

    /// <summary>None yet, on a Redis that the test started and that ends with the cluster.</summary>
    public static TestCluster On(RedisProcess redis) => new(redis);

    public async Task<TestHub> AddAsync(params string[] settings)
    {
        var hub = await TestHub.StartAsync(null, null, Sfu, [$"Redis:Connection={Redis.Connection}", "Signal:DrainSeconds=0", .. settings]);
        _hubs.Add(hub);
        return hub;
    }

    /// <summary>As kill -9 looks from elsewhere: nothing is heard of it any more, and nothing is read.</summary>
    public async Task SilenceAsync(int index)
    {
        await this[index].Services.GetRequiredService<Nodes>().StopAsync(TestContext.Current.CancellationToken);
        await this[index].Services.GetRequiredService<Relay>().StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// As kill -9, at whatever moment this is: nothing more is written, nobody hears anything from it, and its sockets break. Another
    /// hub takes its place in the list.
    /// </summary>
    public async Task KillAsync(int index, params string[] settings)
    {
        var hub = this[index];
        await hub.Services.GetRequiredService<IConnectionMultiplexer>().DisposeAsync();
        foreach (var socket in hub.Services.GetRequiredService<Heartbeat>().Sockets) socket.Context.Abort();
        _killed.Add(hub);
        await AddAsync(settings);
        _hubs[index] = _hubs[^1];
        _hubs.RemoveAt(_hubs.Count - 1);
    }

    /// <summary>The hub that is the home of a room.</summary>
    public int HomeOf(string room) => _hubs.FindIndex(hub => hub.Services.GetRequiredService<Homes>().EpochOf(room) is not null);

    /// <summary>As SIGTERM does.</summary>
    public async Task StopAsync(int index)
    {
        _stopped.Add(this[index]);
        await this[index].DisposeAsync();
    }

    public static Task UntilAsync(Func<bool> reached) => UntilAsync(() => Task.FromResult(reached()));

    /// <summary>Looks again and again, for as long as a slow machine may take.</summary>
    public static async Task UntilAsync(Func<Task<bool>> reached)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await reached()) await timer.WaitForNextTickAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in _hubs.Except(_stopped)) await hub.DisposeAsync();
        foreach (var hub in _killed)
        {
            try
            {
                await hub.DisposeAsync();
            }
            catch (Exception exception) when (exception is ObjectDisposedException or AggregateException)
            {
                // It had its connection to Redis taken away.
            }
        }

        await Redis.DisposeAsync();
    }
}
