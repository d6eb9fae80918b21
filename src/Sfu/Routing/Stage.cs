namespace RtcHub.Sfu.Routing;

/// <summary>
/// The audio tracks of a room that are forwarded: all of them while there are places, else those on which somebody speaks or
/// did last. A track that is on the stage stays in its place, and makes room only for one on which somebody speaks.
/// </summary>
/// <param name="places">How many tracks are heard at a time.</param>
internal sealed class Stage(int places)
{
    // µs. Who has just got a place is heard out; who talks across four others waits for that long.
    private const long MinStay = 2_000_000;

    // dB by which a speaker must be louder than one who speaks, too.
    private const double Margin = 10;

    private readonly List<PublisherTrack> _tracks = [];
    private readonly Place[] _places = new Place[places];

    public int Places => places;

    /// <summary>Audio tracks there are in the room.</summary>
    public int Tracks => _tracks.Count;

    /// <summary>The track in a place, if there is one; in places beyond the last there never is.</summary>
    public PublisherTrack? this[int place] => place < places ? _places[place].Track : null;

    /// <summary>Whose track is in which place, as far as places are taken.</summary>
    public IReadOnlyList<string?> Participants()
    {
        var last = Array.FindLastIndex(_places, place => place.Track is not null);
        return [.. _places.Take(last + 1).Select(place => place.Track?.Participant)];
    }

    public void Add(PublisherTrack track) => _tracks.Add(track);

    public void Remove(PublisherTrack track)
    {
        _tracks.Remove(track);
        foreach (ref var place in _places.AsSpan())
        {
            if (place.Track == track) place = default;
        }
    }

    public bool Holds(PublisherTrack track)
    {
        foreach (ref readonly var place in _places.AsSpan())
        {
            if (place.Track == track) return true;
        }

        return false;
    }

    /// <summary>Every <see cref="Loudness.Interval"/>: how loud everybody is now.</summary>
    public void Measure(long now)
    {
        foreach (var track in _tracks) track.Loudness!.Measure(now);
    }

    /// <summary>Gives the places to whom they belong; true: somebody else is in one of them.</summary>
    public bool Seat(long now)
    {
        var isChanged = false;
        foreach (ref var place in _places.AsSpan())
        {
            if (place.Track is { Muted: true }) (place, isChanged) = (default, true);
        }

        while (Waiting() is { } next)
        {
            ref var place = ref Weakest();
            if (!MakesRoom(place, next, now)) break;
            (place, isChanged) = (new Place(next, now), true);
        }

        return isChanged;
    }

    // Of those without a place the one who deserves one most.
    private PublisherTrack? Waiting()
    {
        PublisherTrack? best = null;
        foreach (var track in _tracks)
        {
            if (!track.Muted && (best is null || IsBefore(track, best)) && !Holds(track)) best = track;
        }

        return best;
    }

    private ref Place Weakest()
    {
        ref var weakest = ref _places[0];
        foreach (ref var place in _places.AsSpan())
        {
            if (place.Track is null) return ref place;
            if (IsBefore(weakest.Track!, place.Track)) weakest = ref place;
        }

        return ref weakest;
    }

    private static bool MakesRoom(in Place place, PublisherTrack next, long now)
    {
        if (place.Track is null) return true;
        var (present, other) = (place.Track.Loudness!, next.Loudness!);
        if (!other.IsSpeaking) return false;
        return !present.IsSpeaking || (now - place.Since >= MinStay && other.Level >= present.Level + Margin);
    }

    // Who speaks before who does not, then the louder one; in silence who spoke last.
    private static bool IsBefore(PublisherTrack a, PublisherTrack b)
    {
        var (x, y) = (a.Loudness!, b.Loudness!);
        if (x.IsSpeaking != y.IsSpeaking) return x.IsSpeaking;
        if (!x.IsSpeaking && x.LastSpoke != y.LastSpoke) return x.LastSpoke > y.LastSpoke;
        return x.Level > y.Level;
    }

    private readonly record struct Place(PublisherTrack Track, long Since);
}
