namespace RtcHub.Signal.Cluster;

internal enum HomeKind
{
    /// <summary>On this node.</summary>
    Here,

    /// <summary>On another.</summary>
    There,

    /// <summary>Nobody has it, and nobody was to claim it.</summary>
    Nowhere,

    /// <summary>Nobody can tell just now.</summary>
    Unavailable,
}

/// <summary>Where a room or a session lives.</summary>
/// <param name="Epoch">Of the lease, when it is here: higher with every node that takes the room.</param>
/// <param name="Node">The other node, when it is there.</param>
internal readonly record struct Home(HomeKind Kind, long Epoch, string? Node)
{
    public static readonly Home Nowhere = new(HomeKind.Nowhere, 0, null);
    public static readonly Home Unavailable = new(HomeKind.Unavailable, 0, null);
    private const int RetryAfterMs = 1000;

    /// <summary>The refusal of what needs the others, while they cannot be reached.</summary>
    public static readonly HubError Away = Errors.Unavailable.With("This node cannot reach the others of its cluster; what runs goes on.", retryAfterMs: RetryAfterMs);

    public static Home Here(long epoch) => new(HomeKind.Here, epoch, null);

    public static Home There(string node) => new(HomeKind.There, 0, node);
}
