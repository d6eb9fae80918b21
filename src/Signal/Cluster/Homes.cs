using System.Collections.Concurrent;
using RtcHub.Sfu.Redis;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// Which node a room lives on: a lease in Redis, good as long as the node that has it lives. Whoever asks for a room that nobody
/// holds gets it, with an epoch that is higher than any before.
/// </summary>
internal sealed partial class Homes
{
    private static readonly TimeSpan GracePoll = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Unused = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);
    private const int GraceAttempts = 20;

    // 0 nobody and 5 a dead node (and not to be claimed), 1 ours, 2 ours from now on, 3 another's, 4 ask again: a Redis that does not
    // know that this node lives has just come back, and may have forgotten more.
    private const string FindScript = Nodes.IsAliveScript +
        """
        local held = redis.call('HGET', KEYS[1], ARGV[2])
        if held then
          local node, epoch = string.match(held, '^(%S+) (%d+)$')
          if node == ARGV[3] then return {1, epoch} end
          if isAlive(node) then return {3, node} end
        end
        if ARGV[4] == '0' then return {held and 5 or 0} end
        if redis.call('EXISTS', KEYS[3]) == 1 or not isAlive(ARGV[3]) then return {4} end
        local epoch = redis.call('INCR', KEYS[4])
        redis.call('HSET', KEYS[1], ARGV[2], ARGV[3] .. ' ' .. epoch)
        return {2, epoch}
        """;

    private const string ReleaseScript =
        """
        if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end
        return 0
        """;

    // Says again what this node holds; answers the rooms that another has taken meanwhile.
    private const string HoldScript =
        """
        local lost = {}
        for i = 2, #ARGV, 2 do
          local held = redis.call('HGET', KEYS[1], ARGV[i])
          if not held then
            redis.call('HSET', KEYS[1], ARGV[i], ARGV[1] .. ' ' .. ARGV[i + 1])
            if tonumber(redis.call('GET', KEYS[2]) or '0') < tonumber(ARGV[i + 1]) then redis.call('SET', KEYS[2], ARGV[i + 1]) end
          elseif held ~= ARGV[1] .. ' ' .. ARGV[i + 1] then
            lost[#lost + 1] = ARGV[i]
          end
        end
        return lost
        """;

    // A session in no room goes to whoever asks, when the node that has it is dead: 1 ours, 3 another's, 4 ask again
    private const string ClaimSessionScript = Nodes.IsAliveScript +
        """
        local node = redis.call('HGET', KEYS[1], 'node')
        if node and node ~= ARGV[2] and node ~= '' then
          if isAlive(node) then return {3, node} end
          if redis.call('EXISTS', KEYS[3]) == 1 or not isAlive(ARGV[2]) then return {4} end
        end
        redis.call('HSET', KEYS[1], 'node', ARGV[2])
        return {1}
        """;

    private readonly Nodes _nodes;
    private readonly TimeProvider _time;
    private readonly ILogger<Homes> _logger;
    private readonly ConcurrentDictionary<string, Lease> _held = new();
    private readonly ConcurrentDictionary<string, long> _taking = new();
    private readonly ConcurrentDictionary<string, long> _leaving = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<Home>>> _asking = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<Home>>> _fetching = new();

    public Homes(Nodes nodes, TimeProvider time, ILogger<Homes> logger)
    {
        (_nodes, _time, _logger) = (nodes, time, logger);
        nodes.Returned += HoldAsync;
    }

    /// <summary>A room's home that came here: takes what Redis knows of it into memory, before anybody is let in.</summary>
    public Func<string, long, CancellationToken, Task> TakeRoom { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>As <see cref="TakeRoom"/>, of a session that is in no room.</summary>
    public Func<string, CancellationToken, Task> TakeSession { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Another node has this room now.</summary>
    public event Action<string>? Lost;

    /// <summary>The rooms that live here.</summary>
    public IEnumerable<string> Held => _held.Keys;

    private sealed record Lease(long Epoch)
    {
        public long UsedAt { get; set; }
    }

    /// <summary>Whether a room lives here, or is just being taken into memory.</summary>
    public bool Holds(string room) => _held.ContainsKey(room) || _taking.ContainsKey(room);

    /// <summary>The epoch under which what this node writes of a room is good, or null: it lives here, is just coming or just going.</summary>
    public long? EpochOf(string room) =>
        _held.TryGetValue(room, out var lease) ? lease.Epoch : _taking.TryGetValue(room, out var epoch) || _leaving.TryGetValue(room, out epoch) ? epoch : null;

    /// <summary>Where a room lives; here from now on, if it lives nowhere and <paramref name="claim"/> is set.</summary>
    public async ValueTask<Home> FindAsync(string room, CancellationToken cancel, bool claim = true)
    {
        if (_held.TryGetValue(room, out var lease))
        {
            lease.UsedAt = _time.GetTimestamp();
            return Home.Here(lease.Epoch);
        }

        if (_nodes.IsAway || _leaving.ContainsKey(room)) return Home.Unavailable;
        if (!claim) return await AskAsync(room, claim: false);
        return await OnceAsync(_asking, room, id => AskAsync(id, claim: true), cancel);
    }

    /// <summary>Where a session lives, by its id alone; null: nothing is known of it.</summary>
    public async ValueTask<Home?> FindSessionAsync(string id, CancellationToken cancel, bool claim = true)
    {
        if (_nodes.IsAway) return Home.Unavailable;
        try
        {
            var place = await _nodes.Database.HashGetAsync(_nodes.Keys.Session(id), ["room", "node"]);
            if (place[0] is { IsNullOrEmpty: false } room) return await FindAsync(room!, cancel, claim);
            // A Redis that has come back empty is told everything anew; what it does not know yet may be there all the same.
            if (place[1].IsNull) return _nodes.SinceBack < Settling ? Home.Unavailable : null;
            if (!claim) return place[1] == _nodes.Id ? Home.Here(0) : _nodes.IsAlive(place[1]!) ? Home.There(place[1]!) : Home.Nowhere;
            return await OnceAsync(_fetching, id, FetchAsync, cancel);
        }
        catch (Exception e) when (RedisServices.IsAway(e))
        {
            return Home.Unavailable;
        }
    }

    /// <summary>The session goes to another node, which takes it when its client comes.</summary>
    public Task GiveSessionAsync(string id, string node) => _nodes.Database.HashSetAsync(_nodes.Keys.Session(id), [new("room", ""), new("node", node)]);

    /// <summary>The room is about to go: nobody is let in any more, and what is still to be written of it can be. Ends with <see cref="ReleaseAsync"/>.</summary>
    public void Leave(string room)
    {
        if (!_held.TryGetValue(room, out var lease)) return;
        _leaving[room] = lease.Epoch;
        _held.TryRemove(room, out _);
    }

    /// <summary>The room may live anywhere from now on. What there is of it in Redis must be complete.</summary>
    public async Task ReleaseAsync(string room)
    {
        Leave(room);
        if (!_leaving.TryGetValue(room, out var epoch)) return;
        try
        {
            await _nodes.Database.ScriptEvaluateAsync(ReleaseScript, [_nodes.Keys.Homes], [room, Value(epoch)]);
        }
        catch (Exception e) when (RedisServices.IsAway(e))
        {
            Log.NotReleased(_logger, room, e.Message); // it falls to the others when this node ends
        }
        finally
        {
            _leaving.TryRemove(room, out _);
        }
    }

    /// <summary>Hands back what nobody has asked for in a while and nobody is in.</summary>
    public async Task SweepAsync(Func<string, bool> isLive)
    {
        foreach (var (room, lease) in _held)
        {
            if (_time.GetElapsedTime(lease.UsedAt) > Unused && !isLive(room)) await ReleaseAsync(room);
        }
    }

    private string Value(long epoch) => ClusterKeys.Lease(_nodes.Id, epoch);

    // Of many who ask at the same time one does, and all get its answer.
    private static async Task<Home> OnceAsync(ConcurrentDictionary<string, Lazy<Task<Home>>> underway, string id, Func<string, Task<Home>> ask, CancellationToken cancel)
    {
        var asked = underway.GetOrAdd(id, each => new Lazy<Task<Home>>(() => ask(each)));
        try
        {
            return await asked.Value.WaitAsync(cancel);
        }
        finally
        {
            underway.TryRemove(KeyValuePair.Create(id, asked));
        }
    }

    private async Task<Home> AskAsync(string room, bool claim)
    {
        try
        {
            for (var attempt = 0; attempt < GraceAttempts; attempt++)
            {
                var answer = (RedisValue[])(await _nodes.Database.ScriptEvaluateAsync(
                    FindScript, [_nodes.Keys.Homes, _nodes.Keys.Nodes, _nodes.Keys.Grace, _nodes.Keys.Epoch],
                    [Nodes.DeadMs, room, _nodes.Id, claim && !_nodes.IsDraining ? 1 : 0]))!;
                switch ((int)answer[0])
                {
                    case 0:
                        return claim ? Home.Unavailable : Home.Nowhere;
                    case 3:
                        return Home.There(answer[1]!);
                    case 5: // Its home is dead: somebody may be in it, so that it is worth having.
                        return claim ? Home.Unavailable : await FindAsync(room, CancellationToken.None);
                    case 4:
                        await Task.Delay(GracePoll, _time);
                        continue;
                    default:
                        return claim ? await TakeAsync(room, (long)answer[1]) : Home.Nowhere;
                }
            }
        }
        catch (Exception e) when (RedisServices.IsAway(e))
        {
            Log.NotFound(_logger, room, e.Message);
        }

        return Home.Unavailable;
    }

    private async Task<Home> TakeAsync(string room, long epoch)
    {
        _taking[room] = epoch;
        try
        {
            await TakeRoom(room, epoch, CancellationToken.None);
            _held[room] = new Lease(epoch) { UsedAt = _time.GetTimestamp() };
            return Home.Here(epoch);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Log.NotTaken(_logger, room, e);
            await _nodes.Database.ScriptEvaluateAsync(ReleaseScript, [_nodes.Keys.Homes], [room, Value(epoch)]);
            return Home.Unavailable;
        }
        finally
        {
            _taking.TryRemove(room, out _);
        }
    }

    private async Task<Home> FetchAsync(string id)
    {
        for (var attempt = 0; attempt < GraceAttempts; attempt++)
        {
            var answer = (RedisValue[])(await _nodes.Database.ScriptEvaluateAsync(
                ClaimSessionScript, [_nodes.Keys.Session(id), _nodes.Keys.Nodes, _nodes.Keys.Grace], [Nodes.DeadMs, _nodes.Id]))!;
            switch ((int)answer[0])
            {
                case 3:
                    return Home.There(answer[1]!);
                case 4:
                    await Task.Delay(GracePoll, _time);
                    continue;
                default:
                    await TakeSession(id, CancellationToken.None);
                    return Home.Here(0);
            }
        }

        return Home.Unavailable;
    }

    private async Task HoldAsync()
    {
        foreach (var some in _held.ToArray().Chunk(500))
        {
            RedisValue[] values = [_nodes.Id, .. some.SelectMany(lease => new RedisValue[] { lease.Key, lease.Value.Epoch })];
            var lost = (RedisValue[])(await _nodes.Database.ScriptEvaluateAsync(HoldScript, [_nodes.Keys.Homes, _nodes.Keys.Epoch], values))!;
            foreach (var room in lost)
            {
                Log.Lost(_logger, room!);
                if (_held.TryRemove(room!, out _)) Lost?.Invoke(room!);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Where {Room} lives cannot be told: {Error}")]
        public static partial void NotFound(ILogger logger, string room, string error);

        [LoggerMessage(2, LogLevel.Error, "{Room} could not be taken over")]
        public static partial void NotTaken(ILogger logger, string room, Exception exception);

        [LoggerMessage(3, LogLevel.Warning, "{Room} lives on another node now")]
        public static partial void Lost(ILogger logger, string room);

        [LoggerMessage(4, LogLevel.Debug, "{Room} could not be handed back: {Error}")]
        public static partial void NotReleased(ILogger logger, string room, string error);
    }
}
