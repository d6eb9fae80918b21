using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Rooms;

/// <summary>The requests of docs/protocol.md section 5.</summary>
internal static class CallMessages
{
    public static ValueTask<Outcome> Dial(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.TargetData, out var data, out var error))
            return new(error);
        return hub.Calls.Dial(request.Session, data.Target, out var call) is { } refused
            ? new(refused)
            : new(Outcome.With(Payload.Write(new CallReply(call!), MessageJson.Default.CallReply)));
    }

    public static ValueTask<Outcome> Cancel(Dispatch hub, Request request, CancellationToken cancel) =>
        new(Payload.TryRead(request.Data, MessageJson.Default.CallData, out var data, out var error)
            ? Outcome.Of(hub.Calls.Cancel(request.Session, data.Call))
            : error);

    public static ValueTask<Outcome> Decline(Dispatch hub, Request request, CancellationToken cancel) =>
        new(Payload.TryRead(request.Data, MessageJson.Default.CallData, out var data, out var error)
            ? Outcome.Of(hub.Calls.Decline(request.Session, data.Call))
            : error);

    public static async ValueTask<Outcome> AcceptAsync(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.CallData, out var data, out var error))
            return error;
        if (!MediaChange.TryRead(data.Media, MediaState.Off, out var media, out var invalid))
            return invalid!;
        var session = request.Session;
        var refused = await hub.Calls.AcceptAsync(
            session, data.Call, media,
            view => session.Send(Wire.Ok(request.Id, Payload.Write(new RoomReply(view), MessageJson.Default.RoomReply)), isReply: true), cancel);
        return refused is null ? Outcome.Replied : refused;
    }
}
