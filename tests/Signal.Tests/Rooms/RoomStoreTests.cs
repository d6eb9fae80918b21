using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Tests.Rooms;

/// <summary>What every store keeps to.</summary>
public abstract class RoomStoreTests
{
    private protected static readonly DateTimeOffset At = new(2026, 11, 23, 9, 0, 0, 123, TimeSpan.Zero);

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected abstract IRoomStore Store { get; }

    private protected static RoomRecord Room(string id) => new(
        id, "Name \"of\" it", RoomMode.P2p, 3, true, false, "hash", JsonElement.Parse("""{"a":[1,null]}"""), At, At.AddHours(1), 60, Version: 1);

    private protected static void AssertSame(RoomRecord expected, RoomRecord? actual)
    {
        Assert.Equal(expected with { Metadata = null }, actual! with { Metadata = null });
        Assert.Equal(expected.Metadata?.GetRawText(), actual.Metadata?.GetRawText());
    }

    [Fact]
    public async Task A_room_comes_back_as_it_was()
    {
        var full = Room("full");
        var bare = new RoomRecord("bare", null, RoomMode.Auto, 2, false, true, null, null, At, null, null, 1);
        Assert.True(await Store.AddRoomAsync(full, Cancel) && await Store.AddRoomAsync(bare, Cancel));
        AssertSame(full, await Store.GetRoomAsync("full", Cancel));
        AssertSame(bare, await Store.GetRoomAsync("bare", Cancel));
        Assert.Null(await Store.GetRoomAsync("none", Cancel));
        Assert.False(await Store.AddRoomAsync(full with { Name = "other" }, Cancel));
        AssertSame(full, await Store.GetRoomAsync("full", Cancel));
    }

    [Fact]
    public async Task A_version_is_replaced_by_the_next_one_only()
    {
        await Store.AddRoomAsync(Room("one"), Cancel);
        Assert.False(await Store.ReplaceRoomAsync(Room("one") with { Name = "x" }, Cancel));
        Assert.True(await Store.ReplaceRoomAsync(Room("one") with { Name = "x", Version = 2 }, Cancel));
        Assert.False(await Store.ReplaceRoomAsync(Room("one") with { Name = "y", Version = 2 }, Cancel));
        Assert.Equal("x", (await Store.GetRoomAsync("one", Cancel))!.Name);
        Assert.False(await Store.ReplaceRoomAsync(Room("none") with { Version = 2 }, Cancel));
        Assert.False(await Store.DeleteRoomAsync("one", 1, Cancel));
        Assert.True(await Store.DeleteRoomAsync("one", 2, Cancel));
        Assert.False(await Store.DeleteRoomAsync("one", null, Cancel));
    }

    [Fact]
    public async Task Rooms_are_listed_by_id_from_anywhere()
    {
        foreach (var id in new[] { "room-b", "room-1", "room-a", "room" })
            await Store.AddRoomAsync(Room(id), Cancel);
        Assert.Equal(["room", "room-1", "room-a"], (await Store.ListRoomsAsync(null, 3, Cancel)).Select(room => room.Id));
        Assert.Equal(["room-a", "room-b"], (await Store.ListRoomsAsync("room-9", 3, Cancel)).Select(room => room.Id));
    }

    [Fact]
    public async Task Chat_is_bounded_numbered_and_not_repeated()
    {
        await Store.AddRoomAsync(Room("one"), Cancel);
        for (var n = 1; n <= 5; n++)
            Assert.Equal(n, (await Store.AppendChatAsync("one", "ada", "Ada", $"text {n}", n, At, keep: 3, Cancel)).Message);
        var again = await Store.AppendChatAsync("one", "ada", "Ada", "text 4", 4, At.AddDays(1), keep: 3, Cancel);
        Assert.Equal(new ChatMessage(4, "ada", "Ada", "text 4", At, 4), again);
        Assert.Equal(6, (await Store.AppendChatAsync("one", "bo", "Bo", "mine", 4, At, keep: 3, Cancel)).Message);
        Assert.Equal([4, 5, 6], (await Store.ChatAsync("one", 10, Cancel)).Select(message => message.Message));
        Assert.Equal([5, 6], (await Store.ChatAsync("one", 2, Cancel)).Select(message => message.Message));
        await Store.DeleteRoomAsync("one", null, Cancel);
        Assert.Empty(await Store.ChatAsync("one", 10, Cancel));
    }

    [Fact]
    public async Task A_hundred_writers_at_once_lose_nothing()
    {
        await Store.AddRoomAsync(Room("one"), Cancel);
        var messages = await Task.WhenAll(Enumerable.Range(1, 100).Select(async i =>
        {
            Assert.True(await Store.AddRoomAsync(Room($"room-{i:000}"), Cancel));
            return await Store.AppendChatAsync("one", $"from-{i}", "Ada", "text", 1, At, keep: 1000, Cancel);
        }));
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), messages.Select(message => message.Message).Order());
        Assert.Equal(101, (await Store.ListRoomsAsync(null, 1000, Cancel)).Count);
        Assert.Equal(100, (await Store.ChatAsync("one", 1000, Cancel)).Count);
    }
}

public sealed class MemoryRoomStoreTests : RoomStoreTests
{
    private protected override IRoomStore Store { get; } = new MemoryRoomStore();
}

public sealed class SqliteRoomStoreTests : RoomStoreTests, IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rtchub-store-");
    private readonly SqliteRoomStore _store;

    public SqliteRoomStoreTests() => _store = new SqliteRoomStore(File, NullLogger<SqliteRoomStore>.Instance);

    private protected override IRoomStore Store => _store;

    private string File => Path.Combine(_folder.FullName, "deeper", "rtchub.db");

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_was_accepted_is_there_for_whoever_opens_the_file_next_though_nobody_closed_it()
    {
        await Store.AddRoomAsync(Room("one"), Cancel);
        await Store.AppendChatAsync("one", "ada", "Ada", "hello", 1, At, keep: 10, Cancel);
        Store.SaveSession(new SessionRecord("k7mq4xtd", [1, 2], [3], At));
        Store.SaveSession(new SessionRecord("gone2222", [1, 2], [3], null));
        Store.RemoveSession("gone2222");
        await Store.AddRoomAsync(Room("two"), Cancel); // by its commit, what was written behind is written, too
        await Store.AddRoomAsync(Room("three"), Cancel);

        await using var next = new SqliteRoomStore(File, NullLogger<SqliteRoomStore>.Instance);
        AssertSame(Room("one"), await next.GetRoomAsync("one", Cancel));
        Assert.Equal(new ChatMessage(1, "ada", "Ada", "hello", At, 1), Assert.Single(await next.ChatAsync("one", 10, Cancel)));
        var session = Assert.Single(await next.LoadSessionsAsync(Cancel));
        Assert.Equal(("k7mq4xtd", At), (session.Id, session.EndedAt));
        Assert.Equal(2, (await next.AppendChatAsync("one", "ada", "Ada", "again", 2, At, keep: 10, Cancel)).Message);
    }

    [Fact]
    public void A_file_of_a_newer_version_is_left_alone()
    {
        var file = Path.Combine(_folder.FullName, "newer.db");
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file}"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "pragma user_version = 1000";
            command.ExecuteNonQuery();
        }

        var error = Assert.Throws<InvalidOperationException>(() => new SqliteRoomStore(file, NullLogger<SqliteRoomStore>.Instance));
        Assert.Contains("newer version", error.Message, StringComparison.Ordinal);
    }
}
