using RtcHub.Signal.Rooms;
using RtcHub.Tests;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>Some hubs on one Redis, in this process.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly MemoryRoomStore _store = new();
    private readonly List<TestHub> _hubs = [];

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
        var hub = await TestHub.StartAsync(null, _store, [$"Redis:Connection={Redis.Connection}", .. settings]);
        _hubs.Add(hub);
        return hub;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in _hubs) await hub.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
