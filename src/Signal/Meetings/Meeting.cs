using RtcHub.Sfu.Control;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Meetings;

/// <summary>A room's side of the media service: what is published there, and everybody's <see cref="Seat"/>.</summary>
/// <param name="way">Which of the room's ways this is: a room that moves to another media service is there under another name.</param>
internal sealed partial class Meeting(string room, long way, ISfu sfu, int audioSlots, int maxVideoSlots, ILogger<Meetings> log)
{
    private const char WaySign = '~'; // In no id of a room.

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Seat> _seats = [];
    private readonly Dictionary<string, SfuTrack> _tracks = [];

    // Tracks that come and go while the media service is asked which there are.
    private List<SfuEvent>? _meanwhile;

    // Ready to look up: what is published, by whom and what it is.
    private Dictionary<VideoKey, string> _videos = [];

    /// <summary>What the room is called at the media service.</summary>
    public string Room { get; } = way == 0 ? room : $"{room}{WaySign}{way}";

    public long Way => way;

    public ISfu Sfu => sfu;

    public int AudioSlots => audioSlots;

    public int MaxVideoSlots => maxVideoSlots;

    /// <summary>Videos that a participant who says nothing gets: everybody's that is on, the first who came first.</summary>
    public Func<string, IReadOnlyList<VideoWish>> Everything { get; set; } = _ => [];

    /// <summary>Which of a participant's sources (<c>microphone</c>, <c>camera</c>) a moderator has muted.</summary>
    public Func<string, string, bool> IsMuted { get; set; } = (_, _) => false;

    /// <summary>Who speaks and who is heard, as it was told last.</summary>
    public SpeakingEvent Speaking { get; private set; } = new([], []);

    /// <summary>Media goes this way. On two ways at once everybody would be told twice who speaks, and not the same.</summary>
    public bool IsInUse { get; private set; } = true;

    /// <summary>The room of the hub that a room of the media service belongs to.</summary>
    public static string RoomOf(string id) => id.IndexOf(WaySign) is >= 0 and var at ? id[..at] : id;

    /// <summary>The same room on another way.</summary>
    public Meeting Beside(long other) => new(room, other, sfu, audioSlots, maxVideoSlots, log) { Everything = Everything, IsMuted = IsMuted, Keep = Keep, IsInUse = false };

    /// <summary>Media goes this way from now on, or another one.</summary>
    public void Use(bool use)
    {
        IsInUse = use;
        if (use) TellSpeaking();
    }

    /// <summary>Does something to a seat, and has it written down together with what came of it.</summary>
    public Action<Session, Action> Keep { get; set; } = (_, act) => act();

    /// <summary>The place of a participant, made when there is none.</summary>
    public Seat Take(Session session)
    {
        lock (_gate)
        {
            if (_seats.TryGetValue(session.Id, out var seat) && seat.Session == session) return seat;
            seat?.Close(forGood: true);
            return _seats[session.Id] = new Seat(this, session);
        }
    }

    public Seat? Find(string participant)
    {
        lock (_gate)
            return _seats.GetValueOrDefault(participant);
    }

    /// <summary>Once a second.</summary>
    public void Tick()
    {
        Seat[] seats;
        lock (_gate)
            seats = [.. _seats.Values];
        foreach (var seat in seats) seat.Tick();
    }

    /// <summary>A participant has left.</summary>
    public void Leave(string participant)
    {
        Seat? seat;
        lock (_gate)
            _seats.Remove(participant, out seat);
        seat?.Close(forGood: true);
    }

    /// <summary>The track of a video, or null.</summary>
    public string? TrackOf(VideoKey key) => Volatile.Read(ref _videos).GetValueOrDefault(key);

    /// <summary>A participant's offer was taken up: tracks that came before it was known what they are can be named now.</summary>
    public void SourcesKnown(Seat seat)
    {
        SfuTrack[] tracks;
        lock (_gate)
        {
            tracks = [.. _tracks.Values.Where(track => track.Participant == seat.Participant)];
            Name();
        }

        foreach (var track in tracks) Enforce(track);
        Changed();
    }

    /// <summary>Who is there, what is on or what is muted has changed.</summary>
    public void Changed()
    {
        Seat[] seats;
        lock (_gate)
            seats = [.. _seats.Values];
        foreach (var seat in seats) seat.Changed();
    }

    /// <summary>Mutes or frees a participant's source for everybody, whatever its client does.</summary>
    public void Mute(string participant, string source, bool muted)
    {
        SfuTrack[] tracks;
        lock (_gate)
            tracks = [.. _tracks.Values.Where(track => track.Participant == participant && SourceOf(track) == source)];
        foreach (var track in tracks) _ = TryAsync(() => sfu.MuteAsync(track.Id, muted));
    }

    /// <summary>Something that happened in this room at the media service.</summary>
    public void Take(SfuEvent happened)
    {
        switch (happened)
        {
            case { Kind: SfuEvent.TrackAdded or SfuEvent.TrackRemoved, Track: { } track }:
                lock (_gate)
                {
                    _meanwhile?.Add(happened);
                    Note(happened);
                    Name();
                }

                if (happened.Kind == SfuEvent.TrackAdded) Enforce(track);
                Changed();
                break;
            case { Kind: SfuEvent.Closed, Participant: { } participant, Transport: { } transport }:
                Find(participant)?.Gone(transport);
                break;
            case { Kind: SfuEvent.Speaking, Speakers: { } speakers }:
                Speaking = new SpeakingEvent(speakers, happened.Stage ?? []);
                if (IsInUse) TellSpeaking();
                break;
            case { Kind: SfuEvent.SlotPaused or SfuEvent.SlotResumed, Participant: { } participant, Transport: { } transport, Mid: { } mid }:
                Find(participant)?.Paused(transport, mid, happened.Kind == SfuEvent.SlotPaused ? happened.Reason ?? "bandwidth" : null);
                break;
            case { Kind: SfuEvent.Layers, Track: { } track, Rids: { } rids } when Find(track.Participant) is { } seat && seat.SourceOf(track) is { } source:
                seat.Session.Send(Wire.Event("layers", new LayersEvent(track.Transport, source, rids), MessageJson.Default.EventLayersEvent), $"layers-{track.Transport}-{source}", replaceable: true);
                break;
        }
    }

    /// <summary>The media service is there again: perhaps the same with everything in it, perhaps a fresh one.</summary>
    /// <param name="anew">Nothing is known yet of what the slots carry.</param>
    public async Task FoundAsync(bool anew = false)
    {
        await TryAsync(async () =>
        {
            // Clients notice by themselves that media has stopped: what they make while the question is on its way is not in the answer.
            HashSet<string> known;
            var meanwhile = new List<SfuEvent>();
            lock (_gate)
            {
                known = [.. _seats.Values.SelectMany(seat => seat.Transports)];
                _meanwhile = meanwhile;
            }

            var there = await sfu.GetRoomAsync(Room);
            Seat[] seats;
            lock (_gate)
            {
                if (_meanwhile != meanwhile) return; // It was asked again since.
                _meanwhile = null;
                _tracks.Clear();
                foreach (var track in there?.Tracks ?? []) _tracks[track.Id] = track;
                meanwhile.ForEach(Note);
                Name();
                seats = [.. _seats.Values];
            }

            if (anew)
            {
                foreach (var seat in seats) seat.Fill(there?.Transports ?? [], VideoOf);
            }

            known.ExceptWith((there?.Transports ?? []).Select(transport => transport.Id));
            foreach (var seat in seats) seat.Lose(known);
            Changed();
        });
    }

    /// <summary>Everybody's connections at the media service; none when it cannot be asked.</summary>
    public async Task<ILookup<string, ConnectionView>> ConnectionsAsync(CancellationToken cancel)
    {
        IReadOnlyList<SfuTransport> transports = [];
        try
        {
            transports = (await sfu.GetRoomAsync(Room, cancel))?.Transports ?? [];
        }
        catch (SfuException exception)
        {
            Log.NotDone(log, room, exception.Message);
        }

        return transports.ToLookup(
            transport => transport.Participant,
            transport => new ConnectionView(transport.Id, transport.State, transport.Protocol, transport.Slots.Count(slot => slot is { Kind: "video", Track: not null })));
    }

    /// <summary>The room goes on at another node.</summary>
    public void Depart()
    {
        lock (_gate)
        {
            foreach (var seat in _seats.Values) seat.Depart();
        }
    }

    /// <summary>Everybody gives up their connections: the room is a mesh again.</summary>
    public void Disperse()
    {
        Seat[] seats;
        lock (_gate)
            seats = [.. _seats.Values];
        foreach (var seat in seats) seat.Close(forGood: false);
    }

    /// <summary>Nobody uses this way any more: what is left of it closes, programs included.</summary>
    public void End()
    {
        Seat[] seats;
        lock (_gate)
            seats = [.. _seats.Values];
        foreach (var seat in seats) seat.Close(forGood: true);
        _ = TryAsync(() => sfu.CloseRoomAsync(Room));
    }

    /// <summary>Closes a transport in the background; one that is gone already is as good.</summary>
    public void Drop(string transport) => _ = TryAsync(() => sfu.CloseAsync(transport));

    public void Failed(Session session, SfuException exception) => Log.Unsettled(log, room, session.Id, exception.Message);

    private void Note(SfuEvent happened)
    {
        var track = happened.Track!;
        if (happened.Kind == SfuEvent.TrackAdded) _tracks[track.Id] = track;
        else _tracks.Remove(track.Id);
    }

    private string? SourceOf(SfuTrack track)
    {
        // Not a person with a seat: a program (WHIP), which says what it sends by its kind.
        if (!_seats.TryGetValue(track.Participant, out var seat)) return track.Kind == "audio" ? "microphone" : "camera";
        return seat.SourceOf(track);
    }

    private void Name()
    {
        var videos = new Dictionary<VideoKey, string>();
        foreach (var track in _tracks.Values)
        {
            if (track.Kind == "video" && SourceOf(track) is { } source) videos[new VideoKey(track.Participant, source)] = track.Id;
        }

        Volatile.Write(ref _videos, videos);
    }

    private VideoKey? VideoOf(string track)
    {
        foreach (var (key, id) in Volatile.Read(ref _videos))
        {
            if (id == track) return key;
        }

        return null;
    }

    private void Enforce(SfuTrack track)
    {
        string? source;
        lock (_gate)
            source = SourceOf(track);
        if (source is not null && IsMuted(track.Participant, source)) _ = TryAsync(() => sfu.MuteAsync(track.Id, true));
    }

    private void TellSpeaking() => Broadcast(Wire.Event("speaking", Speaking, MessageJson.Default.EventSpeakingEvent), "speaking");

    private void Broadcast(byte[] body, string subject)
    {
        Seat[] seats;
        lock (_gate)
            seats = [.. _seats.Values];
        foreach (var seat in seats) seat.Session.Send(body, subject, replaceable: true);
    }

    private async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (SfuException exception)
        {
            Log.NotDone(log, room, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4101, Level = LogLevel.Debug, Message = "Room {Room}: the media service did not do what was asked: {Why}")]
        public static partial void NotDone(ILogger logger, string room, string why);

        [LoggerMessage(EventId = 4102, Level = LogLevel.Debug, Message = "Room {Room}: the slots of {Participant} stay as they are: {Why}")]
        public static partial void Unsettled(ILogger logger, string room, string participant, string why);
    }
}
