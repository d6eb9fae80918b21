using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// The one writer of a SQLite file. What has gathered while the last commit was under way goes into the next, so that many
/// writers cost few commits; whoever waits is told after the commit. A write that fails takes nobody else's with it.
/// </summary>
internal sealed partial class SqliteWriter : IAsyncDisposable
{
    private const int MaxBatch = 512;
    private readonly Channel<Write> _queue = Channel.CreateBounded<Write>(new BoundedChannelOptions(8192) { SingleReader = true });
    private readonly Dictionary<string, Action<SqliteConnection>> _behind = [];
    private readonly SqliteConnection _connection;
    private readonly ILogger _logger;
    private readonly Task _running;

    /// <param name="Act">Done inside the transaction.</param>
    /// <param name="Settle">Called once: with null after the commit, else with what went wrong.</param>
    private readonly record struct Write(Action<SqliteConnection> Act, Action<Exception?> Settle);

    public SqliteWriter(SqliteConnection connection, ILogger logger)
    {
        _connection = connection;
        _logger = logger;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Completes after the commit with what <paramref name="act"/> returned.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> act, CancellationToken cancel)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var result = default(T)!;
        var write = new Write(connection => result = act(connection), error =>
        {
            if (error is null)
                done.SetResult(result);
            else
                done.SetException(error);
        });
        await _queue.Writer.WriteAsync(write, cancel);
        return await done.Task;
    }

    /// <summary>Done soon, without anybody waiting; a newer write of the same key replaces one that has not been done yet.</summary>
    public void WriteBehind(string key, Action<SqliteConnection> act)
    {
        lock (_behind)
            _behind[key] = act;
        // Wakes the writer. When the queue is full it is awake anyway.
        _queue.Writer.TryWrite(new Write(static _ => { }, static _ => { }));
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _running;
        await _connection.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var batch = new List<Write>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var write))
                batch.Add(write);
            lock (_behind)
            {
                batch.AddRange(_behind.Select(write => new Write(write.Value, error => NoteBehind(write.Key, error))));
                _behind.Clear();
            }

            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<Write> batch)
    {
        var failed = new Exception?[batch.Count];
        try
        {
            using var transaction = _connection.BeginTransaction();
            for (var i = 0; i < batch.Count; i++)
            {
                transaction.Save("one");
                try
                {
                    batch[i].Act(_connection);
                }
                catch (Exception e) when (HasTransaction)
                {
                    transaction.Rollback("one");
                    failed[i] = e;
                }
            }

            transaction.Commit();
        }
        catch (Exception e)
        {
            // The commit failed, or SQLite gave up the whole transaction by itself, as it does on a full disk: nothing of the batch
            // is stored, and everybody is told. The writer goes on, for there may be room again.
            Array.Fill(failed, e);
        }

        for (var i = 0; i < batch.Count; i++)
            batch[i].Settle(failed[i]);
    }

    private bool HasTransaction => raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    private void NoteBehind(string key, Exception? error)
    {
        if (error is not null)
            Log.NotWritten(_logger, error, key);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Key} could not be written; it is lost if the hub ends before it changes again")]
        public static partial void NotWritten(ILogger logger, Exception exception, string key);
    }
}
