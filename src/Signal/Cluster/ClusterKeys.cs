using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>What the nodes have in common in Redis.</summary>
internal sealed class ClusterKeys(string prefix)
{
    /// <summary>Sorted set: node -> when it was last heard, in milliseconds of Redis's clock.</summary>
    public RedisKey Nodes { get; } = $"{prefix}:nodes";

    /// <summary>Is there for a moment after Redis was away or forgot everything: nobody claims what others may still hold.</summary>
    public RedisKey Grace { get; } = $"{prefix}:grace";

    /// <summary>Hash: room -> <c>node epoch</c>.</summary>
    public RedisKey Homes { get; } = $"{prefix}:homes";

    /// <summary>Counter of all leases that were ever given.</summary>
    public RedisKey Epoch { get; } = $"{prefix}:epoch";

    /// <summary>Hash: room -> who is in it, as lists of rooms show it.</summary>
    public RedisKey Census { get; } = $"{prefix}:census";

    /// <summary>Hash: where a session is, <c>room</c> and <c>node</c>, beside what its home keeps there.</summary>
    public RedisKey Session(string id) => $"{prefix}:session:{id}";

    /// <summary>Stream: what other nodes have for this one.</summary>
    public RedisKey Inbox(string node) => $"{prefix}:inbox:{node}";

    /// <summary>Says that the inbox is no longer empty.</summary>
    public RedisChannel Wake(string node) => RedisChannel.Literal($"{prefix}:wake:{node}");
}
