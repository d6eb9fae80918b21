namespace RtcHub.Sfu.Routing;

/// <summary>Who speaks in a room, the loudest first, as it is told to everybody: on change, and not more often than people can follow.</summary>
internal sealed class Speakers
{
    // µs: five times a second.
    private const long MinInterval = 200_000;

    // dB by which one must be louder to be named before another.
    private const double Margin = 6;

    private readonly List<PublisherTrack> _tracks = [];
    private long _last = long.MinValue / 2;

    /// <summary>Participants, as they were told last.</summary>
    public IReadOnlyList<string> Told { get; private set; } = [];

    /// <summary>Looks at the stage; true: somebody is to be told of <see cref="Told"/>.</summary>
    public bool Update(long now, Stage stage)
    {
        for (var i = _tracks.Count - 1; i >= 0; i--)
        {
            if (!stage.Holds(_tracks[i]) || !_tracks[i].Loudness!.IsSpeaking) _tracks.RemoveAt(i);
        }

        for (var place = 0; place < stage.Places; place++)
        {
            if (stage[place] is { Loudness.IsSpeaking: true } track && !_tracks.Contains(track)) _tracks.Add(track);
        }

        for (var i = _tracks.Count - 1; i > 0; i--)
        {
            if (_tracks[i].Loudness!.Level >= _tracks[i - 1].Loudness!.Level + Margin) (_tracks[i], _tracks[i - 1]) = (_tracks[i - 1], _tracks[i]);
        }

        if (now - _last < MinInterval || IsTold()) return false;
        _last = now;
        Told = [.. _tracks.Select(track => track.Participant).Distinct()];
        return true;
    }

    // A participant's second track is not another speaker.
    private bool IsTold()
    {
        var told = 0;
        for (var i = 0; i < _tracks.Count; i++)
        {
            if (IsNamed(i)) continue;
            if (told == Told.Count || Told[told++] != _tracks[i].Participant) return false;
        }

        return told == Told.Count;
    }

    private bool IsNamed(int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (_tracks[i].Participant == _tracks[index].Participant) return true;
        }

        return false;
    }
}
