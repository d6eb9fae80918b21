using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Routing;

/// <summary>Who publishes and who subscribes. Lives on one worker, as long as a transport is in it.</summary>
/// <param name="id">The caller's.</param>
/// <param name="events">Where it is told what happens.</param>
/// <param name="audioSlots">Places on the stage.</param>
internal sealed class Room(string id, EventFeed events, int audioSlots)
{
    private readonly List<PublisherTrack> _tracks = [];
    private readonly List<Subscriber> _subscribers = [];
    private readonly Stage _stage = new(audioSlots);
    private readonly Speakers _speakers = new();
    private bool _isStageNew;
    private int _transports;

    public string Id => id;

    public bool IsEmpty => _transports == 0;

    public IReadOnlyList<PublisherTrack> Tracks => _tracks;

    /// <summary>µs, when it is to be woken: while there is sound, or somebody who is told to speak.</summary>
    public long NextTimeout { get; private set; } = long.MaxValue;

    public EventFeed Events => events;

    public void Enter() => _transports++;

    /// <summary>
    /// A transport is gone: its tracks are taken out of every slot, its slots out of every track. Whoever played it gets whom else
    /// there is to play: a publisher that came back may be here before the old connection is known to be dead.
    /// </summary>
    public void Leave(Publisher? publisher, Subscriber? subscriber, long now)
    {
        _transports--;
        if (subscriber is not null)
        {
            _subscribers.Remove(subscriber);
            foreach (var slot in subscriber.Slots) slot.Assign(null, now);
            subscriber.Bandwidth.Leave();
        }

        if (publisher is null) return;
        foreach (var track in publisher.Tracks) Remove(track, now);
        foreach (var each in _subscribers) Fill(each, now);
        Seat(now);
    }

    public void Add(PublisherTrack track, long now)
    {
        _tracks.Add(track);
        track.Room = this;
        events.Publish(new SfuEvent(SfuEvent.TrackAdded, Id, track.Participant, track.Transport, track.Describe()));
        foreach (var subscriber in _subscribers) Fill(subscriber, now);
        if (track.Kind != MediaKind.Audio) return;
        _stage.Add(track);
        Seat(now);
        NextTimeout = Math.Min(NextTimeout, now + Loudness.Interval);
    }

    public void Add(Subscriber subscriber, long now)
    {
        _subscribers.Add(subscriber);
        subscriber.Room = this;
        Fill(subscriber, now);
    }

    /// <summary>A subscriber has more slots than before.</summary>
    public void Extend(Subscriber subscriber, long now) => subscriber.Follow(_stage, now);

    public void Mute(PublisherTrack track, bool muted, long now)
    {
        track.Mute(muted, now);
        if (track.Kind == MediaKind.Audio) Seat(now);
    }

    /// <summary>Who speaks, and who is heard.</summary>
    public void Timeout(long now)
    {
        if (now < NextTimeout) return;
        _stage.Measure(now);
        Seat(now);
        if (_speakers.Update(now, _stage) || _isStageNew)
        {
            events.Publish(new SfuEvent(SfuEvent.Speaking, Id, Speakers: _speakers.Told, Stage: _stage.Participants()));
            _isStageNew = false;
        }

        NextTimeout = _stage.Tracks > 0 || _speakers.Told.Count > 0 ? now + Loudness.Interval : long.MaxValue;
    }

    public PublisherTrack? Find(string track) => _tracks.Find(each => each.Id == track);

    /// <summary>Whether a player of this wish would get anything.</summary>
    public bool CanPlay(string? play) => _tracks.Exists(track => Plays(play, track));

    private static bool Plays(string? play, PublisherTrack track) => play == "*" || play == track.Participant;

    /// <summary>
    /// A player's empty slots get the tracks of whom it plays: the participant it named, or the first one who publishes, from
    /// then on that one until they leave.
    /// </summary>
    private void Fill(Subscriber subscriber, long now)
    {
        if (subscriber.Play is not { } play) return;
        if (play == "*") play = subscriber.Slots.FirstOrDefault(slot => slot.Track is not null)?.Track!.Participant ?? _tracks.FirstOrDefault()?.Participant;
        foreach (var slot in subscriber.Slots)
        {
            if (slot.Track is not null) continue;
            var free = _tracks.Find(track => track.Participant == play && slot.CanCarry(track) && !subscriber.Slots.Any(other => other.Track == track));
            if (free is not null) slot.Assign(free, now);
        }
    }

    private void Seat(long now)
    {
        if (!_stage.Seat(now)) return;
        _isStageNew = true;
        foreach (var subscriber in _subscribers) subscriber.Follow(_stage, now);
    }

    private void Remove(PublisherTrack track, long now)
    {
        _tracks.Remove(track);
        _stage.Remove(track);
        while (track.Slots.Count > 0) track.Slots[^1].Assign(null, now);
        events.Publish(new SfuEvent(SfuEvent.TrackRemoved, Id, track.Participant, track.Transport, track.Describe()));
    }
}
