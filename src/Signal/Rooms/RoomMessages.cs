using System.Text;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Rooms;

/// <summary>The requests of docs/protocol.md section 4 that anybody in a room may make.</summary>
internal static class RoomMessages
{
    private static readonly HubError NotInRoom = Errors.Conflict.With("You are not in a room.");

    public static async ValueTask<Outcome> JoinAsync(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.JoinData, out var join, out var error))
            return error;
        if (!MediaChange.TryRead(join.Media, MediaState.Off, out var media, out var invalid))
            return invalid!;
        if (join.Token is { } token && hub.Opening.Reauthorize(request.Session, token) is { } refused)
            return refused;
        if (request.Session.Call is not null)
            return Errors.Conflict.With("You are in a direct call.");
        var session = request.Session;
        var denied = await hub.Rooms.EnterAsync(session, join.Room, join.Passcode, media, view => Reply(session, request.Id, view), cancel);
        return denied is null ? Outcome.Replied : denied;
    }

    public static ValueTask<Outcome> Leave(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (request.Session.Call is { State: "accepted" })
            hub.Calls.HangUp(request.Session);
        else
            request.Session.Participant?.Room.Leave(request.Session, "left");
        return new(Outcome.Done);
    }

    public static ValueTask<Outcome> Rename(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.NameData, out var data, out var error))
            return new(error);
        if (Opening.CleanName(data.Name) is not { } name)
            return new(Errors.Invalid.With("'name' is 1-64 characters.", "name"));
        request.Session.Name = name;
        if (request.Session.Participant is { } participant)
            participant.Room.Change(request.Session, _ => { });
        else
            hub.Sessions.Save(request.Session);
        return new(Outcome.Done);
    }

    public static ValueTask<Outcome> Media(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.MediaData, out var data, out var error))
            return new(error);
        if (request.Session.Participant is not { } participant)
            return new(NotInRoom);
        if (!MediaChange.TryRead(data, participant.Media, out var media, out var invalid))
            return new(invalid!);
        return new(Outcome.Of(participant.Room.Change(request.Session, p =>
        {
            p.Media = media;
            // Who is on again is not muted by anybody any more.
            var muted = new MutedBy(media.Audio ? null : p.MutedBy?.Audio, media.Video ? null : p.MutedBy?.Video);
            p.MutedBy = muted is { Audio: null, Video: null } ? null : muted;
        })));
    }

    public static ValueTask<Outcome> Hand(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.HandData, out var data, out var error))
            return new(error);
        if (data.Raised is not { } raised)
            return new(Payload.Missing("raised"));
        if (request.Session.Participant is not { } participant)
            return new(NotInRoom);
        return new(Outcome.Of(participant.Room.Change(
            request.Session, p => p.Hand = raised ? p.Hand ?? hub.Time.GetUtcNow() : null)));
    }

    public static async ValueTask<Outcome> ChatAsync(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.ChatData, out var data, out var error))
            return error;
        if (data.Text is null || string.IsNullOrWhiteSpace(data.Text))
            return Payload.Missing("text");
        if (Encoding.UTF8.GetByteCount(data.Text) > hub.Options.ChatBytes)
            return Errors.TooLarge.With($"A chat message has at most {hub.Options.ChatBytes} bytes.", "text");
        var session = request.Session;
        if (session.Participant is not { IsWaiting: false } participant)
            return NotInRoom;
        if (!session.Grants.Data)
            return Errors.Forbidden;
        var message = await hub.Store.AppendChatAsync(
            participant.Room.Id, session.Id, session.Name, data.Text, request.Id, hub.Time.GetUtcNow(), hub.RoomOptions.ChatHistory, cancel);
        participant.Room.Chat(message);
        return Outcome.With(Payload.Write(new ChatReply(message.Message), MessageJson.Default.ChatReply));
    }

    public static ValueTask<Outcome> Data(Dispatch hub, Request request, CancellationToken cancel) =>
        new(Outcome.Of(request.Session.Participant is { } participant
            ? participant.Room.Data(request.Session, request.To, request.Id, request.Data.Span, request.ReceivedAt)
            : NotInRoom));

    public static ValueTask<Outcome> Offer(Dispatch hub, Request request, CancellationToken cancel) =>
        new(Relay(hub, request, "offer"u8, isCandidate: false));

    public static ValueTask<Outcome> Answer(Dispatch hub, Request request, CancellationToken cancel) =>
        new(Relay(hub, request, "answer"u8, isCandidate: false));

    public static ValueTask<Outcome> Candidate(Dispatch hub, Request request, CancellationToken cancel) =>
        new(Relay(hub, request, "candidate"u8, isCandidate: true));

    public static ValueTask<Outcome> IceServers(Dispatch hub, Request request, CancellationToken cancel) =>
        new(Outcome.With(Payload.Write(
            new IceServersEvent(hub.Opening.FreshIceServers(request.Session)), MessageJson.Default.IceServersEvent)));

    private static Outcome Relay(Dispatch hub, Request request, ReadOnlySpan<byte> type, bool isCandidate) =>
        request.Session.Participant is { } participant
            ? Outcome.Of(participant.Room.Relay(
                request.Session, type, request.To, request.Data.Span, new(isCandidate, hub.Options.CandidatesPerNegotiation), request.ReceivedAt))
            : NotInRoom;

    private static void Reply(Session session, long id, RoomView view) =>
        session.Send(Wire.Ok(id, Payload.Write(new RoomReply(view), MessageJson.Default.RoomReply)), isReply: true);
}
