using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Tests.Rooms;

/// <summary>Group commit: what goes together, what fails alone, and what fails with everybody.</summary>
public sealed class SqliteWriterTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rtchub-writer-");
    private readonly Notes _notes = new();
    private readonly SqliteWriter _writer;

    public SqliteWriterTests()
    {
        var connection = Open();
        Execute(connection, "pragma journal_mode = wal");
        Execute(connection, "create table parent (id integer primary key)");
        Execute(connection, "create table item (id integer primary key, bytes blob, parent integer references parent (id) deferrable initially deferred)");
        _writer = new SqliteWriter(connection, _notes);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_gathers_during_a_write_is_committed_together()
    {
        var (first, release) = await HoldAsync();
        var before = new List<int>();
        var writes = Enumerable.Range(1, 5).Select(id => _writer.WriteAsync(
            connection =>
            {
                before.Add(Ids().Length);
                return Execute(connection, $"insert into item (id) values ({id})");
            },
            Cancel)).ToArray();
        release.SetResult();
        await first;
        await Task.WhenAll(writes);
        Assert.Equal(Enumerable.Repeat(0, 5), before);
        Assert.Equal(5, Ids().Length);
    }

    [Fact]
    public async Task A_write_that_fails_takes_nobody_elses_with_it()
    {
        var (first, release) = await HoldAsync();
        var good = _writer.WriteAsync(connection => Execute(connection, "insert into item (id) values (1)"), Cancel);
        var bad = _writer.WriteAsync(
            connection =>
            {
                Execute(connection, "insert into item (id) values (2)");
                return Execute(connection, "insert into item (id) values (1)"); // there is one already
            },
            Cancel);
        var own = _writer.WriteAsync<int>(_ => throw new FormatException("mine"), Cancel);
        var last = _writer.WriteAsync(connection => Execute(connection, "insert into item (id) values (3)"), Cancel);
        release.SetResult();
        await first;
        Assert.Equal((1, 1), (await good, await last));
        Assert.Equal(19, (await Assert.ThrowsAsync<SqliteException>(() => bad)).SqliteErrorCode); // SQLITE_CONSTRAINT
        Assert.Equal("mine", (await Assert.ThrowsAsync<FormatException>(() => own)).Message);
        Assert.Equal([1, 3], Ids());
    }

    [Fact]
    public async Task A_commit_that_fails_is_told_to_everybody_and_the_next_one_works()
    {
        var (first, release) = await HoldAsync();
        var good = _writer.WriteAsync(connection => Execute(connection, "insert into item (id) values (1)"), Cancel);
        var orphan = _writer.WriteAsync(connection => Execute(connection, "insert into item (id, parent) values (2, 77)"), Cancel);
        release.SetResult();
        await first; // went by itself, before the others
        await Assert.ThrowsAsync<SqliteException>(() => good);
        await Assert.ThrowsAsync<SqliteException>(() => orphan);
        Assert.Empty(Ids());
        Assert.Equal(1, await _writer.WriteAsync(connection => Execute(connection, "insert into item (id) values (3)"), Cancel));
        Assert.Equal([3], Ids());
    }

    [Fact(Timeout = 60_000)] // a writer that gave up would never answer
    public async Task On_a_full_disk_everybody_is_told_and_when_there_is_room_again_writing_goes_on()
    {
        // The file may not grow: SQLite answers as on a full disk, and gives up the whole transaction by itself.
        await _writer.WriteAsync(connection => Execute(connection, "pragma max_page_count = 20"), Cancel);
        var (first, release) = await HoldAsync();
        var good = _writer.WriteAsync(connection => Execute(connection, "insert into item (id) values (1)"), Cancel);
        var big = _writer.WriteAsync(connection => Execute(connection, "insert into item (id, bytes) values (2, zeroblob(1000000))"), Cancel);
        var last = _writer.WriteAsync(connection => Execute(connection, "insert into item (id) values (3)"), Cancel);
        Behind("behind", 4);
        release.SetResult();
        await first;
        foreach (var write in new[] { good, big, last })
            Assert.Equal(13, (await Assert.ThrowsAsync<SqliteException>(() => write)).SqliteErrorCode); // SQLITE_FULL

        await _writer.WriteAsync(connection => Execute(connection, "pragma max_page_count = 1000"), Cancel);
        Assert.Equal(1, await _writer.WriteAsync(connection => Execute(connection, "insert into item (id, bytes) values (5, zeroblob(1000000))"), Cancel));
        Assert.Equal([5], Ids());
        Assert.Contains("behind", Assert.Single(_notes.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_what_is_written_behind_under_one_key_the_newest_is_written()
    {
        var (first, release) = await HoldAsync();
        for (var id = 1; id <= 9; id++)
            Behind($"key-{id % 2}", id);
        release.SetResult();
        await first;
        await _writer.WriteAsync(_ => 0, Cancel);
        Assert.Equal([8, 9], Ids());
    }

    [Fact]
    public async Task What_was_written_behind_is_there_when_the_writer_has_ended()
    {
        Behind("a", 1);
        Behind("b", 2);
        await _writer.DisposeAsync();
        Assert.Equal([1, 2], Ids());
    }

    private void Behind(string key, int id) => _writer.WriteBehind(key, connection => Execute(connection, $"insert into item (id) values ({id})"));

    // A write that does not end, so that what comes now gathers behind it.
    private async Task<(Task First, TaskCompletionSource Release)> HoldAsync()
    {
        var (begun, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = _writer.WriteAsync(
            _ =>
            {
                begun.TrySetResult();
                release.Task.GetAwaiter().GetResult();
                return 0;
            },
            Cancel);
        await begun.Task;
        return (first, release);
    }

    private SqliteConnection Open()
    {
        var path = Path.Combine(_folder.FullName, "items.db");
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    // As somebody else sees it: what is committed.
    private int[] Ids()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select id from item order by id";
        using var reader = command.ExecuteReader();
        var ids = new List<int>();
        while (reader.Read())
            ids.Add(reader.GetInt32(0));
        return [.. ids];
    }

    private static int Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    private sealed class Notes : ILogger
    {
        public List<string> Errors { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Error)
                Errors.Add(formatter(state, exception));
        }
    }
}
