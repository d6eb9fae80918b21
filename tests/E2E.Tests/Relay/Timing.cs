namespace RtcHub.E2E.Tests.Relay;

/// <summary>When a datagram gets to the other end of a link, or that it never does. Time is handed in, chance is seeded.</summary>
internal sealed class Timing(int seed)
{
    private readonly Random _random = new(seed);
    private long _freeAt;
    private long _lastDue;

    /// <param name="now">Microseconds.</param>
    /// <param name="isOvertaken">It arrives after some of those that were sent later.</param>
    /// <returns>The time of arrival in microseconds, never before that of an earlier datagram that is not overtaken; null: it is lost.</returns>
    public long? Arrival(Conditions conditions, long now, int bytes, out bool isOvertaken)
    {
        isOvertaken = false;
        if (_random.NextDouble() < conditions.Loss) return null;
        var sent = now;
        if (conditions.KbitPerSecond > 0)
        {
            var begun = Math.Max(now, _freeAt);
            if (begun - now > conditions.QueueMs * 1000L) return null;
            sent = _freeAt = begun + (bytes * 8000L / conditions.KbitPerSecond);
        }

        var due = sent + (conditions.DelayMs * 1000L) + (long)(_random.NextDouble() * conditions.JitterMs * 1000);
        _lastDue = Math.Max(due, _lastDue);
        isOvertaken = conditions.Detour > 0 && _random.NextDouble() < conditions.Detour;
        return isOvertaken ? _lastDue + (conditions.DetourMs * 1000L) : _lastDue;
    }
}
