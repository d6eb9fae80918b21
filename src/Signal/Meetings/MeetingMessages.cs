using RtcHub.Sfu.Control;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Meetings;

/// <summary>The requests of docs/protocol.md section 7: a participant's two connections to the media service, and what they want of it.</summary>
internal static class MeetingMessages
{
    private const int MaxSources = 8;
    private const int MaxWishes = 100;
    private const int MaxHeight = 8_192;
    private const int MaxPriority = 100;
    private static readonly string[] Sources = ["microphone", "camera", "screen", "screenAudio"];
    private static readonly string[] VideoSources = ["camera", "screen"];
    private static readonly HubError NotInRoom = Errors.Conflict.With("You are not in a room.");

    public static ValueTask<Outcome> Publish(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.PublishData, out var data, out var error)) return new(error);
        if (data.Sdp is not { Length: > 0 } sdp) return new(Payload.Missing("sdp"));
        if (data.Sources is not { Length: > 0 and <= MaxSources } listed) return new(Payload.Missing("sources"));
        var sources = new Dictionary<string, string>();
        foreach (var (mid, source) in listed)
        {
            if (mid is not { Length: > 0 and <= 32 } || !Sources.Contains(source) || !sources.TryAdd(mid, source!))
                return new(Errors.Invalid.With("Each of 'sources' has the mid of a section and microphone, camera, screen or screenAudio.", "sources"));
        }

        if (!request.Session.Grants.Publish) return new(Errors.Forbidden);
        return AtSeatAsync(hub, request, data.Way, async seat => Outcome.With(Payload.Write(await seat.PublishAsync(sdp, sources, cancel), MessageJson.Default.PublishReply)));
    }

    public static ValueTask<Outcome> Subscribe(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.SubscribeData, out var data, out var error)) return new(error);
        return request.Session.Grants.Subscribe
            ? AtSeatAsync(hub, request, data.Way, async seat => Outcome.With(Payload.Write(await seat.SubscribeAsync(cancel), MessageJson.Default.SubscribeReply)))
            : new(Errors.Forbidden);
    }

    public static ValueTask<Outcome> Subscribed(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.AnswerData, out var data, out var error)) return new(error);
        if (data.Sdp is not { Length: > 0 } sdp) return new(Payload.Missing("sdp"));
        return AtAsync(hub, request, room => room.SeatWith(request.Session, data.Transport), async seat => Outcome.Of(await seat.AnswerAsync(sdp, cancel)));
    }

    public static ValueTask<Outcome> Unpublish(Dispatch hub, Request request, CancellationToken cancel) =>
        AtSeatAsync(hub, request, way: null, seat =>
        {
            seat.Close(forGood: false);
            return ValueTask.FromResult(Outcome.Done);
        });

    public static ValueTask<Outcome> Want(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.WantData, out var data, out var error)) return new(error);
        if (data.Videos is not { Length: <= MaxWishes } listed) return new(Errors.Invalid.With($"'videos' is a list of at most {MaxWishes}.", "videos"));
        var wishes = new List<VideoWish>(listed.Length);
        foreach (var (participant, source, height, priority) in listed)
        {
            if (participant is not { Length: > 0 and <= 128 } || !VideoSources.Contains(source) || height is < 0 or > MaxHeight || priority is < -MaxPriority or > MaxPriority)
                return new(Errors.Invalid.With("Each of 'videos' has a participant, camera or screen, a maxHeight and a priority from -100 to 100.", "videos"));
            var key = new VideoKey(participant, source!);
            if (!wishes.Exists(wish => wish.Key == key)) wishes.Add(new VideoWish(key, height ?? 0, priority ?? 0));
        }

        // A stable order: within one priority as the client listed them.
        var ordered = wishes.OrderByDescending(wish => wish.Priority).ToArray();
        return AtSeatAsync(hub, request, way: null, seat =>
        {
            seat.Want(ordered);
            request.Session.Participant?.Room.NextSeatOf(request.Session)?.Want(ordered);
            return ValueTask.FromResult(Outcome.Done);
        });
    }

    public static ValueTask<Outcome> Moved(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.MovedData, out var data, out var error)) return new(error);
        if (data.Epoch is not { } epoch) return new(Payload.Missing("epoch"));
        MoveState? state = data.State switch
        {
            "ready" => MoveState.Ready,
            "connected" => MoveState.Connected,
            "failed" => MoveState.Failed,
            _ => null,
        };
        if (state is null) return new(Errors.Invalid.With("'state' is ready, connected or failed.", "state"));
        return new(InRoom(request, room => room.Moved(request.Session, epoch, state.Value)));
    }

    public static ValueTask<Outcome> Suffering(Dispatch hub, Request request, CancellationToken cancel) =>
        new(InRoom(request, room => room.Suffers(request.Session)));

    public static ValueTask<Outcome> Reach(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.ReachData, out var data, out var error)) return new(error);
        return new(data.Sfu is { } sfu ? InRoom(request, room => room.Reaches(request.Session, sfu)) : Payload.Missing("sfu"));
    }

    public static ValueTask<Outcome> Spotlight(Dispatch hub, Request request, CancellationToken cancel)
    {
        if (!Payload.TryRead(request.Data, MessageJson.Default.SpotlightData, out var data, out var error)) return new(error);
        if (request.Session.Participant is not { IsModerator: true } moderator) return new(Errors.Forbidden);
        return new(Outcome.Of(moderator.Room.PutInSpotlight(data.Target)));
    }

    private static Outcome InRoom(Request request, Func<Room, HubError?> act) =>
        request.Session.Participant is { IsWaiting: false } participant ? Outcome.Of(act(participant.Room)) : NotInRoom;

    private static ValueTask<Outcome> AtSeatAsync(Dispatch hub, Request request, long? way, Func<Seat, ValueTask<Outcome>> act) =>
        AtAsync(hub, request, room => room.SeatOf(request.Session, way), act);

    private static async ValueTask<Outcome> AtAsync(Dispatch hub, Request request, Func<Room, Seat?> find, Func<Seat, ValueTask<Outcome>> act)
    {
        if (request.Session.Participant is not { IsWaiting: false } participant) return NotInRoom;
        if (participant.Room.Meeting is null) return Errors.SfuUnavailable;
        if (find(participant.Room) is not { } seat) return Errors.Conflict.With("That is no way of this room any more, or you are not in it.");
        try
        {
            var outcome = await act(seat);
            hub.Sessions.SaveSeat(request.Session);
            return outcome;
        }
        catch (SfuException exception)
        {
            return Explain(exception);
        }
    }

    private static HubError Explain(SfuException exception) => exception.Error switch
    {
        SfuError.Invalid => Errors.Invalid.With(exception.Message, "sdp"),
        SfuError.NotAcceptable => Errors.NotAcceptable.With(exception.Message),
        SfuError.Full => Errors.Unavailable.With("The media service is full.", retryAfterMs: 5_000),
        SfuError.Unavailable => Errors.Unavailable.With("The media service is away.", retryAfterMs: 1_000),
        SfuError.NotFound => Errors.NotFound.With("That connection to the media service is gone."),
        _ => Errors.Conflict.With(exception.Message),
    };
}
