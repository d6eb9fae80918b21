using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>What the homes of rooms keep in Redis.</summary>
/// <param name="prefix">Of the installation.</param>
internal sealed class JournalKeys(string prefix)
{
    /// <summary>Sorted set of all ids of rooms, by name.</summary>
    public RedisKey Rooms { get; } = $"{prefix}:rooms";

    /// <summary>Hash: room -> the node that has it, and the epoch of its lease.</summary>
    public RedisKey Homes { get; } = $"{prefix}:homes";

    /// <summary>Hash: node -> the number of its last write.</summary>
    public RedisKey Journals { get; } = $"{prefix}:journals";

    /// <summary>Hash of a room: <c>record</c> and <c>version</c>.</summary>
    public RedisKey Room(string id) => $"{prefix}:room:{id}";

    /// <summary>What the home of a room knows besides its record: the way that media goes, who was thrown out.</summary>
    public RedisKey Live(string room) => $"{prefix}:live:{room}";

    /// <summary>Hash: the programs that publish or play in a room, by the last part of their addresses.</summary>
    public RedisKey Programs(string room) => $"{prefix}:programs:{room}";

    /// <summary>Set: who is in a room or waits for it.</summary>
    public RedisKey Roster(string room) => $"{prefix}:roster:{room}";

    /// <summary>Stream of a room's chat; ids are the numbers of the messages.</summary>
    public RedisKey Chat(string room) => $"{prefix}:chat:{room}";

    /// <summary>Hash: <c>sender n</c> -> the number of the message, for those of the stream.</summary>
    public RedisKey ChatNumbers(string room) => $"{prefix}:chat-numbers:{room}";

    /// <summary>
    /// Hash of a session: <c>node</c> and <c>room</c> say where it lives; <c>secret</c>, <c>state</c>, <c>ended</c>; <c>request</c>, the last
    /// one taken up; <c>seq</c>, the number that the log follows; <c>lost</c>, when messages were dropped.
    /// </summary>
    public RedisKey Session(string id) => $"{prefix}:session:{id}";

    /// <summary>Stream: what a session was sent and has not acknowledged. Fields <c>s</c> the number, <c>r</c> set for a reply, <c>b</c> the body.</summary>
    public RedisKey Replay(string session) => $"{prefix}:replay:{session}";
}
