using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Polly;
using Polly.Retry;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// The store of several hubs: what one wrote, any other reads. Rooms and chat are written at once, by whoever holds the lease;
/// sessions go with the journal. What of it is still there when Redis itself dies is a setting of Redis (<c>appendonly</c>).
/// </summary>
internal sealed class RedisRoomStore(IConnectionMultiplexer redis, ClusterKeys keys, string node, Journal journal, TimeProvider time) : IRoomStore
{
    private const string AddScript =
        """
        if redis.call('HSETNX', KEYS[1], 'record', ARGV[2]) == 0 then
          return redis.call('HGET', KEYS[1], 'record') == ARGV[2] and 1 or 0
        end
        redis.call('HSET', KEYS[1], 'version', ARGV[3])
        redis.call('ZADD', KEYS[2], 0, ARGV[1])
        return 1
        """;

    // Whoever has lost the lease of a room changes nothing of it; one that nobody holds may be changed.
    private const string Fence =
        """
        local held = redis.call('HGET', KEYS[1], ARGV[1])
        if held and ARGV[2] ~= '' and held ~= ARGV[2] then return -1 end

        """;

    private const string ReplaceScript = Fence +
        """
        if redis.call('HGET', KEYS[2], 'version') ~= ARGV[3] then
          return redis.call('HGET', KEYS[2], 'record') == ARGV[5] and 1 or 0
        end
        redis.call('HSET', KEYS[2], 'record', ARGV[5], 'version', ARGV[4])
        return 1
        """;

    private const string DeleteScript = Fence +
        """
        local version = redis.call('HGET', KEYS[2], 'version')
        if not version or (ARGV[3] ~= '' and version ~= ARGV[3]) then return 0 end
        redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
        redis.call('ZREM', KEYS[6], ARGV[1])
        return 1
        """;

    // A message has its number as the id of its entry; what falls out of the history takes its sender's number along.
    private const string AppendScript = Fence +
        """
        local known = redis.call('HGET', KEYS[3], ARGV[3])
        if known then return {known, redis.call('XRANGE', KEYS[2], known .. '-0', known .. '-0')[1][2][2]} end
        local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
        local number = newest and tonumber(string.match(newest[1], '^%d+')) + 1 or 1
        redis.call('XADD', KEYS[2], number .. '-0', 'm', ARGV[4], 'k', ARGV[3])
        redis.call('HSET', KEYS[3], ARGV[3], number)
        local over = redis.call('XLEN', KEYS[2]) - tonumber(ARGV[5])
        if over > 0 then
          for _, old in ipairs(redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', over)) do
            redis.call('HDEL', KEYS[3], old[2][4])
            redis.call('XDEL', KEYS[2], old[1])
          end
        end
        return {number}
        """;

    private readonly IDatabase _redis = redis.GetDatabase();
    private readonly ConcurrentDictionary<string, long> _chat = new(); // the last number that was given in a room that lives here

    // A moment without Redis is waited out; after it the journal says that the node is alone.
    private readonly ResiliencePipeline _patience = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<RedisException>(_ => !journal.IsAlone).Handle<TimeoutException>(_ => !journal.IsAlone),
            MaxRetryAttempts = int.MaxValue,
            Delay = TimeSpan.FromMilliseconds(100),
            OnRetry = _ =>
            {
                journal.Suspect();
                return default;
            },
        }).Build();

    /// <summary>Whether something could not be done because Redis is away, or the room has just gone to another node: it may be tried again.</summary>
    public static bool IsOutOfReach(Exception exception) => exception is RedisException or RedisTimeoutException or NotHomeException;

    public Task<RoomRecord?> GetRoomAsync(string id, CancellationToken cancel) =>
        AskAsync(async () => Read(await _redis.HashGetAsync(keys.Room(id), "record")), cancel);

    public Task<IReadOnlyList<RoomRecord>> ListRoomsAsync(string? after, int limit, CancellationToken cancel) => AskAsync<IReadOnlyList<RoomRecord>>(async () =>
    {
        var ids = await _redis.SortedSetRangeByValueAsync(keys.Rooms, after ?? RedisValue.Null, default, Exclude.Start, Order.Ascending, 0, limit);
        var records = await Task.WhenAll(ids.Select(id => _redis.HashGetAsync(keys.Room(id!), "record")));
        return [.. records.Select(Read).OfType<RoomRecord>()];
    }, cancel);

    public Task<bool> AddRoomAsync(RoomRecord room, CancellationToken cancel) =>
        WriteAsync(room.Id, AddScript, [keys.Room(room.Id), keys.Rooms], [room.Id, Write(room), room.Version], cancel);

    public Task<bool> ReplaceRoomAsync(RoomRecord room, CancellationToken cancel) =>
        WriteAsync(room.Id, ReplaceScript, [keys.Homes, keys.Room(room.Id)], [room.Id, Lease(room.Id), room.Version - 1, room.Version, Write(room)], cancel);

    public async Task<bool> DeleteRoomAsync(string id, long? version, CancellationToken cancel)
    {
        _chat.TryRemove(id, out _);
        var isDeleted = await WriteAsync(
            id, DeleteScript, [keys.Homes, keys.Room(id), keys.Chat(id), keys.ChatNumbers(id), keys.Live(id), keys.Rooms],
            [id, Lease(id), version?.ToString(CultureInfo.InvariantCulture) ?? ""], cancel);
        if (journal.IsAlone)
            journal.Deleted[id] = default;
        return isDeleted;
    }

    public async Task<ChatMessage> AppendChatAsync(
        string room, string from, string name, string text, long n, DateTimeOffset at, int keep, CancellationToken cancel)
    {
        var message = new ChatMessage(0, from, name, text, at, n);
        try
        {
            var result = await AskAsync(
                () => _redis.ScriptEvaluateAsync(
                    AppendScript, [keys.Homes, keys.Chat(room), keys.ChatNumbers(room)],
                    [room, Lease(room), $"{from} {n}", JsonSerializer.SerializeToUtf8Bytes(message, StoreJson.Default.ChatMessage), keep]),
                cancel);
            if (result.Length == 2)
                return ReadChat((long)result[0], (RedisValue)result[1]);
            return message with { Message = _chat[room] = Held((long)(result.Length == 1 ? result[0] : result), room) };
        }
        catch (Exception e) when (IsAway(e))
        {
            return message with { Message = _chat.AddOrUpdate(room, 1, (_, last) => last + 1) };
        }
    }

    public Task<IReadOnlyList<ChatMessage>> ChatAsync(string room, int limit, CancellationToken cancel) => AskAsync<IReadOnlyList<ChatMessage>>(async () =>
    {
        var newest = await _redis.StreamRangeAsync(keys.Chat(room), count: limit, messageOrder: Order.Descending);
        ChatMessage[] messages = [.. newest.Reverse().Select(entry => ReadChat(long.Parse(((string)entry.Id!).Split('-')[0], CultureInfo.InvariantCulture), entry["m"]))];
        if (messages is [.., var last])
            _chat[room] = last.Message;
        return messages;
    }, cancel);

    public void SaveSession(SessionRecord session) => journal.Save(session);

    public void RemoveSession(string id) => journal.Remove(id);

    /// <summary>None: they come when their rooms come, or their clients.</summary>
    public Task<IReadOnlyList<SessionRecord>> LoadSessionsAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<SessionRecord>>([]);

    private Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancel) => _patience.ExecuteAsync(async _ => await ask(), cancel).AsTask();

    // While Redis is away, what a home does to its own rooms is written when it is back.
    private async Task<bool> WriteAsync(string room, string script, RedisKey[] scriptKeys, RedisValue[] arguments, CancellationToken cancel)
    {
        try
        {
            return Held((long)await AskAsync(() => _redis.ScriptEvaluateAsync(script, scriptKeys, arguments), cancel), room) == 1;
        }
        catch (Exception e) when (IsAway(e))
        {
            return true;
        }
    }

    private bool IsAway(Exception exception) => journal.IsAlone && exception is RedisConnectionException or RedisTimeoutException;

    private RedisValue Lease(string room) => journal.EpochOf?.Invoke(room) is { } epoch ? ClusterKeys.Lease(node, epoch) : "";

    private static long Held(long result, string room) => result >= 0 ? result : throw new NotHomeException(room);

    private static RedisValue Write(RoomRecord room) => JsonSerializer.SerializeToUtf8Bytes(room, StoreJson.Default.RoomRecord);

    private static RoomRecord? Read(RedisValue record) => record.IsNull ? null : JsonSerializer.Deserialize((byte[])record!, StoreJson.Default.RoomRecord);

    private static ChatMessage ReadChat(long number, RedisValue message) =>
        JsonSerializer.Deserialize((byte[])message!, StoreJson.Default.ChatMessage)! with { Message = number };
}

/// <summary>The room has moved to another node: this one may not change it any more.</summary>
internal sealed class NotHomeException(string room) : Exception($"{room} lives on another node.");
