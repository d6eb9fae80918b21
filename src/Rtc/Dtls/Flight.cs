namespace RtcHub.Rtc.Dtls;

/// <summary>
/// The datagrams on their way out, and the last flight, kept to be sent again (RFC 6347 section 4.2.4). A flight that is repeated
/// needs new sequence numbers, or a peer that has seen it takes it for a replay and stays silent. Plain records are given them
/// here; encrypted ones, of which each flight has at most one (Finished), go out as they were.
/// </summary>
internal sealed class Flight
{
    // Far more than a handshake needs; a caller that never polls must not fill the memory.
    private const int MaxQueued = 64;

    private readonly Queue<byte[]> _queue = new();
    private readonly List<byte[]> _datagrams = [];
    private uint _sequence;

    /// <summary>True when something was written since <see cref="Begin"/>.</summary>
    public bool Written { get; private set; }

    public bool IsEmpty => _datagrams.Count == 0;

    /// <summary>The message_seq that the flight begins with, so that a library that repeats it by itself is not taken to go on; -1 for none.</summary>
    public int FirstMessage => _datagrams is [var first, ..] ? DtlsRecord.MessageSequence(first) : -1;

    /// <summary>What is written from now on is a new flight; until then the last one stays.</summary>
    public void Begin() => Written = false;

    /// <summary>One record or several; records that follow each other share a datagram where they fit.</summary>
    public void Write(ReadOnlySpan<byte> records)
    {
        if (!Written) _datagrams.Clear();
        Written = true;
        if (_datagrams is [.., var last] && last.Length + records.Length <= IDtls.MaxDatagram)
            _datagrams[^1] = [.. last, .. records];
        else
            _datagrams.Add(records.ToArray());
    }

    /// <summary>Sends the flight, for the first time or again.</summary>
    public void Send()
    {
        if (_queue.Count > MaxQueued) return;
        foreach (var datagram in _datagrams)
        {
            DtlsRecord.Renumber(datagram, ref _sequence);
            _queue.Enqueue([.. datagram]);
        }
    }

    public bool TryPoll(Span<byte> datagram, out int length)
    {
        length = 0;
        if (!_queue.TryPeek(out var next) || !next.AsSpan().TryCopyTo(datagram)) return false;
        length = next.Length;
        _queue.Dequeue();
        return true;
    }
}
