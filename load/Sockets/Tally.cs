namespace RtcHub.Load.Sockets;

/// <summary>What went wrong, or might have, with all connections of a run. Any thread.</summary>
internal sealed class Tally
{
    private readonly Lock _gate = new();
    private long _gaps;
    private long _refused;
    private long _ended;
    private long _resumed;
    private long _resynced;
    private long _forgotten;
    private long _replies;

    /// <summary>Sequence numbers that were left out, or came twice.</summary>
    public long Gaps => Volatile.Read(ref _gaps);

    /// <summary>Requests that were answered with an error.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Connections that ended though nobody wanted it.</summary>
    public long Ended => Volatile.Read(ref _ended);

    public long Resumed => Volatile.Read(ref _resumed);

    public long Resynced => Volatile.Read(ref _resynced);

    /// <summary>Sessions that came back and were not known any more.</summary>
    public long Forgotten => Volatile.Read(ref _forgotten);

    public long Replies => Volatile.Read(ref _replies);

    /// <summary>The first error that was met, in words.</summary>
    public string? FirstError { get; private set; }

    /// <summary>What should not have been, in words.</summary>
    public IEnumerable<string> Faults()
    {
        if (Gaps > 0) yield return $"{Gaps} times numbers or replies did not follow each other.";
        if (Refused > 0) yield return $"{Refused} requests were refused.";
        if (Ended > 0) yield return $"{Ended} connections ended.";
        if (Forgotten > 0) yield return $"{Forgotten} sessions were not known any more.";
        if (FirstError is not null) yield return $"The first: {FirstError}";
    }

    public void Gap(string what)
    {
        Interlocked.Increment(ref _gaps);
        FirstError ??= what;
    }

    public void Refuse(string error)
    {
        Interlocked.Increment(ref _refused);
        FirstError ??= error;
    }

    public void End(int code)
    {
        Interlocked.Increment(ref _ended);
        FirstError ??= $"A socket was closed with {code}.";
    }

    /// <summary>The longest that somebody was without a session.</summary>
    public TimeSpan LongestAway { get; private set; }

    public void CameBack(TimeSpan away)
    {
        lock (_gate)
        {
            if (away > LongestAway) LongestAway = away;
        }
    }

    public void Resume() => Interlocked.Increment(ref _resumed);

    public void Resync() => Interlocked.Increment(ref _resynced);

    public void Forget() => Interlocked.Increment(ref _forgotten);

    public void Reply() => Interlocked.Increment(ref _replies);
}
