using RtcHub.Sfu.Control;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Meetings;

/// <summary>Brings what happens at the media service to the rooms that it concerns, and tells them when it is away.</summary>
internal sealed class Meetings(RoomDirectory rooms)
{
    public async Task TakeAsync(SfuEvent happened)
    {
        switch (happened.Kind)
        {
            case SfuEvent.Lost:
                foreach (var room in Concerned(happened)) room.MediaServiceIs(there: false, happened.Room);
                break;
            case SfuEvent.Found:
                foreach (var room in Concerned(happened)) room.MediaServiceIs(there: true, happened.Room);
                await Task.WhenAll(Concerned(happened).SelectMany(room => room.MeetingsAt(happened.Room)).Select(meeting => meeting.FoundAsync()));
                break;
            case SfuEvent.Leave:
                foreach (var room in Concerned(happened)) room.LeaveMediaService(happened.Room!);
                break;
            case var _ when happened.Room is not null:
                foreach (var meeting in Concerned(happened).SelectMany(room => room.MeetingsAt(happened.Room))) meeting.Take(happened);
                break;
        }
    }

    private IEnumerable<Room> Concerned(SfuEvent happened) =>
        happened.Room is not { } id ? rooms.All : rooms.Live(Meeting.RoomOf(id)) is { } room ? [room] : [];
}
