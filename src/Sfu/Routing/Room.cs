using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Routing;

/// <summary>Who publishes and who subscribes. Lives on one worker, as long as a transport is in it.</summary>
internal sealed class Room(string id, EventFeed events)
{
    private readonly List<PublisherTrack> _tracks = [];
    private readonly List<Subscriber> _subscribers = [];
    private int _transports;

    public string Id => id;

    public bool IsEmpty => _transports == 0;

    public IReadOnlyList<PublisherTrack> Tracks => _tracks;

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
        }

        if (publisher is null) return;
        foreach (var track in publisher.Tracks) Remove(track, now);
        foreach (var each in _subscribers) Fill(each, now);
    }

    public void Add(PublisherTrack track, long now)
    {
        _tracks.Add(track);
        events.Publish(new SfuEvent(SfuEvent.TrackAdded, Id, track.Participant, track.Transport, track.Describe()));
        foreach (var subscriber in _subscribers) Fill(subscriber, now);
    }

    public void Add(Subscriber subscriber, long now)
    {
        _subscribers.Add(subscriber);
        Fill(subscriber, now);
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

    private void Remove(PublisherTrack track, long now)
    {
        _tracks.Remove(track);
        while (track.Slots.Count > 0) track.Slots[^1].Assign(null, now);
        events.Publish(new SfuEvent(SfuEvent.TrackRemoved, Id, track.Participant, track.Transport, track.Describe()));
    }
}
