namespace RtcHub.Sfu.Pool;

/// <summary>A room that is in use by way of this hub, and its service; guarded by the lock of <see cref="PoolRooms"/>.</summary>
internal sealed class PoolRoom(string id, PoolMember member)
{
    public string Id => id;

    public PoolMember Member => member;

    /// <summary>Requests under way that will make a transport.</summary>
    public int Entering { get; set; }

    public HashSet<string> Transports { get; } = new(StringComparer.Ordinal);

    public bool IsToldToLeave { get; set; }

    public PoolRoom Use()
    {
        Entering++;
        return this;
    }
}
