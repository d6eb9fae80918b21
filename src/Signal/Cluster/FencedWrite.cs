using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>What a write may take for granted.</summary>
internal enum WriteKind
{
    /// <summary>Redis has all that this node wrote before.</summary>
    Next,

    /// <summary>One of several that together say everything anew.</summary>
    Anew,

    /// <summary>The last of those.</summary>
    AnewLast,
}

/// <summary>
/// A transaction that takes place only if this node still holds what it changes: as MULTI and EXEC, with the conditions looked at in
/// the same breath. Each has a number, and one that comes after a later one (from a connection that was given up) does nothing.
/// </summary>
internal sealed class FencedWrite(ClusterKeys keys, string node, long number)
{
    private const string Script =
        """
        local last = redis.call('HGET', KEYS[1], ARGV[1])
        if not last and ARGV[3] == '0' then return 1 end
        if last and tonumber(last) >= tonumber(ARGV[2]) then return 0 end
        local i = 5
        for fence = 1, tonumber(ARGV[4]) do
          local held = redis.call('HGET', ARGV[i], ARGV[i + 1])
          if held ~= ARGV[i + 2] then
            if held or (last and ARGV[i + 3] == '1') then return fence + 1 end
            if ARGV[i + 3] == '1' then return 1 end
          end
          i = i + 4
        end
        if ARGV[3] ~= '1' then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
        while i <= #ARGV do
          local count = tonumber(ARGV[i])
          redis.call(unpack(ARGV, i + 1, i + count))
          i = i + count + 1
        end
        return 0
        """;

    private readonly List<RedisValue> _commands = [];
    private readonly List<(string Name, RedisKey Hash, RedisValue Field, RedisValue Value, bool MustExist)> _fences = [];
    private int _entries;

    /// <summary>Grows from write to write.</summary>
    public long Number => number;

    /// <summary>How many commands it has.</summary>
    public int Count { get; private set; }

    /// <summary>Only while the lease of a room is this node's.</summary>
    public void RequireRoom(string room, long epoch) => _fences.Add((room, keys.Homes, room, ClusterKeys.Lease(node, epoch), true));

    /// <summary>Only while no other node has the session.</summary>
    public void RequireSession(string session) => _fences.Add(('@' + session, keys.Session(session), "node", node, false));

    public void Add(params ReadOnlySpan<RedisValue> command)
    {
        Count++;
        _commands.Add(command.Length);
        _commands.AddRange(command);
    }

    /// <summary>The id of the next stream entry: greater than that of any before, in whatever stream.</summary>
    public RedisValue NextEntry() => $"{number}-{_entries++}";

    /// <summary>Null: done. Empty: Redis has forgotten this node. Else the room, or the session after an @, that another node has.</summary>
    public async Task<string?> SendAsync(IDatabase redis, WriteKind kind)
    {
        List<RedisValue> arguments = [node, number, (int)kind, _fences.Count];
        foreach (var (_, hash, field, value, mustExist) in _fences)
            arguments.AddRange([(string)hash!, field, value, mustExist ? 1 : 0]);
        arguments.AddRange(_commands);
        return (int)await redis.ScriptEvaluateAsync(Script, [keys.Journals], [.. arguments]) switch
        {
            0 => null,
            1 => "",
            var fence => _fences[fence - 2].Name,
        };
    }
}
