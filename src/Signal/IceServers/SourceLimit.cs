using RtcHub.Rtc;

namespace RtcHub.Signal.IceServers;

/// <summary>
/// So many per second and source, in a table of fixed size that no flood of forged addresses can fill. Sources whose hash
/// falls together share their allowance; the hash is seeded per process, so nobody can choose whom to share with.
/// Owned by one receive loop: not for two threads.
/// </summary>
internal sealed class SourceLimit(int perSecond, int slots = 4096)
{
    private readonly (long Second, int Count)[] _slots = new (long, int)[slots];

    /// <param name="source">Counted by <see cref="Address.Network"/>.</param>
    /// <param name="second">Any clock's whole seconds.</param>
    public bool Allows(in Address source, long second)
    {
        ref var slot = ref _slots[(uint)HashCode.Combine(source.Network) % (uint)_slots.Length];
        if (slot.Second != second) slot = (second, 0);
        if (slot.Count == perSecond) return false;
        slot.Count++;
        return true;
    }
}
