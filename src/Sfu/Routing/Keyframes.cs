namespace RtcHub.Sfu.Routing;

/// <summary>
/// Requests for keyframes of one incoming layer (PLI, RFC 4585 section 6.3.1): what all subscribers wish becomes one request
/// to the publisher. The first goes out at once, none follows within <see cref="MinInterval"/>, and while no keyframe
/// comes it is repeated with growing intervals, as the request or the frame may be lost.
/// </summary>
internal sealed class Keyframes
{
    /// <summary>A keyframe is ten times as large as other frames: more than two a second would be the whole bandwidth.</summary>
    public const long MinInterval = 500_000;

    /// <summary>A camera may be off for hours while somebody waits for it.</summary>
    public const long MaxInterval = 4_000_000;

    private bool _wanted;
    private int _unanswered;
    private long _last = long.MinValue / 2;

    /// <summary>Round trip to the publisher, µs.</summary>
    public long Rtt { get; set; } = 100_000;

    /// <summary>When <see cref="TryPoll"/> has something to say; <see cref="long.MaxValue"/>: never.</summary>
    public long NextTimeout => _wanted ? _last + Interval : long.MaxValue;

    // No sooner than the answer to the last request can be there, with as much again for the encoder.
    private long Interval => _unanswered == 0 ? MinInterval : Math.Clamp(Math.Max(MinInterval << Math.Min(_unanswered - 1, 3), 2 * Rtt), MinInterval, MaxInterval);

    /// <summary>A subscriber needs a keyframe.</summary>
    public void Request() => _wanted = true;

    /// <summary>A keyframe starts: whoever waited has it.</summary>
    public void Received() => Cancel();

    /// <summary>Nobody waits any more.</summary>
    public void Cancel() => (_wanted, _unanswered) = (false, 0);

    /// <summary>True: send a request now.</summary>
    public bool TryPoll(long now)
    {
        if (now < NextTimeout) return false;
        _last = now;
        _unanswered++;
        return true;
    }
}
