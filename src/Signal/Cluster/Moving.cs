using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// Sessions that meet live on one node. One that enters a room, or dials somebody, elsewhere goes there before its request is taken
/// up: its client resumes and says it again.
/// </summary>
internal sealed class Moving(Homes homes, SessionDirectory sessions, Departure departure)
{
    private const int MaxTarget = 32;

    /// <summary>Whether the request is to be left to another node, to which the session has gone; called while it has its turn.</summary>
    public async ValueTask<bool> TryAsync(Request request, Handler? handler, CancellationToken cancel)
    {
        var session = request.Session;
        if (handler != Handler.Join && handler != Handler.Dial) return false;
        if (session.Participant is not null || session.Call is not null) return false; // refused here, wherever that is
        var home = handler == Handler.Join ? await OfRoomAsync(request, cancel) : await OfTargetAsync(request, cancel);
        return home.Kind == HomeKind.There && await departure.OfSessionAsync(session, home.Node!);
    }

    private async ValueTask<Home> OfRoomAsync(Request request, CancellationToken cancel) =>
        Payload.TryRead(request.Data, MessageJson.Default.JoinData, out var join, out _) && RoomId.MayBeChosen(join.Room)
            ? await homes.FindAsync(join.Room!, cancel)
            : Home.Nowhere;

    private async ValueTask<Home> OfTargetAsync(Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.TargetData, out var data, out _) || data.Target is not { Length: > 0 and <= MaxTarget } target) return Home.Nowhere;
        var id = ParticipantId.Normalize(target);
        return sessions.Find(id) is not null ? Home.Here(0) : await homes.FindSessionAsync(id, cancel, claim: false) ?? Home.Nowhere;
    }
}
