using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>Where a socket belongs, by its first frame: to the home of the session that it resumes, or of the room that it asks for.</summary>
internal sealed class HelloRoute(Homes homes, SessionDirectory sessions)
{
    /// <summary>Nowhere: wherever it happens to be. Frames that are no good hello are answered there, too.</summary>
    public async ValueTask<Home> FindAsync(ReadOnlyMemory<byte> first, CancellationToken cancel)
    {
        var envelope = Envelope.Read(first, out var error);
        if (error is not null || envelope.Handler != Handler.Hello || !Payload.TryRead(envelope.Data, MessageJson.Default.HelloData, out var hello, out _))
            return Home.Nowhere;
        if (hello.Resume?.Id is { Length: ParticipantId.Length } id)
        {
            if (sessions.Find(id) is not null) return Home.Here(0);
            if (await homes.FindSessionAsync(id, cancel) is { } known) return known;
        }

        return RoomId.MayBeChosen(hello.Room?.Id) ? await homes.FindAsync(hello.Room!.Id!, cancel) : Home.Nowhere;
    }
}
