namespace RtcHub.Signal.Sockets;

/// <summary>So many at once, so many a second for long. Time is handed in (milliseconds, monotonic).</summary>
internal struct TokenBucket(int perSecond, int burst, long nowMs)
{
    private double _tokens = burst;
    private long _at = nowMs;

    /// <summary>Takes one. When there is none: how long until there is.</summary>
    public bool TryTake(long nowMs, out int retryAfterMs)
    {
        _tokens = Math.Min(burst, _tokens + ((nowMs - _at) * perSecond / 1000d));
        _at = nowMs;
        if (_tokens >= 1)
        {
            _tokens -= 1;
            retryAfterMs = 0;
            return true;
        }

        retryAfterMs = (int)Math.Ceiling((1 - _tokens) * 1000 / perSecond);
        return false;
    }
}
