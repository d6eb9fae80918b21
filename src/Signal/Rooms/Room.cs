using RtcHub.Signal.Meetings;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// A room with people in it. One lock guards the roster; all that happens under it is memory work and adding to
/// outboxes, none of which waits, so that no socket, however slow, holds the others up.
/// </summary>
/// <param name="save">Writes behind what a session needs to come back after a crash; called at every change of it.</param>
/// <param name="topology">Whether media goes from browser to browser or through the media service.</param>
/// <param name="meeting">The room's side of the media service; null when the hub has none.</param>
internal sealed partial class Room(
    RoomRecord record, IReadOnlyList<ChatMessage> history, int chatLimit, TimeProvider time, Action<Session> save, Topology topology, Meeting? meeting)
{
    private const int MaxWaiting = 100;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Participant> _present = [];
    private readonly Dictionary<string, Participant> _waiting = [];
    private readonly Queue<ChatMessage> _chat = new(history);
    private readonly HashSet<string> _bannedIdentities = [];

    public string Id => Record.Id;

    public RoomRecord Record { get; private set; } = record;

    /// <summary>Set once, under the lock: nobody can enter any more; ask the directory for the room again.</summary>
    public bool Closed { get; private set; }

    /// <summary>Since when nobody is in it and nobody waits; null while somebody is.</summary>
    public DateTimeOffset? EmptySince { get; private set; } = time.GetUtcNow();

    public int Count
    {
        get
        {
            lock (_gate)
                return _present.Count;
        }
    }

    public ParticipantInfo[] Participants()
    {
        lock (_gate)
            return Roster();
    }

    /// <summary>
    /// Lets a session in, or into the lobby. The passcode has been checked. <paramref name="invited"/> is set for the
    /// two of a direct call: lock, lobby and size do not hold for them.
    /// </summary>
    /// <param name="entered">Called with what the session sees of the room, before anything more can happen there.</param>
    public HubError? Enter(Session session, MediaState media, Action<RoomView> entered, bool invited = false)
    {
        lock (_gate)
        {
            if (Closed)
                return Errors.RoomClosed;
            if (session.Participant is not null)
                return Errors.Conflict.With("Leave the room that you are in first.");
            if (!invited && Refuse(session) is { } refusal)
                return refusal;

            var participant = new Participant(session, this, time.GetUtcNow()) { Media = media };
            // Somebody must be able to admit and to lock: on an open hub it is whoever has been here longest.
            participant.IsModerator = session.Grants.Moderate || (session.OnOpenHub && !_present.Values.Any(p => p.IsModerator));
            participant.IsWaiting = Record.Lobby && !participant.IsModerator && !invited;
            session.Participant = participant;
            EmptySince = null;
            if (participant.IsWaiting)
            {
                _waiting.Add(session.Id, participant);
                TellModerators();
            }
            else
            {
                Present(participant);
            }

            save(session);
            entered(View(participant));
            return null;
        }
    }

    /// <summary>Takes back somebody whom the hub remembers from before it was killed. Tells nobody: nobody is connected yet.</summary>
    /// <param name="seat">Their place at the media service, if it is known.</param>
    public void Restore(Participant participant, SeatState? seat = null)
    {
        lock (_gate)
        {
            participant.Session.Participant = participant;
            participant.IsRestored = true;
            (participant.IsWaiting ? _waiting : _present)[participant.Id] = participant;
            EmptySince = null;
            if (seat is not null)
                Meeting?.Take(participant.Session).Restore(seat);
        }
    }

    /// <param name="reason"><c>left</c>, <c>kicked</c> or <c>lost</c>.</param>
    public void Leave(Session session, string reason)
    {
        lock (_gate)
            Remove(session, reason);
    }

    /// <summary>Everything that this session may see of the room, together with a fresh start of its outbox.</summary>
    public RoomView? Resync(Session session, object reader, long clientSeq, out long seq)
    {
        lock (_gate)
        {
            seq = session.Outbox.Restart(reader, clientSeq);
            return session.Participant is { } participant && participant.Room == this ? View(participant) : null;
        }
    }

    /// <summary>Passes an offer, answer or candidate on, unread.</summary>
    public HubError? Relay(Session from, ReadOnlySpan<byte> type, string? to, ReadOnlySpan<byte> raw, RelayLimits limits, long receivedAt)
    {
        lock (_gate)
        {
            if (Find(from) is not { } sender)
                return Errors.Conflict.With("You are not in a room.");
            if (to is null || to == sender.Id || !_present.TryGetValue(to, out var receiver))
                return Errors.NotFound.With("Nobody with that id is in this room.", "to");
            if (!limits.IsCandidate)
                sender.ForgetCandidates(to);
            else if (!sender.MayTrickle(to, limits.Candidates))
                return Errors.TooManyCandidates;
            receiver.Session.Send(Wire.Relay(type, sender.Id, null, 0, raw), receivedAt: receivedAt);
            return null;
        }
    }

    /// <summary>Passes data of the application on, unread, to one or to everybody else.</summary>
    public HubError? Data(Session from, string? to, long n, ReadOnlySpan<byte> raw, long receivedAt)
    {
        lock (_gate)
        {
            if (Find(from) is not { } sender)
                return Errors.Conflict.With("You are not in a room.");
            if (!from.Grants.Data)
                return Errors.Forbidden;
            if (to is not null && !_present.ContainsKey(to))
                return Errors.NotFound.With("Nobody with that id is in this room.", "to");
            var frame = Wire.Relay("data"u8, sender.Id, to, n, raw);
            foreach (var receiver in _present.Values)
            {
                if (to is null ? receiver != sender : receiver.Id == to)
                    receiver.Session.Send(frame, receivedAt: receivedAt);
            }

            return null;
        }
    }

    /// <summary>
    /// A message that has been stored, to everybody. One that is there already was stored by a process that died before it told anybody,
    /// and sent again: who has had a snapshot since has it from there.
    /// </summary>
    public void Chat(ChatMessage message)
    {
        lock (_gate)
        {
            var frame = Wire.Event("chat", message, MessageJson.Default.EventChatMessage);
            if (_chat.Any(m => m.Message == message.Message))
            {
                foreach (var participant in _present.Values.Where(p => p.IsRestored))
                    participant.Session.Send(frame);
                return;
            }

            _chat.Enqueue(message);
            while (_chat.Count > chatLimit)
                _chat.Dequeue();
            Broadcast(frame);
        }
    }

    /// <summary>Changes what the others see of a participant, and tells them.</summary>
    public HubError? Change(Session session, Action<Participant> change)
    {
        lock (_gate)
        {
            if (session.Participant is not { } participant || participant.Room != this)
                return Errors.Conflict.With("You are not in a room.");
            var before = (participant.Media, participant.MutedBy);
            change(participant);
            if (participant.IsWaiting)
            {
                TellModerators();
                save(session);
            }
            else
            {
                Tell(participant);
                MediaChanged(participant, before.Media, before.MutedBy);
                Reroute();
            }

            return null;
        }
    }

    /// <summary>A moderator, or a program over REST (<paramref name="by"/> null), mutes a participant.</summary>
    public HubError? Mute(string id, string kind, string? by)
    {
        lock (_gate)
        {
            if (kind is not ("audio" or "video"))
                return Errors.Invalid.With("'kind' is audio or video.", "kind");
            if (!_present.TryGetValue(id, out var target))
                return Errors.NotFound.With("Nobody with that id is in this room.", "target");
            var muted = target.MutedBy ?? new MutedBy(null, null);
            var who = by ?? "api";
            target.MutedBy = kind == "audio" ? muted with { Audio = who } : muted with { Video = who };
            target.Media = kind == "audio" ? target.Media with { Audio = false } : target.Media with { Video = false };
            target.Session.Send(Wire.Event("muted", new MutedEvent(kind, by), MessageJson.Default.EventMutedEvent));
            foreach (var way in MeetingsOfAllWays) way.Mute(id, kind == "audio" ? "microphone" : "camera", muted: true);
            Tell(target);
            return null;
        }
    }

    public HubError? Kick(string id, string? by)
    {
        Session target;
        lock (_gate)
        {
            if (!_present.TryGetValue(id, out var participant))
                return Errors.NotFound.With("Nobody with that id is in this room.", "target");
            target = participant.Session;
            target.KickedFrom.Add(Id);
            if (target.Identity is { } identity)
                _bannedIdentities.Add(identity);
            Keep?.Invoke(this);
            Remove(target, "kicked");
            target.Send(Wire.Event("removed", new RemovedEvent(Id, "kicked", by), MessageJson.Default.EventRemovedEvent));
        }

        CloseIfBound(target, CloseCode.Kicked);
        return null;
    }

    /// <summary>A moderator lets somebody in from the lobby, or does not.</summary>
    public HubError? Admit(string id, bool admit)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(id, out var participant))
                return Errors.NotFound.With("Nobody with that id waits in the lobby.", "target");
            if (admit && Places >= Capacity)
                return Errors.RoomFull;
            _waiting.Remove(id);
            if (admit)
            {
                participant.IsWaiting = false;
                save(participant.Session);
                participant.JoinedAt = time.GetUtcNow();
                Present(participant);
                participant.Session.Send(Wire.Event("admitted", new RoomReply(View(participant)), MessageJson.Default.EventRoomReply));
            }
            else
            {
                participant.Session.Participant = null;
                save(participant.Session);
                participant.Session.Send(Wire.Event("removed", new RemovedEvent(Id, "denied", null), MessageJson.Default.EventRemovedEvent));
            }

            TellModerators();
            return null;
        }
    }

    public HubError? SetModerator(string id, bool moderator)
    {
        lock (_gate)
        {
            if (!_present.TryGetValue(id, out var target))
                return Errors.NotFound.With("Nobody with that id is in this room.", "target");
            if (target.IsModerator == moderator)
                return null;
            target.IsModerator = moderator;
            Tell(target);
            if (moderator)
                target.Session.Send(WaitingFrame());
            return null;
        }
    }

    /// <summary>The stored room changed.</summary>
    public void Apply(RoomRecord changed)
    {
        lock (_gate)
        {
            if (changed.Version <= Record.Version)
                return;
            Record = changed;
            if (!Reroute())
                TellRoom();
            if (changed.Lobby)
                return;
            foreach (var id in _waiting.Keys.ToArray())
                Admit(id, admit: true); // those who find no place go on waiting
        }
    }

    /// <summary>Ends the room for all in it.</summary>
    /// <param name="reason"><c>closed</c>, or <c>ended</c> for a direct call.</param>
    public Session[] Close(string reason)
    {
        Session[] all;
        lock (_gate)
        {
            Closed = true;
            EmptySince = time.GetUtcNow();
            all = [.. _present.Values.Concat(_waiting.Values).Select(p => p.Session)];
            foreach (var way in MeetingsOfAllWays)
            {
                foreach (var id in _present.Keys) way.Leave(id);
            }

            _present.Clear();
            _waiting.Clear();
            var frame = Wire.Event("removed", new RemovedEvent(Id, reason, null), MessageJson.Default.EventRemovedEvent);
            foreach (var session in all)
            {
                session.Participant = null;
                save(session);
                session.Send(frame);
            }
        }

        foreach (var session in all)
            CloseIfBound(session, CloseCode.RoomClosed);
        return all;
    }

    /// <summary>Closes an empty room for good; false when somebody came in meanwhile.</summary>
    public bool TryCloseEmpty()
    {
        lock (_gate)
        {
            return IsEmpty && (Closed = true);
        }
    }

    // A token that is for this room alone is of no use any more.
    private void CloseIfBound(Session session, CloseCode code)
    {
        if (session.Grants.Room == Id)
            session.Socket?.Close(code);
    }

    private HubError? Refuse(Session session)
    {
        if (session.KickedFrom.Contains(Id) || (session.Identity is { } identity && _bannedIdentities.Contains(identity)))
            return Errors.Forbidden.With("You were removed from this room.");
        if (Record.Locked && !session.Grants.Moderate)
            return Errors.RoomLocked;
        return Places >= Capacity || _waiting.Count >= MaxWaiting ? Errors.RoomFull.With() : null;
    }

    private Participant? Find(Session session) => _present.GetValueOrDefault(session.Id) is { } p && p.Session == session ? p : null;

    private void Present(Participant participant)
    {
        Broadcast(Wire.Event("joined", new ParticipantEvent(participant.Info), MessageJson.Default.EventParticipantEvent), participant.Id);
        _present.Add(participant.Id, participant);
        topology.Entered(time.GetUtcNow());
        Reroute();
    }

    private void Remove(Session session, string reason)
    {
        if (session.Participant is not { } participant || participant.Room != this)
            return;
        session.Participant = null;
        save(session);
        if (_waiting.Remove(session.Id))
            TellModerators();
        else if (_present.Remove(session.Id))
        {
            foreach (var other in _present.Values)
                other.ForgetCandidates(session.Id);
            Broadcast(Wire.Event("left", new LeftEvent(session.Id, reason), MessageJson.Default.EventLeftEvent), session.Id);
            Promote();
            Departed(session.Id);
        }

        if (IsEmpty)
            EmptySince = time.GetUtcNow();
    }

    private int Places => _present.Count + _publishers;

    // On an open hub a room whose moderators have gone would be stuck: the one who has been here longest takes over.
    private void Promote()
    {
        if (_present.Count == 0 || _present.Values.Any(p => p.IsModerator))
            return;
        var next = _present.Values.Where(p => p.Session.OnOpenHub).MinBy(p => p.JoinedAt);
        if (next is null)
            return;
        next.IsModerator = true;
        Tell(next);
        next.Session.Send(WaitingFrame());
    }

    private RoomView View(Participant participant)
    {
        participant.IsRestored = false;
        return new(
            Id, Record.Name, RoomProperties.ModeName(Record.Mode), RouteView, participant.IsWaiting ? "waiting" : "joined", Record.MaxParticipants, Record.Locked, Record.Lobby,
            Record.PasscodeHash is not null, Record.Metadata, _spotlight, participant.Session.Call?.View,
            participant.IsWaiting ? [] : Roster(), participant.IsModerator ? Waiting() : [], participant.IsWaiting ? [] : [.. _chat],
            participant.IsWaiting ? null : Meeting?.Find(participant.Id)?.View());
    }

    private ParticipantInfo[] Roster() =>
        [.. _present.Values.OrderBy(p => p.JoinedAt).ThenBy(p => p.Id, StringComparer.Ordinal).Select(p => p.Info), .. _programs.Values.Select(p => p.Info)];

    private WaitingInfo[] Waiting() => [.. _waiting.Values.OrderBy(p => p.JoinedAt).Select(p => new WaitingInfo(p.Id, p.Session.Name))];

    private byte[] WaitingFrame() => Wire.Event("waiting", new WaitingEvent(Waiting()), MessageJson.Default.EventWaitingEvent);

    private void TellModerators()
    {
        var frame = WaitingFrame();
        foreach (var moderator in _present.Values.Where(p => p.IsModerator))
            moderator.Session.Send(frame, "waiting", replaceable: true);
    }

    private void Tell(Participant participant)
    {
        var info = new ParticipantEvent(participant.Info);
        Broadcast(Wire.Event("participant", info, MessageJson.Default.EventParticipantEvent), participant.Id, replaceable: true);
        save(participant.Session);
    }

    private void Broadcast(byte[] body, string? subject = null, bool replaceable = false)
    {
        foreach (var participant in _present.Values)
            participant.Session.Send(body, subject, replaceable);
    }
}
