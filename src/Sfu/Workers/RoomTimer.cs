using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Workers;

/// <summary>Wakes a room when it wants to be.</summary>
internal sealed class RoomTimer(Room room, TimerWheel timers) : TimerEntry
{
    public override void Wake(long now)
    {
        room.Timeout(now);
        Reschedule();
    }

    public void Reschedule() => timers.Schedule(this, room.NextTimeout);
}
