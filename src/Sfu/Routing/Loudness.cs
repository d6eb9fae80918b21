namespace RtcHub.Sfu.Routing;

/// <summary>
/// How loud a track is and whether somebody speaks on it, by what its packets say of themselves (RFC 6464), so that sound
/// that the hub cannot decode is known, too. A word begins to count within two intervals, a click does not; the pauses between
/// words do not end speech.
/// </summary>
internal sealed class Loudness
{
    /// <summary>µs between two calls of <see cref="Measure"/>.</summary>
    public const long Interval = 40_000;

    // The level of silence, and thus what is added to levels so that louder is more.
    private const int Range = 127;

    // -45 dBov: quiet speech. What noise suppression leaves of a room is below -60.
    private const int SpeechLevel = Range - 45;

    // A sender that does not say how loud it is: louder than those who are silent, never a speaker.
    private const int UnknownLevel = SpeechLevel - 10;

    // A click is one interval, or falls into two only rarely.
    private const int SpeechIntervals = 2;

    // µs. Longer than people pause between words.
    private const long Release = 600_000;

    // µs. Packets are up to 120 ms long (RFC 7587 section 3.2), and may come late: less is not yet silence.
    private const long Gap = 160_000;

    private int _loudest = -1;
    private int _loudIntervals;
    private long _lastArrival;

    /// <summary>Smoothed: 0 is silence, 127 the loudest there is, 6 more is twice the amplitude.</summary>
    public double Level { get; private set; }

    /// <summary>Whether somebody speaks.</summary>
    public bool IsSpeaking { get; private set; }

    /// <summary>µs; <see cref="long.MinValue"/>: nobody ever did.</summary>
    public long LastSpoke { get; private set; } = long.MinValue;

    /// <summary>A packet came.</summary>
    /// <param name="now">µs.</param>
    /// <param name="level">In -dBov, 0-127, or <see cref="PacketFacts.NoLevel"/>.</param>
    public void Receive(long now, byte level)
    {
        _loudest = Math.Max(_loudest, level == PacketFacts.NoLevel ? UnknownLevel : Range - level);
        _lastArrival = now;
    }

    /// <summary>Looks at what came since the last call.</summary>
    public void Measure(long now)
    {
        if (_loudest < 0 && now - _lastArrival < Gap) return;
        var heard = Math.Max(_loudest, 0);
        _loudest = -1;

        // Up at once, down in a third of a second: who is loudest does not change with every syllable.
        Level += (heard - Level) * (heard > Level ? 0.5 : 0.125);
        _loudIntervals = heard >= SpeechLevel ? _loudIntervals + 1 : 0;
        if (_loudIntervals >= (IsSpeaking ? 1 : SpeechIntervals)) (IsSpeaking, LastSpoke) = (true, now);
        else if (IsSpeaking && now - LastSpoke >= Release) IsSpeaking = false;
    }

    /// <summary>The track is muted: nobody speaks on it.</summary>
    public void Silence() => (_loudest, _loudIntervals, Level, IsSpeaking) = (-1, 0, 0, false);
}
