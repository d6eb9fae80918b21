namespace RtcHub.Sfu.Routing;

/// <summary>What all rooms of one worker share; used by its thread alone.</summary>
internal sealed class WorkerResources(long wallClock)
{
    private int _sources;

    /// <summary>What was counted so far.</summary>
    public Counters Counters { get; } = new();

    /// <summary>Where packets are kept.</summary>
    public PacketPool Packets { get; } = new();

    /// <summary>Microseconds from the worker's time to 1900, for NTP timestamps; read once, so that reports never jump.</summary>
    public long NtpEpoch => wallClock;

    /// <summary>A number for a stream, never given twice.</summary>
    public int NextSource() => ++_sources;
}
