using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Workers;

/// <summary>What all workers of a service have in common; nothing of it changes.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Log">Where bugs are told.</param>
/// <param name="Events">What happened, for the control API.</param>
/// <param name="ConnectTimeout">Microseconds from the offer to the end of the handshake.</param>
/// <param name="NtpEpoch">Microseconds from <see cref="Worker.Now"/> to 1900: read once, so that what is reported never jumps.</param>
internal sealed record WorkerContext(TimeProvider Time, ILogger Log, EventFeed Events, long ConnectTimeout, long NtpEpoch)
{
    /// <summary>How many audio tracks of a room are heard at a time.</summary>
    public int AudioSlots { get; init; } = 5;

    /// <summary>Told the room of each transport that is gone.</summary>
    public Action<string> Left { get; init; } = _ => { };
}
