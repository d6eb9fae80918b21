using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// Dial, ring, accept, decline, busy, cancel, time-out, hang up: docs/protocol.md section 5. An accepted call is an
/// ephemeral room for two. One lock for all calls: they are few and short compared with what goes on in rooms.
/// </summary>
internal sealed class DirectCalls(SessionDirectory sessions, RoomDirectory rooms, IOptions<SocketOptions> options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DirectCall> _ringing = [];

    public HubError? Dial(Session from, string? target, out CallView? view)
    {
        view = null;
        if (string.IsNullOrEmpty(target) || target.Length > 32)
            return Errors.Invalid.With("'target' is the id of a person.", "target");
        var id = ParticipantId.Normalize(target);
        if (id == from.Id)
            return Errors.Invalid.With("That is your own id.", "target");
        if (!MayCall(from))
            return Errors.Forbidden.With("Your token is for one room only.");
        lock (_gate)
        {
            if (from.Call is not null || from.Participant is not null)
                return Errors.Conflict.With("You are in a room or in a call already.");
            if (sessions.Find(id) is not { Ended: false } to || !MayCall(to))
                return Errors.NotFound.With("Nobody with that id is here.", "target");
            if (to.Call is not null || to.Participant is not null)
                return Errors.Busy;
            var call = new DirectCall(RandomNumberGenerator.GetHexString(16, lowercase: true), from, to, time.GetUtcNow());
            from.Call = to.Call = call;
            _ringing.Add(call.Id, call);
            sessions.Save(from);
            sessions.Save(to);
            to.Send(Frame(call));
            view = call.View;
            return null;
        }
    }

    public HubError? Cancel(Session from, string? id) => EndRinging(from, id, isCaller: true, "cancelled");

    public HubError? Decline(Session to, string? id) => EndRinging(to, id, isCaller: false, "declined");

    /// <summary>The one dialled accepts: both are put into a room of their own.</summary>
    /// <param name="entered">As in <see cref="Room.Enter"/>, for the one who accepts.</param>
    public async Task<HubError?> AcceptAsync(Session to, string? id, MediaState media, Action<RoomView> entered, CancellationToken cancel)
    {
        DirectCall call;
        lock (_gate)
        {
            if (id is null || !_ringing.TryGetValue(id, out var ringing) || ringing.To != to)
                return Errors.NotFound.With("That call does not ring any more.", "call");
            // The room has to be made first: until then neither cancel nor time-out may end the call.
            _ringing.Remove(id);
            call = ringing;
        }

        var room = await rooms.OpenForCallAsync(RoomId.CallPrefix + call.Id, cancel);
        lock (_gate)
        {
            call.State = "accepted";
            call.Room = room.Id;
            call.From.Send(Frame(call));
            // The caller first: whoever is in a room already makes the offer to the one who comes.
            var error = room.Enter(
                call.From, MediaState.Off,
                view => call.From.Send(Wire.Event("admitted", new RoomReply(view), MessageJson.Default.EventRoomReply)), invited: true)
                ?? room.Enter(to, media, entered, invited: true);
            if (error is not null)
                End(call, "ended");
            return error;
        }
    }

    /// <summary>One of the two hangs up, or is gone for good.</summary>
    public void HangUp(Session one)
    {
        lock (_gate)
        {
            if (one.Call is { } call)
                End(call, call.State == "ringing" && one == call.From ? "cancelled" : "ended");
        }
    }

    /// <summary>Ends what has rung for too long; called once a second.</summary>
    public void Sweep()
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (var call in _ringing.Values.Where(c => now - c.Since >= options.Value.RingTimeout).ToArray())
                End(call, "timeout");
        }
    }

    /// <summary>After a restart: a call that had been accepted goes on.</summary>
    public void Restore(CallView view)
    {
        lock (_gate)
        {
            if (view.State != "accepted" || sessions.Find(view.From.Id) is not { Call: null } from || sessions.Find(view.To.Id) is not { Call: null } to)
                return;
            from.Call = to.Call = new DirectCall(view.Id, from, to, time.GetUtcNow()) { State = view.State, Room = view.Room };
        }
    }

    /// <summary>A call that was ringing when the node of one of the two was killed: it rings no more.</summary>
    public static void Broken(Session one, CallView call)
    {
        if (call.State == "ringing")
            one.Send(Wire.Event("call", new CallReply(call with { State = "ended" }), MessageJson.Default.EventCallReply));
    }

    private static bool MayCall(Session session) => session.Grants is { Join: true, Room: null };

    private HubError? EndRinging(Session one, string? id, bool isCaller, string state)
    {
        lock (_gate)
        {
            if (id is null || !_ringing.TryGetValue(id, out var call) || one != (isCaller ? call.From : call.To))
                return Errors.NotFound.With("That call does not ring any more.", "call");
            End(call, state);
            return null;
        }
    }

    private void End(DirectCall call, string state)
    {
        _ringing.Remove(call.Id);
        call.State = state;
        call.From.Call = call.To.Call = null;
        var frame = Frame(call);
        call.From.Send(frame);
        call.To.Send(frame);
        if (call.Room is { } id)
            rooms.Live(id)?.Close("ended"); // its record follows when the sweep finds it closed
        sessions.Save(call.From);
        sessions.Save(call.To);
    }

    private static byte[] Frame(DirectCall call) => Wire.Event("call", new CallReply(call.View), MessageJson.Default.EventCallReply);
}
