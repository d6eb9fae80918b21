using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Rooms;

/// <summary>A room that goes on at another node of the cluster.</summary>
internal sealed partial class Room
{
    /// <summary>Everybody who is in it or waits for it.</summary>
    public Session[] Sessions()
    {
        lock (_gate)
            return [.. _present.Values.Concat(_waiting.Values).Select(participant => participant.Session)];
    }

    /// <summary>Closes it here, without a word to anybody: nothing has happened to the room, and its media stays as it is.</summary>
    public void Depart()
    {
        lock (_gate)
        {
            Closed = true;
            foreach (var each in MeetingsOfAllWays)
                each.Depart();
            foreach (var participant in _present.Values.Concat(_waiting.Values))
                participant.Session.Participant = null;
            _present.Clear();
            _waiting.Clear();
        }
    }
}
