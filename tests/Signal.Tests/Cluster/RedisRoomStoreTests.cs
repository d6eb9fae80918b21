using Microsoft.Extensions.Logging.Abstractions;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Tests.Rooms;
using StackExchange.Redis;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>What every store keeps to, with a real Redis; and that only the home of a room changes it.</summary>
public sealed class RedisRoomStoreTests : RoomStoreTests, IAsyncLifetime
{
    private RedisProcess _redis = null!;
    private ConnectionMultiplexer _connection = null!;
    private Journal _journal = null!;
    private RedisRoomStore _store = null!;

    private protected override IRoomStore Store => _store;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisProcess.StartAsync();
        _connection = await ConnectionMultiplexer.ConnectAsync(_redis.Connection);
        (_journal, _store) = NewStore("one");
    }

    public async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_node_that_has_lost_the_lease_of_a_room_changes_nothing_of_it()
    {
        await Store.AddRoomAsync(Room("one"), Cancel);
        await Store.AppendChatAsync("one", "ada", "Ada", "before", 1, At, keep: 10, Cancel);
        _journal.EpochOf = _ => 7;
        await _connection.GetDatabase().HashSetAsync("rtchub:homes", "one", "two 8");
        await Assert.ThrowsAsync<NotHomeException>(() => Store.ReplaceRoomAsync(Room("one") with { Name = "x", Version = 2 }, Cancel));
        await Assert.ThrowsAsync<NotHomeException>(() => Store.AppendChatAsync("one", "ada", "Ada", "after", 2, At, keep: 10, Cancel));
        await Assert.ThrowsAsync<NotHomeException>(() => Store.DeleteRoomAsync("one", null, Cancel));
        AssertSame(Room("one"), await Store.GetRoomAsync("one", Cancel));
        Assert.Equal("before", Assert.Single(await Store.ChatAsync("one", 10, Cancel)).Text);

        await _connection.GetDatabase().HashSetAsync("rtchub:homes", "one", "one 7");
        Assert.True(await Store.ReplaceRoomAsync(Room("one") with { Name = "x", Version = 2 }, Cancel));
    }

    [Fact]
    public async Task Numbers_of_chat_go_on_at_the_next_node()
    {
        await Store.AddRoomAsync(Room("one"), Cancel);
        for (var n = 1; n <= 3; n++)
            await Store.AppendChatAsync("one", "ada", "Ada", "text", n, At, keep: 2, Cancel);
        var (journal, store) = NewStore("two");
        await using var _ = journal;
        Assert.Equal(3, (await store.AppendChatAsync("one", "ada", "Ada", "again", 3, At, keep: 2, Cancel)).Message);
        Assert.Equal(4, (await store.AppendChatAsync("one", "ada", "Ada", "text", 4, At, keep: 2, Cancel)).Message);
        Assert.Equal([3, 4], (await Store.ChatAsync("one", 10, Cancel)).Select(message => message.Message));
    }

    private (Journal, RedisRoomStore) NewStore(string node)
    {
        var keys = new ClusterKeys("rtchub");
        var journal = new Journal(_connection, keys, node, TimeProvider.System, NullLogger<Journal>.Instance);
        return (journal, new RedisRoomStore(_connection, keys, node, journal, TimeProvider.System));
    }
}
