using System.Collections.Concurrent;
using RtcHub.Sfu.Redis;
using RtcHub.Signal.Sessions;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// Writes down in Redis, before anybody hears of it, what requests have caused on this node. What has gathered while the last write was
/// under way goes into the next, so that many requests cost few round trips. While Redis is away for more than a moment the node goes
/// on alone, and writes all that it holds when Redis is back, even if that has forgotten everything.
/// </summary>
internal sealed partial class Journal : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(100);

    // Sessions that nobody takes up again are forgotten in the end; those that live are written anew long before.
    private static readonly TimeSpan Refresh = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<JournalGroup> _queue = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly JournalWriter _writer;
    private readonly IDatabase _redis;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _running;
    private volatile bool _isAlone;
    private volatile bool _inDoubt;      // whether Redis has all that was given to it
    private Task? _probe;
    private long _refreshedAt;

    /// <param name="node">This node, as leases name it.</param>
    public Journal(IConnectionMultiplexer redis, ClusterKeys keys, string node, TimeProvider time, ILogger<Journal> logger)
    {
        (_redis, _time, _logger) = (redis.GetDatabase(), time, logger);
        _writer = new JournalWriter(_redis, keys, node, Logs, () => Rooms(), room => EpochOf is null ? null : EpochOf(room) ?? 0, time);
        _refreshedAt = time.GetTimestamp();
        _running = Task.Run(RunAsync);
    }

    /// <summary>Redis is away, and nothing waits for it.</summary>
    public bool IsAlone => _isAlone;

    /// <summary>The logs of the sessions of this node, by id.</summary>
    public ConcurrentDictionary<string, ReplayLog> Logs { get; } = new();

    /// <summary>The epoch of the lease by which a room lives here, or null. Where there are no leases, none is asked for.</summary>
    public Func<string, long?>? EpochOf { get; set; }

    /// <summary>Called before everything is written anew; false: it is too early.</summary>
    public Func<ValueTask<bool>> Prepare { get; set; } = () => ValueTask.FromResult(true);

    /// <summary>Another node has the room (or, after an @, the session): it is to be dropped here.</summary>
    public event Action<string>? Fenced;

    /// <summary>The rooms of this node that are to be written when Redis has forgotten them.</summary>
    public Func<IEnumerable<RoomKeepsake>> Rooms { get; set; } = () => [];

    /// <summary>Rooms that were deleted while Redis was away.</summary>
    public ConcurrentDictionary<string, byte> Deleted => _writer.Deleted;

    /// <summary>Somebody has found Redis away.</summary>
    public void Suspect()
    {
        _inDoubt = true;
        Wake();
    }

    /// <summary>Numbers of writes go on above this one, which another node has used.</summary>
    public void Advance(long number) => _writer.Advance(number);

    /// <summary>An effect of what goes on now; of nothing in particular, if there is no group.</summary>
    public void Note(in Effect effect)
    {
        var group = JournalGroup.Current;
        lock (_gate)
        {
            var alone = group is null || group.IsClosed;
            if (alone)
                group = new JournalGroup(this) { IsClosed = true };
            if (group!.Effects.Count == 0)
                Enqueue(group);
            group.Effects.Add(effect);
            if (!alone)
                return; // its close wakes the writer
        }

        Wake();
    }

    /// <summary>The state of a session, or that it has ended.</summary>
    public void Save(SessionRecord record)
    {
        if (Logs.TryGetValue(record.Id, out var log))
            Note(new Effect(EffectKind.State, log) { Record = record });
    }

    /// <summary>What a room is beside its record.</summary>
    public void Save(string room, byte[] state) => Note(new Effect(EffectKind.Room, null) { Id = room, State = state });

    /// <summary>A publisher or player without a session of the hub; null: it is gone.</summary>
    public void Save(string room, string key, byte[]? program) => Note(new Effect(EffectKind.Program, null) { Id = room, Field = key, State = program });

    /// <summary>A session that nobody can claim any more.</summary>
    public void Remove(string session) => Note(new Effect(EffectKind.Remove, null) { Id = session });

    public void Close(JournalGroup group)
    {
        lock (_gate)
            group.IsClosed = true;
        if (group.Effects.Count > 0)
            Wake();
    }

    public async Task CloseAsync(JournalGroup group)
    {
        Task written;
        lock (_gate)
        {
            if (group.Effects.Count == 0)
                Enqueue(group); // what came before it may not be safe yet
            group.Written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            group.IsClosed = true;
            written = group.Written.Task;
        }

        Wake();
        await written;
    }

    /// <summary>Ends when everything that was noted before is safe.</summary>
    public Task FlushAsync()
    {
        if (JournalGroup.Current is { } current)
            Close(current); // it would wait for itself
        return CloseAsync(new JournalGroup(this));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAny(FlushAsync(), Task.Delay(Patience, _time));
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        _wake.Dispose();
    }

    private void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0)
                _wake.Release();
        }
    }

    private async Task RunAsync()
    {
        // Asynchronously: one that is just firing is waited for.
        await using var clock = _time.CreateTimer(_ => Wake(), null, Retry, Retry);
        while (!_stopping.IsCancellationRequested)
        {
            await _wake.WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var groups = Take();
            try
            {
                await CommitAsync(groups);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                Log.Failed(_logger, exception); // a bug, which must not silence everybody
                _inDoubt = true;
            }

            _writer.Settle();
            foreach (var group in groups)
                group.Written?.TrySetResult();
        }
    }

    private void Enqueue(JournalGroup group)
    {
        group.Since = _time.GetTimestamp();
        _queue.AddLast(group);
    }

    // Up to the first group that is still open. One that takes its time, because a request waits for something, holds nobody up:
    // of outboxes that it has added to, what comes after it is not sent before it.
    private List<JournalGroup> Take()
    {
        var groups = new List<JournalGroup>();
        lock (_gate)
        {
            for (var node = _queue.First; node is not null;)
            {
                var (group, next) = (node.Value, node.Next);
                if (group.IsClosed)
                {
                    groups.Add(group);
                    _queue.Remove(node);
                }
                else if (_time.GetElapsedTime(group.Since) < Retry)
                {
                    break;
                }

                node = next;
            }
        }

        return groups;
    }

    private async Task CommitAsync(List<JournalGroup> groups)
    {
        if (_time.GetElapsedTime(_refreshedAt) > Refresh)
        {
            _refreshedAt = _time.GetTimestamp();
            _inDoubt = true;
        }

        var since = _time.GetTimestamp();
        _writer.Apply(groups);
        if (!_inDoubt && await TryAsync(anew: false))
            return;
        _inDoubt = true;
        while (_isAlone || _time.GetElapsedTime(since) < Patience)
        {
            if (await TryAsync(anew: true))
            {
                if (_isAlone)
                    Log.Back(_logger);
                _inDoubt = _isAlone = false;
                return;
            }

            if (_isAlone || _stopping.IsCancellationRequested)
                return;
            await Task.Delay(Retry / 2, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Log.Alone(_logger);
        _isAlone = true;
    }

    private async Task<bool> TryAsync(bool anew)
    {
        try
        {
            if (anew && !(await IsThereAsync() && await Prepare()))
                return false;
            var isWritten = anew ? await _writer.WriteAllAsync() : await _writer.WriteAsync();
            foreach (var fence in _writer.Fenced)
            {
                Log.Fenced(_logger, fence);
                Fenced?.Invoke(fence);
            }

            _writer.Fenced.Clear();
            return isWritten;
        }
        catch (Exception exception) when (RedisServices.IsAway(exception) || exception is ObjectDisposedException)
        {
            if (!_isAlone)
                Log.NotWritten(_logger, exception.Message); // who is alone has said so
            return false;
        }
    }

    // Whoever is alone does not wait, not even to find out whether that is over.
    private async ValueTask<bool> IsThereAsync()
    {
        if (!_isAlone)
            return _writer.IsConnected;
        _probe ??= _redis.PingAsync();
        if (!_probe.IsCompleted)
            return false;
        var probe = _probe;
        _probe = null;
        await probe;
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Redis does not take what happens here ({Error})")]
        public static partial void NotWritten(ILogger logger, string error);

        [LoggerMessage(2, LogLevel.Warning, "Redis is away: this node goes on alone, and keeps in memory what it would write")]
        public static partial void Alone(ILogger logger);

        [LoggerMessage(3, LogLevel.Warning, "Redis is back, and has all that happened meanwhile")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(4, LogLevel.Warning, "{Fence} lives on another node: dropped here")]
        public static partial void Fenced(ILogger logger, string fence);

        [LoggerMessage(5, LogLevel.Error, "The journal failed; everything will be written anew")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
