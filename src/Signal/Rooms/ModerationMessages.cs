using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Rooms;

/// <summary>The requests of docs/protocol.md section 4 that are for moderators.</summary>
internal static class ModerationMessages
{
    public static ValueTask<Outcome> Mute(Dispatch hub, Request request, CancellationToken cancel) =>
        OnTarget(request, (room, data) => data.Kind is null ? Payload.Missing("kind") : room.Mute(data.Target!, data.Kind, request.Session.Id));

    public static ValueTask<Outcome> Kick(Dispatch hub, Request request, CancellationToken cancel) =>
        OnTarget(request, (room, data) => room.Kick(data.Target!, request.Session.Id));

    public static ValueTask<Outcome> Admit(Dispatch hub, Request request, CancellationToken cancel) =>
        OnTarget(request, (room, data) => room.Admit(data.Target!, admit: true));

    public static ValueTask<Outcome> Deny(Dispatch hub, Request request, CancellationToken cancel) =>
        OnTarget(request, (room, data) => room.Admit(data.Target!, admit: false));

    public static ValueTask<Outcome> Moderator(Dispatch hub, Request request, CancellationToken cancel) =>
        OnTarget(request, (room, data) => data.Moderator is { } moderator ? room.SetModerator(data.Target!, moderator) : Payload.Missing("moderator"));

    public static async ValueTask<Outcome> LockAsync(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.LockData, out var data, out var error))
            return error;
        return data.Locked is { } locked ? await ChangeAsync(hub, request, r => r with { Locked = locked }, cancel) : Payload.Missing("locked");
    }

    public static async ValueTask<Outcome> LobbyAsync(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.LobbyData, out var data, out var error))
            return error;
        return data.Enabled is { } enabled ? await ChangeAsync(hub, request, r => r with { Lobby = enabled }, cancel) : Payload.Missing("enabled");
    }

    private static async ValueTask<Outcome> ChangeAsync(Dispatch hub, Request request, Func<RoomRecord, RoomRecord> change, CancellationToken cancel)
    {
        if (request.Session.Participant is not { IsModerator: true } moderator)
            return Errors.Forbidden;
        var (_, error) = await hub.Rooms.UpdateAsync(moderator.Room.Id, null, change, cancel);
        return Outcome.Of(error);
    }

    private static ValueTask<Outcome> OnTarget(Request request, Func<Room, TargetData, HubError?> act)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.TargetData, out var data, out var error))
            return new(error);
        if (data.Target is null)
            return new(Payload.Missing("target"));
        if (request.Session.Participant is not { IsModerator: true } moderator)
            return new(Errors.Forbidden);
        return new(Outcome.Of(act(moderator.Room, data)));
    }
}
