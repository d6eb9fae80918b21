using System.Globalization;
using RtcHub.Signal.Cluster;

namespace RtcHub.Signal.Sessions;

/// <summary>
/// What the hub has to say to one client, in order: numbered, kept until acknowledged, bounded. It outlives sockets;
/// a socket attaches, takes what is unsent, and detaches. When the bound is passed the outbox is lost as a whole
/// (<see cref="Lost"/>): from then on only replies are kept, and the client gets a snapshot (resync) instead of a replay.
/// </summary>
/// <remarks>
/// Safe for any thread. Nobody waits in here: adding never blocks on the reader. With a <paramref name="log"/> nothing is handed to a
/// socket before the log has it, so that another node can go on where this one was killed.
/// </remarks>
internal sealed partial class Outbox(int maxMessages, int maxBytes, ReplayLog? log = null)
{
    private readonly Lock _gate = new();
    private readonly Queue<Entry> _sent = new();        // sent, not acknowledged: what a resume replays
    private readonly LinkedList<Entry> _unsent = new();
    private long _lastSeq;                              // given to the newest entry
    private long _sentSeq;                              // of the newest entry handed to the present socket
    private long _bytes;
    private object? _reader;                            // the socket that may take; one that was superseded gets nothing

    /// <param name="Body">The frame after its <c>{"seq":N,</c>, shared between all receivers of a broadcast.</param>
    /// <param name="Subject">What it is about, if order matters among messages about that; else null.</param>
    /// <param name="Replaceable">A newer replaceable message about the same makes this one superfluous.</param>
    /// <param name="IsReply">Kept even when the rest is lost: every request gets its one reply.</param>
    /// <param name="ReceivedAt">Timestamp of the request that caused it, for the relay latency; 0: not measured.</param>
    /// <param name="Stamp">Under which the log has it, or is about to; 0: not yet.</param>
    /// <param name="IsDurable">It may be sent.</param>
    internal readonly record struct Entry(
        long Seq, ReadOnlyMemory<byte> Body, string? Subject, bool Replaceable, bool IsReply, long ReceivedAt, long Stamp = 0, bool IsDurable = true);

    /// <summary>True once something was dropped; ends with <see cref="Restart"/>.</summary>
    public bool Lost { get; private set; }

    /// <summary>Whether <see cref="TryTake"/> would find something for this reader.</summary>
    public bool HasNext(object reader)
    {
        lock (_gate)
            return !Lost && _reader == reader && _unsent.First is { ValueRef.IsDurable: true };
    }

    /// <summary>The first socket of a new session.</summary>
    public void Open(object reader)
    {
        lock (_gate)
            _reader = reader;
    }

    /// <summary>A session that came back from the store: what it was sent is not known any more.</summary>
    public void MarkLost()
    {
        lock (_gate)
            Lose();
    }

    /// <summary>Adds a message. False when this made the outbox overflow: the socket, if any, should be closed as slow.</summary>
    /// <param name="subject">Whom or what it is about (a participant's id), if it may coalesce or be a bar to that.</param>
    /// <param name="replaceable">It says the whole state of its subject: the newest one is enough for a slow reader.</param>
    public bool Add(ReadOnlyMemory<byte> body, string? subject = null, bool replaceable = false, bool isReply = false, long receivedAt = 0)
    {
        lock (_gate)
        {
            if (Lost && !isReply)
                return true;
            if (replaceable && Replace(subject, body))
                return true;
            Log(_unsent.AddLast(new Entry(++_lastSeq, body, subject, replaceable, isReply, receivedAt)));
            _bytes += body.Length;
            return Trim();
        }
    }

    /// <summary>Takes the next message for the socket; its frame is <c>{"seq":N,</c> and then the body.</summary>
    public bool TryTake(object reader, out long seq, out ReadOnlyMemory<byte> body, out long receivedAt)
    {
        lock (_gate)
        {
            // Once lost, what is left has gaps: nothing more goes to this socket.
            if (Lost || _reader != reader || _unsent.First is not { ValueRef.IsDurable: true } first)
            {
                (seq, body, receivedAt) = (0, default, 0);
                return false;
            }

            var entry = first.Value;
            _unsent.RemoveFirst();
            _sent.Enqueue(entry);
            _sentSeq = entry.Seq;
            (seq, body, receivedAt) = (entry.Seq, entry.Body, entry.ReceivedAt);
            return true;
        }
    }

    /// <summary>The client has everything up to <paramref name="seq"/>.</summary>
    public void Acknowledge(long seq)
    {
        lock (_gate)
        {
            while (_sent.TryPeek(out var entry) && entry.Seq <= seq)
            {
                _sent.Dequeue();
                _bytes -= entry.Body.Length;
            }
        }
    }

    /// <summary>
    /// A new socket of a client that has everything up to <paramref name="seq"/>. True: what follows will be sent again.
    /// False: that is not possible any more, call <see cref="Restart"/>.
    /// </summary>
    public bool TryResume(object reader, long seq)
    {
        lock (_gate)
        {
            if (Lost || seq < 0 || seq > _sentSeq)
                return false;
            var first = _sent.TryPeek(out var oldest) ? oldest.Seq : _sentSeq + 1;
            if (seq + 1 < first)
                return false;
            _reader = reader;
            Acknowledge(seq);
            var again = _sent.ToArray();
            _sent.Clear();
            for (var i = again.Length - 1; i >= 0; i--)
                _unsent.AddFirst(again[i] with { ReceivedAt = 0 });
            _sentSeq = seq;
            return true;
        }
    }

    /// <summary>
    /// Forgets everything but the replies that were never acknowledged, which get new numbers. To be called together
    /// with taking the snapshot, under the lock of the room. Returns the number that the next message follows.
    /// </summary>
    /// <param name="clientSeq">The highest number the client has seen; numbers go on after it.</param>
    public long Restart(object reader, long clientSeq)
    {
        lock (_gate)
        {
            KeepReplies();
            Lost = false;
            _reader = reader;
            var start = _lastSeq = _sentSeq = Math.Max(_lastSeq, clientSeq);
            log?.Restart(start, lost: false);
            for (var node = _unsent.First; node is not null; node = node.Next)
            {
                node.ValueRef = node.Value with { Seq = ++_lastSeq, ReceivedAt = 0 };
                Log(node);
            }

            return start;
        }
    }

    /// <summary>Writes <c>{"seq":N,</c>; returns its length, at most 32 bytes.</summary>
    public static int WritePrefix(Span<byte> target, long seq)
    {
        "{\"seq\":"u8.CopyTo(target);
        seq.TryFormat(target[7..], out var digits, default, CultureInfo.InvariantCulture);
        target[7 + digits] = (byte)',';
        return digits + 8;
    }

    // The last unsent message about the same subject is replaced where it stands, if it is of the replaceable kind. If it
    // is another ("left" after "participant"), the new one must not come before it.
    private bool Replace(string? subject, ReadOnlyMemory<byte> body)
    {
        for (var node = _unsent.Last; node is not null; node = node.Previous)
        {
            if (node.Value.Subject != subject)
                continue;
            if (!node.Value.Replaceable)
                return false;
            _bytes += body.Length - node.Value.Body.Length;
            var isWaiting = node.Value is { Stamp: 0, IsDurable: false };
            node.ValueRef = node.Value with { Body = body };
            if (!isWaiting)
                Log(node);
            return true;
        }

        return false;
    }

    private bool Trim()
    {
        while (_sent.Count + _unsent.Count > maxMessages || _bytes > maxBytes)
        {
            // A client that reads but does not acknowledge only shortens its own replay.
            if (!_sent.TryDequeue(out var oldest))
            {
                Lose();
                return false;
            }

            _bytes -= oldest.Body.Length;
        }

        return true;
    }

    private void Lose()
    {
        Lost = true;
        KeepReplies();
        if (log is null)
            return;
        log.Restart(_lastSeq, lost: true);
        for (var node = _unsent.First; node is not null; node = node.Next)
            Log(node);
    }

    // Even replies are bounded: a client that sends and never reads loses the oldest.
    private void KeepReplies()
    {
        var replies = _sent.Concat(_unsent).Where(e => e.IsReply).TakeLast(maxMessages).ToArray();
        _sent.Clear();
        _unsent.Clear();
        _bytes = 0;
        foreach (var reply in replies)
        {
            _unsent.AddLast(reply);
            _bytes += reply.Body.Length;
        }
    }
}
