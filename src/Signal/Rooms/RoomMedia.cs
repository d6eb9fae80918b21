using RtcHub.Signal.Meetings;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Rooms;

// Which way the media of the room goes, and who takes part in it besides people.
internal sealed partial class Room
{
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, (ParticipantInfo Info, int Sessions)> _programs = [];
    private readonly Ways? _ways = meeting is null ? null : new Ways(meeting);
    private bool _hasMediaService = meeting is not null;
    private long? _wayToLeave;
    private DateTimeOffset? _endLastAt;
    private int _publishers;
    private int _players;
    private string? _spotlight;
    private DateTimeOffset? _disperseAt;

    /// <summary>The room's side of the media service; null when the hub has none.</summary>
    public Meeting? Meeting => _ways?.Current;

    /// <summary>How media goes now.</summary>
    public RouteView RouteView => new(NameOf(topology.Route), topology.Next is { } next ? NameOf(next) : null, topology.Epoch, topology.HeldBackBy, topology.Way, topology.NextWay);

    /// <summary>A participant's place at the media service; null when they are not in the room, or the room has gone another way.</summary>
    public Seat? SeatOf(Session session, long? way = null)
    {
        lock (_gate)
            return Find(session) is null ? null : _ways?.Take(session, way);
    }

    /// <summary>A participant's place that has a transport, or the one in use.</summary>
    public Seat? SeatWith(Session session, string? transport)
    {
        lock (_gate)
            return Find(session) is null ? null : _ways?.Holder(session, transport);
    }

    /// <summary>A participant's place on the way that is being prepared, if there is one.</summary>
    public Seat? NextSeatOf(Session session)
    {
        lock (_gate)
            return _ways?.Next?.Find(session.Id);
    }

    /// <summary>Its meetings by what they are called at the media service: one, or all of them.</summary>
    public IReadOnlyList<Meeting> MeetingsAt(string? id)
    {
        lock (_gate)
            return [.. MeetingsOfAllWays.Where(each => id is null || each.Room == id)];
    }

    /// <summary>A participant tells how far they are with a move.</summary>
    public HubError? Moved(Session session, long epoch, MoveState state) => Observe(session, id => topology.Report(id, epoch, state));

    /// <summary>The mesh is too much for a participant.</summary>
    public HubError? Suffers(Session session) => Observe(session, _ => topology.Suffers(time.GetUtcNow()));

    /// <summary>A participant has tried whether they can reach the media service.</summary>
    public HubError? Reaches(Session session, bool sfu) => Observe(session, id => topology.Reaches(id, sfu));

    /// <summary>Shows one person large to all; null ends that.</summary>
    public HubError? PutInSpotlight(string? participant)
    {
        lock (_gate)
        {
            if (participant is not null && !_present.ContainsKey(participant) && !_programs.ContainsKey(participant))
                return Errors.NotFound.With("Nobody with that id is in this room.", "target");
            _spotlight = participant;
            Keep?.Invoke(this);
            Broadcast(Wire.Event("spotlight", new SpotlightEvent(participant), MessageJson.Default.EventSpotlightEvent), "spotlight", replaceable: true);
            return null;
        }
    }

    /// <summary>The media service was lost, or is there again.</summary>
    /// <param name="id">What the room is called there, where it concerns one meeting only.</param>
    public void MediaServiceIs(bool there, string? id = null)
    {
        lock (_gate)
        {
            if (there && MeetingsOfAllWays.Any(each => each.Way == _wayToLeave && (id is null || each.Room == id))) _wayToLeave = null;
            _hasMediaService = there || topology.Route == MediaRoute.Sfu; // A room that is there waits for it: it comes back before a mesh of many could be built.
            Reroute();
        }
    }

    /// <summary>The media service that the room is on is about to end.</summary>
    /// <param name="id">What the room is called there.</param>
    public void LeaveMediaService(string id)
    {
        lock (_gate)
        {
            if (MeetingsOfAllWays.FirstOrDefault(each => each.Room == id) is not { } meeting)
                return;
            _wayToLeave = meeting.Way;
            Reroute();
        }
    }

    /// <summary>Once a second: what is to be done by time.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            Reroute();
            foreach (var way in MeetingsOfAllWays) way.Tick();
            if (_disperseAt <= time.GetUtcNow())
            {
                _disperseAt = null;
                Meeting?.Disperse();
            }

            if (_endLastAt <= time.GetUtcNow())
            {
                _endLastAt = null;
                _ways?.End();
            }
        }
    }

    /// <summary>
    /// Lets a program in that publishes or plays without a session of the hub (WHIP, WHEP); the room stays open until
    /// <see cref="LeaveProgram"/>. A publisher takes the place of a person, an audience takes none.
    /// </summary>
    public HubError? EnterProgram(bool publishes, Grants grants, string? identity)
    {
        lock (_gate)
        {
            if (Closed)
                return Errors.RoomClosed;
            if (identity is not null && _bannedIdentities.Contains(identity))
                return Errors.Forbidden.With("You were removed from this room.");
            if (Record.Locked && !grants.Moderate)
                return Errors.RoomLocked;
            if (publishes && Places >= Capacity)
                return Errors.RoomFull;
            _ = publishes ? _publishers++ : _players++;
            EmptySince = null;
            Reroute();
            return null;
        }
    }

    /// <summary>A program that publishes is seen in the roster from now on.</summary>
    /// <param name="participant">Who it is in the media service.</param>
    public void ShowProgram(string participant)
    {
        lock (_gate)
        {
            if (_present.ContainsKey(participant))
                return;
            if (_programs.TryGetValue(participant, out var known))
            {
                _programs[participant] = known with { Sessions = known.Sessions + 1 };
                return;
            }

            var info = ParticipantInfo.OfProgram(participant, time.GetUtcNow());
            _programs[participant] = (info, 1);
            Broadcast(Wire.Event("joined", new ParticipantEvent(info), MessageJson.Default.EventParticipantEvent));
        }
    }

    /// <summary>A program is gone.</summary>
    public void LeaveProgram(bool publishes, string participant)
    {
        lock (_gate)
        {
            _ = publishes ? _publishers-- : _players--;
            if (publishes && _programs.TryGetValue(participant, out var known))
            {
                if (known.Sessions > 1)
                {
                    _programs[participant] = known with { Sessions = known.Sessions - 1 };
                }
                else
                {
                    _programs.Remove(participant);
                    Broadcast(Wire.Event("left", new LeftEvent(participant, "left"), MessageJson.Default.EventLeftEvent), participant);
                    if (_spotlight == participant)
                        _spotlight = null;
                }
            }

            if (IsEmpty)
                EmptySince = time.GetUtcNow();
            Reroute();
        }
    }

    private MediaRoute? Forced => Record.Mode switch
    {
        RoomMode.P2p => MediaRoute.Mesh,
        RoomMode.Sfu => MediaRoute.Sfu,
        _ => null,
    };

    private IEnumerable<Meeting> MeetingsOfAllWays => _ways?.All ?? [];

    private int Capacity => topology.Capacity(Record.MaxParticipants, Forced, _hasMediaService);

    // Programs that publish or play keep a room open as people do.
    private bool IsEmpty => Places + _waiting.Count + _players == 0;

    private HubError? Observe(Session session, Action<string> note)
    {
        lock (_gate)
        {
            if (Find(session) is not { } participant)
                return Errors.Conflict.With("You are not in a room.");
            note(participant.Id);
            Reroute();
            return null;
        }
    }

    private void Departed(string participant)
    {
        topology.Forget(participant);
        foreach (var way in MeetingsOfAllWays) way.Leave(participant);
        if (_spotlight == participant)
            _spotlight = null;
        Reroute();
    }

    private void MediaChanged(Participant participant, MediaState before, MutedBy? mutedBefore)
    {
        foreach (var way in MeetingsOfAllWays)
        {
            if (mutedBefore?.Audio is not null && participant.MutedBy?.Audio is null)
                way.Mute(participant.Id, "microphone", muted: false);
            if (mutedBefore?.Video is not null && participant.MutedBy?.Video is null)
                way.Mute(participant.Id, "camera", muted: false);
            if (before != participant.Media)
                way.Changed();
        }
    }

    // True when the room was told of another route.
    private bool Reroute()
    {
        if (Closed)
            return false;
        var people = _present.Values.Select(p => new Traveller(p.Id, p.Session.DetachedAt is null)).ToArray();
        var was = topology.Route;
        if (!topology.Evaluate(new RoomLoad(Forced, _hasMediaService, _publishers + _players, people, Leaves: _wayToLeave == topology.Way), time.GetUtcNow()))
            return false;
        if (_ways?.Follow(topology.Way, topology.NextWay) == true)
        {
            _endLastAt = time.GetUtcNow() + HandOver;
            foreach (var participant in _present.Values)
                save(participant.Session); // Their places are others now.
        }

        Keep?.Invoke(this);
        TellRoom();
        // Clients give their connections up when they have handed over; whoever does not is helped a moment later.
        if (was != topology.Route)
            _disperseAt = topology.Route == MediaRoute.Mesh ? time.GetUtcNow() + HandOver : null;
        return true;
    }

    private void TellRoom() =>
        Broadcast(Wire.Event("room", new RoomChangedEvent(RoomProperties.Of(Record, RouteView)), MessageJson.Default.EventRoomChangedEvent), "room", replaceable: true);

    private static string NameOf(MediaRoute route) => route == MediaRoute.Mesh ? "mesh" : "sfu";

    /// <summary>Videos for a participant who has not said what they want: all that is on, of those who came first.</summary>
    public IReadOnlyList<VideoWish> Everything(string participant)
    {
        lock (_gate)
        {
            var wishes = new List<VideoWish>();
            foreach (var info in Roster())
            {
                if (info.Id == participant) continue;
                if (info.Media.Screen is not null) wishes.Add(new VideoWish(new VideoKey(info.Id, "screen"), 0, 1));
                if (info.Media.Video) wishes.Add(new VideoWish(new VideoKey(info.Id, "camera"), 0, 0));
            }

            return wishes;
        }
    }

    /// <summary>Whether a moderator has muted a participant's source.</summary>
    public bool IsMuted(string participant, string source)
    {
        lock (_gate)
        {
            var muted = _present.GetValueOrDefault(participant)?.MutedBy;
            return source switch
            {
                "microphone" => muted?.Audio is not null,
                "camera" => muted?.Video is not null,
                _ => false,
            };
        }
    }
}
