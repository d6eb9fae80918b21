using Microsoft.Extensions.DependencyInjection;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Rooms;
using RtcHub.Tests;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>Some hubs on one Redis, in this process.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly MemoryRoomStore _store = new();
    private readonly List<TestHub> _hubs = [];
    private readonly List<TestHub> _stopped = [];

    private TestCluster(RedisProcess redis) => Redis = redis;

    public RedisProcess Redis { get; }

    public TestHub this[int index] => _hubs[index];

    public static async Task<TestCluster> StartAsync(int hubs, params string[] settings)
    {
        var cluster = new TestCluster(await RedisProcess.StartAsync());
        for (var i = 0; i < hubs; i++) await cluster.AddAsync(settings);
        return cluster;
    }

    public async Task<TestHub> AddAsync(params string[] settings)
    {
        var hub = await TestHub.StartAsync(null, _store, [$"Redis:Connection={Redis.Connection}", "Signal:DrainSeconds=0", .. settings]);
        _hubs.Add(hub);
        return hub;
    }

    /// <summary>As kill -9 looks from elsewhere: nothing is heard of it any more, and nothing is read.</summary>
    public async Task SilenceAsync(int index)
    {
        await this[index].Services.GetRequiredService<Nodes>().StopAsync(TestContext.Current.CancellationToken);
        await this[index].Services.GetRequiredService<Relay>().StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>As SIGTERM does.</summary>
    public async Task StopAsync(int index)
    {
        _stopped.Add(this[index]);
        await this[index].DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in _hubs.Except(_stopped)) await hub.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
