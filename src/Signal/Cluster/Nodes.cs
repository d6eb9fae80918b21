using RtcHub.Sfu.Redis;
using RtcHub.Signal.Sessions;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// The hubs that share a Redis. Each says a few times a second that it lives; one that has not for two seconds is dead, and what it
/// held may be taken. All clocks but that of Redis are left out of it.
/// </summary>
internal sealed partial class Nodes(
    IConnectionMultiplexer redis, ClusterKeys keys, TimeProvider time, ILogger<Nodes> logger) : BackgroundService
{
    /// <summary>Silence after which a node is dead.</summary>
    public static readonly TimeSpan Dead = TimeSpan.FromSeconds(2);

    /// <summary>The same in milliseconds, for scripts.</summary>
    public static readonly long DeadMs = (long)Dead.TotalMilliseconds;

    /// <summary>The head of scripts that ask whether a node lives: KEYS[2] is <see cref="ClusterKeys.Nodes"/>, ARGV[1] <see cref="DeadMs"/>.</summary>
    public const string IsAliveScript =
        """
        local t = redis.call('TIME')
        local since = t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[1]
        local function isAlive(node)
          return tonumber(redis.call('ZSCORE', KEYS[2], node) or 0) >= since
        end

        """;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan AwayAfter = TimeSpan.FromSeconds(1);

    // A gap in everybody's heartbeat, or a Redis that has forgotten this node, was the fault of Redis: those who live get time to say so.
    private const string BeatScript =
        """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
        local forgotten = ARGV[3] == '1' and not redis.call('ZSCORE', KEYS[1], ARGV[1])
        if forgotten or (newest[2] and now - newest[2] > tonumber(ARGV[2])) then
          redis.call('SET', KEYS[2], 1, 'PX', ARGV[2])
        end
        redis.call('ZADD', KEYS[1], now, ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 3600000)
        local alive = redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[2], '+inf')
        table.insert(alive, 1, forgotten and '1' or '0')
        return alive
        """;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private HashSet<string> _alive = [];
    private long _beatAt = long.MinValue;   // timestamp of the last heartbeat that Redis took
    private long _backAt;                   // of the first one after it had been away
    private volatile bool _leaving;

    /// <summary>This node: a name for as long as the process lives.</summary>
    public string Id { get; } = ParticipantId.New();

    public ClusterKeys Keys => keys;

    public IDatabase Database { get; } = redis.GetDatabase();

    /// <summary>Redis has not answered for a second: this node goes on alone.</summary>
    public bool IsAway => Volatile.Read(ref _beatAt) is var at && (at == long.MinValue || time.GetElapsedTime(at) > AwayAfter);

    /// <summary>How long Redis has been there again; longer than anything, if it was never away.</summary>
    public TimeSpan SinceBack => Volatile.Read(ref _backAt) is > 0 and var at ? time.GetElapsedTime(at) : TimeSpan.MaxValue;

    /// <summary>Takes nothing new any more.</summary>
    public bool IsDraining { get; set; }

    /// <summary>A node that was there is not any more.</summary>
    public event Action<string>? Died;

    /// <summary>Redis is back, or has forgotten us: what this node holds must be said again.</summary>
    public event Func<Task>? Returned;

    /// <summary>After every heartbeat.</summary>
    public event Func<Task>? Beaten;

    public int Count
    {
        get
        {
            lock (_gate) return _alive.Count;
        }
    }

    public bool IsAlive(string node)
    {
        lock (_gate) return _alive.Contains(node);
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await BeatAsync();
        Log.Joined(logger, Id, Count);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Leaves at once instead of being found dead.</summary>
    public async Task RetireAsync()
    {
        _leaving = true;
        try
        {
            await Database.SortedSetRemoveAsync(Keys.Nodes, Id);
            await Database.KeyDeleteAsync(Keys.Inbox(Id));
        }
        catch (RedisException)
        {
            // Then the others find out by themselves.
        }
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await BeatAsync();
    }

    /// <summary>Says that this node lives, and sees who else does.</summary>
    public async Task BeatAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_leaving) return;
            var registered = Volatile.Read(ref _beatAt) != long.MinValue;
            var answer = (RedisValue[])(await Database.ScriptEvaluateAsync(
                BeatScript, [Keys.Nodes, Keys.Grace], [Id, DeadMs, registered ? 1 : 0]))!;
            if (_leaving) await RetireAsync(); // it was overtaken
            var wasAway = registered && IsAway;
            var returned = wasAway || answer[0] == 1;
            if (returned) Volatile.Write(ref _backAt, time.GetTimestamp());
            Volatile.Write(ref _beatAt, time.GetTimestamp());
            var dead = See(answer[1..].Select(node => (string)node!));
            if (wasAway) Log.Back(logger);
            if (returned && Returned is { } say) await say();
            foreach (var node in dead)
            {
                Log.Died(logger, node);
                Died?.Invoke(node);
            }

            if (Beaten is { } beaten) await beaten();
        }
        catch (Exception e) when (RedisServices.IsAway(e))
        {
            if (IsAway) Log.Away(logger, e.Message);
        }
        catch (Exception e)
        {
            Log.Failed(logger, e); // the heart goes on
        }
        finally
        {
            _turn.Release();
        }
    }

    // Just after Redis was away some have not been able to say that they live.
    private List<string> See(IEnumerable<string> alive)
    {
        lock (_gate)
        {
            HashSet<string> seen = [.. alive];
            if (SinceBack < Dead) seen.UnionWith(_alive);
            var dead = _alive.Where(node => !seen.Contains(node)).ToList();
            _alive = seen;
            return dead;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Node {Node}, one of {Count}")]
        public static partial void Joined(ILogger logger, string node, int count);

        [LoggerMessage(2, LogLevel.Warning, "Node {Node} is gone")]
        public static partial void Died(ILogger logger, string node);

        [LoggerMessage(3, LogLevel.Debug, "Redis does not answer: {Error}")]
        public static partial void Away(ILogger logger, string error);

        [LoggerMessage(4, LogLevel.Warning, "Redis is back")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(5, LogLevel.Error, "What follows a heartbeat failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
