namespace RtcHub.Signal.Sessions;

// What an outbox has to do with the log by which another node could go on: called by the journal, and by who takes a session over.
internal sealed partial class Outbox
{
    /// <summary>The log has a message from <paramref name="stamp"/> on. False: it is not to be sent any more.</summary>
    public bool TryLog(LinkedListNode<Entry> node, long stamp, out Entry entry)
    {
        lock (_gate)
        {
            entry = node.Value;
            if (node.List != _unsent)
                return false;
            node.ValueRef = entry with { Stamp = stamp };
            return true;
        }
    }

    /// <summary>What the log was given is safe there. A message that was replaced meanwhile waits for its next turn.</summary>
    public void Confirm(LinkedListNode<Entry> node)
    {
        lock (_gate)
        {
            if (node.List == _unsent && node.Value.Stamp != 0)
                node.ValueRef = node.Value with { IsDurable = true };
        }
    }

    /// <summary>Up to which number the log need not go back, and the stamp of what follows; 0: nothing that has one.</summary>
    public (long Seq, long Stamp) Oldest()
    {
        lock (_gate)
        {
            if (_sent.TryPeek(out var sent))
                return (sent.Seq - 1, sent.Stamp);
            return _unsent.First is { } first ? (first.Value.Seq - 1, first.Value.Stamp) : (_lastSeq, 0);
        }
    }

    /// <summary>All that the log has to hold, for one that has forgotten it; it gets another stamp.</summary>
    public (long Seq, bool Lost, Entry[] Entries) Rewrite(long stamp)
    {
        lock (_gate)
        {
            for (var count = _sent.Count; count > 0; count--)
                _sent.Enqueue(_sent.Dequeue() with { Stamp = stamp });
            for (var node = _unsent.First; node is not null; node = node.Next)
            {
                if (node.Value.Stamp != 0)
                    node.ValueRef = node.Value with { Stamp = stamp };
            }

            return (Oldest().Seq, Lost, [.. _sent, .. _unsent.Where(entry => entry.Stamp != 0)]);
        }
    }

    /// <summary>
    /// Goes on where another node was: with what follows <paramref name="seq"/>. Messages behind a gap were never sent, for the
    /// one before them was not safe: they close up. Returns whether there was one, and the log is to be written anew.
    /// </summary>
    public bool Restore(long seq, bool lost, IEnumerable<Entry> entries)
    {
        lock (_gate)
        {
            var hadGap = false;
            _lastSeq = seq;
            foreach (var entry in entries.OrderBy(entry => entry.Seq).SkipWhile(entry => !lost && entry.Seq <= seq))
            {
                hadGap |= entry.Seq != _lastSeq + 1;
                _lastSeq = lost ? entry.Seq : _lastSeq + 1;
                _sent.Enqueue(entry with { Seq = _lastSeq });
                _bytes += entry.Body.Length;
            }

            _lastSeq = _sentSeq = Math.Max(_lastSeq, seq);
            if (lost)
                Lose();
            else
                Trim();
            return hadGap && !lost;
        }
    }

    /// <summary>A client that has more than was ever kept here: what it did last is not known either.</summary>
    public bool IsBehind(long seq)
    {
        lock (_gate)
            return seq > _lastSeq;
    }

    private void Log(LinkedListNode<Entry> node)
    {
        if (log is null)
            return;
        node.ValueRef = node.Value with { Stamp = 0, IsDurable = false };
        log.Append(node);
    }
}
