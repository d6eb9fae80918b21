using RtcHub.Rtc;

namespace RtcHub.Sfu.Io;

/// <summary>
/// A destination as whoever sends to it keeps it: its path, and the place of its packets in the batch that is being filled,
/// so that the batch finds them without looking anything up. A mutable value: keep it in a field, pass it by reference.
/// </summary>
internal struct SendChain(NetworkPath path)
{
    // No batch has number 0.
    internal ulong Batch;
    internal int Destination;

    private NetworkPath _path = path;

    /// <summary>Where packets go from now on; those that are queued go where they were to go.</summary>
    public NetworkPath Path
    {
        readonly get => _path;
        set => (_path, Batch) = (value, 0);
    }
}
