namespace RtcHub.Sfu.Routing;

/// <summary>
/// Which packets of one incoming layer to ask the publisher for again (generic NACK, RFC 4585 section 6.2.1). A gap is asked
/// for at once, or after a short wait where packets have been seen to overtake each other; then once per round trip, until
/// the packet comes, is a second old, or was asked for ten times. When more is lost than can be repaired, a keyframe is
/// the better wish.
/// </summary>
internal sealed class NackGenerator
{
    /// <summary>How long a packet is worth asking for, µs: subscribers wait no longer for it.</summary>
    public const long MaxAge = 1_000_000;

    /// <summary>How often one packet is asked for.</summary>
    public const int MaxTries = 10;

    /// <summary>How long an overtaken packet may take where overtaking happens, µs.</summary>
    public const long ReorderWait = 15_000;

    // How long one overtaken packet makes us wait for others, µs.
    private const long ReorderMemory = 10_000_000;
    private const long MinRetry = 20_000;
    private const long MaxRtt = 500_000;

    private readonly bool _video;
    private readonly Missed[] _missing;
    private int _count;
    private long _highest = -1;
    private long _reorderedUntil = long.MinValue;
    private bool _keyframeWanted;

    /// <param name="video">Whether a keyframe can help where too much is lost.</param>
    public NackGenerator(bool video)
    {
        _video = video;
        _missing = new Missed[video ? PacketPool.VideoPackets : PacketPool.AudioPackets];
    }

    /// <summary>Round trip to the publisher, µs: a guess, then learnt from how long requests take to be answered.</summary>
    public long Rtt { get; set; } = 100_000;

    /// <summary>How many packets are waited for.</summary>
    public int Missing => _count;

    /// <summary>When <see cref="Poll"/>, then <see cref="TakeKeyframeRequest"/> are to be called; <see cref="long.MaxValue"/>: never.</summary>
    public long NextTimeout { get; private set; } = long.MaxValue;

    /// <summary>A packet arrived.</summary>
    /// <param name="now">µs.</param>
    /// <param name="index">48-bit packet index.</param>
    /// <param name="retransmitted">It came by RTX: then its being late says nothing about the path.</param>
    public void Receive(long now, long index, bool retransmitted)
    {
        if (_highest < 0)
        {
            _highest = index;
            return;
        }

        if (index <= _highest)
        {
            Arrived(now, index, retransmitted);
            return;
        }

        var lost = index - _highest - 1;
        if (lost > _missing.Length - _count) GiveUp(now); // Perhaps the source began anew; asking for all of it would make a bad path worse.
        else if (lost > 0) Add(now, _highest + 1, (int)lost);
        _highest = index;
    }

    /// <summary>Writes what is to be asked for now, in ascending order; call again while it fills the span.</summary>
    /// <returns>How many were written.</returns>
    public int Poll(long now, Span<ushort> sequences)
    {
        if (now < NextTimeout) return 0;
        var (written, kept, next) = (0, 0, long.MaxValue);
        for (var i = 0; i < _count; i++)
        {
            var missed = _missing[i];
            if (now - missed.Since >= MaxAge || (missed.Tries == MaxTries && now >= missed.Due))
            {
                _keyframeWanted = _video;
                continue;
            }

            if (now >= missed.Due && missed.Tries < MaxTries && written < sequences.Length)
            {
                sequences[written++] = (ushort)missed.Index;
                if (missed.Tries++ == 0) missed.Asked = now;
                missed.Due = now + Math.Max(Rtt, MinRetry);
            }

            next = Math.Min(next, Math.Min(missed.Due, missed.Since + MaxAge));
            _missing[kept++] = missed;
        }

        (_count, NextTimeout) = (kept, next);
        return written;
    }

    /// <summary>True, once, when packets were given up whose loss leaves decoders without a way on.</summary>
    public bool TakeKeyframeRequest()
    {
        var wanted = _keyframeWanted;
        _keyframeWanted = false;
        return wanted;
    }

    /// <summary>The next packet is the first one.</summary>
    public void Reset() => (_highest, _count, NextTimeout, _keyframeWanted) = (-1, 0, long.MaxValue, false);

    private void Add(long now, long first, int count)
    {
        var due = now < _reorderedUntil ? now + ReorderWait : now;
        for (var i = 0; i < count; i++) _missing[_count++] = new Missed { Index = first + i, Since = now, Due = due };
        NextTimeout = Math.Min(NextTimeout, due);
    }

    private void Arrived(long now, long index, bool retransmitted)
    {
        var at = Find(index);
        if (at < 0) return;

        // Without RTX what was asked for may come as the answer or as the original: very soon after the request it is the original.
        ref var missed = ref _missing[at];
        var waited = now - missed.Asked;
        if (!retransmitted && (missed.Tries == 0 || waited < Math.Min(Rtt / 2, ReorderWait))) _reorderedUntil = now + ReorderMemory;

        // From the first of two requests: when the guess is too short, it is the first one that is answered.
        else if (missed.Tries is 1 or 2) Rtt = Math.Min(Rtt + (waited - Rtt) / 8, MaxRtt);
        _count--;
        Array.Copy(_missing, at + 1, _missing, at, _count - at);
        if (_count == 0) NextTimeout = long.MaxValue;
    }

    private void GiveUp(long now)
    {
        (_count, NextTimeout) = (0, now);
        _keyframeWanted = _video;
    }

    // Ascending, as gaps are only ever found ahead.
    private int Find(long index)
    {
        var (low, high) = (0, _count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_missing[middle].Index == index) return middle;
            if (_missing[middle].Index < index) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    private struct Missed
    {
        public long Index;
        public long Since;
        public long Asked;
        public long Due;
        public int Tries;
    }
}
