using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>What the nodes have in common in Redis, and what the homes of rooms keep there for each other.</summary>
/// <param name="prefix">Of the installation.</param>
internal sealed class ClusterKeys(string prefix)
{
    /// <summary>Sorted set: node -> when it was last heard, in milliseconds of Redis's clock.</summary>
    public RedisKey Nodes { get; } = $"{prefix}:nodes";

    /// <summary>Is there for a moment after Redis was away or forgot everything: nobody claims what others may still hold.</summary>
    public RedisKey Grace { get; } = $"{prefix}:grace";

    /// <summary>Hash: room -> its <see cref="Lease"/>.</summary>
    public RedisKey Homes { get; } = $"{prefix}:homes";

    /// <summary>Counter of all leases that were ever given.</summary>
    public RedisKey Epoch { get; } = $"{prefix}:epoch";

    /// <summary>Sorted set of all ids of rooms, by name.</summary>
    public RedisKey Rooms { get; } = $"{prefix}:rooms";

    /// <summary>Hash: node -> the number of its last write.</summary>
    public RedisKey Journals { get; } = $"{prefix}:journals";

    /// <summary>Hash: room -> who is in it, as lists of rooms show it.</summary>
    public RedisKey Census { get; } = $"{prefix}:census";

    /// <summary>Stream: what other nodes have for this one.</summary>
    public RedisKey Inbox(string node) => $"{prefix}:inbox:{node}";

    /// <summary>Says that the inbox is no longer empty.</summary>
    public RedisChannel Wake(string node) => RedisChannel.Literal($"{prefix}:wake:{node}");

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

    /// <summary>What says that a node has a room; a higher epoch is a later one.</summary>
    public static string Lease(string node, long epoch) => $"{node} {epoch}";
}
