using Microsoft.Extensions.Options;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// How many sockets may open or resume a session: when thousands come back at once, each is told its own moment, one after the other
/// at the pace that the hub can serve, instead of all of them trying at random.
/// </summary>
internal sealed class Admission(IOptions<SocketOptions> options, TimeProvider time)
{
    // Nobody is sent away for longer: by then many may have given up.
    private const int MaxWaitMs = 30_000;
    private readonly Lock _gate = new();
    private TokenBucket _bucket;
    private bool _isOpen;
    private double _turnAt;

    /// <summary>Null: come in.</summary>
    public HubError? Refuse()
    {
        var now = SocketConnection.NowMs(time);
        lock (_gate)
        {
            if (!_isOpen) (_isOpen, _bucket) = (true, new TokenBucket(options.Value.JoinsPerSecond, options.Value.JoinBurst, now));
            if (_bucket.TryTake(now, out var soonest)) return null;
            _turnAt = Math.Min(Math.Max(_turnAt + (1000d / options.Value.JoinsPerSecond), now + soonest), now + MaxWaitMs);
            return Errors.RateLimited.With("Many come at once; your turn is in a moment.", retryAfterMs: (int)Math.Ceiling(_turnAt - now));
        }
    }
}
