using System.Collections.Concurrent;
using System.Net;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// Makes guessing a passcode slow: from the fifth wrong one of an address at a room on, each doubles the wait, from one
/// second to five minutes. A quarter of an hour of peace forgets.
/// </summary>
internal sealed class PasscodeThrottle(TimeProvider time)
{
    private const int Free = 5;
    private const int MaxEntries = 100_000;
    private static readonly TimeSpan Forget = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<(IPAddress, string), (int Failures, DateTimeOffset Last)> _failures = new();

    /// <summary>Milliseconds until this address may try again at this room; 0: now.</summary>
    public int WaitMs(IPAddress address, string room)
    {
        if (!_failures.TryGetValue((address, room), out var entry))
            return 0;
        var wait = entry.Last + Penalty(entry.Failures) - time.GetUtcNow();
        return (int)Math.Max(0, Math.Ceiling(wait.TotalMilliseconds));
    }

    /// <summary>Notes a wrong passcode; returns the wait that follows, in milliseconds.</summary>
    public int Failed(IPAddress address, string room)
    {
        var now = time.GetUtcNow();
        if (_failures.Count >= MaxEntries)
            Sweep();
        var entry = _failures.AddOrUpdate(
            (address, room), _ => (1, now), (_, old) => now - old.Last > Forget ? (1, now) : (old.Failures + 1, now));
        return (int)Penalty(entry.Failures).TotalMilliseconds;
    }

    /// <summary>Forgets addresses that have been quiet.</summary>
    public void Sweep()
    {
        var now = time.GetUtcNow();
        foreach (var (key, entry) in _failures)
        {
            if (now - entry.Last > Forget)
                _failures.TryRemove(key, out _);
        }
    }

    private static TimeSpan Penalty(int failures) =>
        failures < Free ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, failures - Free)));
}
