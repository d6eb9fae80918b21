using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// What was sent under which number: with it and the cache the very same packet can be built again.
/// </summary>
/// <remarks>
/// The very same: without RTX a packet is sent again under its first SRTP index, hence with the same nonce. AES-GCM with one
/// nonce over two different packets gives away its authentication key (RFC 7714 section 8), AES-CM the XOR of both. So
/// whatever of a packet is not the same for all subscribers and all time is kept here, the transport-wide number, too. With RTX,
/// which has an index of its own, there is no such duty.
/// </remarks>
internal struct SentPacket
{
    /// <summary>Extended sequence number: the SRTP index.</summary>
    public ulong Sequence;

    /// <summary>Where the packet is in the cache of the source.</summary>
    public long Index;

    /// <summary><see cref="SourceClock.Id"/> of the source, never used twice: a cache that went to another layer is not mistaken.</summary>
    public int Source;

    /// <summary>RTP timestamp.</summary>
    public uint Timestamp;

    /// <summary>See <see cref="Rewritten.PictureId"/>.</summary>
    public ushort PictureId;

    /// <summary>TL0PICIDX.</summary>
    public byte Tl0;

    /// <summary>See <see cref="Rewritten.DecodeTargets"/>.</summary>
    public ushort DecodeTargets;

    /// <summary>The transport-wide number of the first sending.</summary>
    public ushort TransportSequence;

    /// <summary>The marker bit.</summary>
    public bool Marker;

    /// <summary>Went without its payload.</summary>
    public bool IsEmpty;
}

/// <summary>What to do about a packet that a subscriber asks for.</summary>
internal enum NackAnswer
{
    /// <summary>Send it again.</summary>
    Resend,

    /// <summary>Never sent, or so long ago that it is forgotten.</summary>
    Unknown,

    /// <summary>It was sent again less than a round trip ago: the request crossed it on the way.</summary>
    TooSoon,

    /// <summary>It was sent again so often that the subscriber's path must be the trouble.</summary>
    TooOften,
}

/// <summary>The last packets of one slot, so that a NACK (RFC 4585 section 6.2.1) can be answered from the cache of the source.</summary>
internal sealed class SentPackets
{
    /// <summary>How often one packet is sent again.</summary>
    public const int MaxResends = 10;

    // µs. On a path without delay, too, one packet is not sent again for each of a burst of requests.
    private const long MinInterval = 10_000;

    private readonly Entry[] _entries;
    private ulong _highest;
    private bool _any;

    /// <param name="capacity">How many are remembered, a power of two; 48 bytes each.</param>
    public SentPackets(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(int.IsPow2(capacity), true);
        _entries = new Entry[capacity];
    }

    /// <summary>A packet was sent.</summary>
    public void Add(in SentPacket sent)
    {
        if (_any && sent.Sequence + (ulong)_entries.Length <= _highest) return; // So late that its place is another's.
        ref var entry = ref _entries[sent.Sequence & (ulong)_entries.Length - 1];
        (entry.Sent, entry.Resends, entry.IsSet) = (sent, 0, true);
        (_highest, _any) = (Math.Max(_highest, sent.Sequence), true);
    }

    /// <summary>A subscriber asks for a packet.</summary>
    /// <param name="now">µs.</param>
    /// <param name="rtt">Round trip to the subscriber, µs.</param>
    /// <param name="sequence">What its NACK says.</param>
    /// <param name="sent">For <see cref="NackAnswer.Resend"/>: what to build the packet from. It counts as sent again.</param>
    public NackAnswer Answer(long now, long rtt, ushort sequence, out SentPacket sent)
    {
        sent = default;
        if (!_any) return NackAnswer.Unknown;
        var extended = (ulong)SequenceNumber.Unwrap((long)_highest, sequence, 16);
        ref var entry = ref _entries[extended & (ulong)_entries.Length - 1];
        if (!entry.IsSet || entry.Sent.Sequence != extended || extended + (ulong)_entries.Length <= _highest) return NackAnswer.Unknown;
        if (entry.Resends == MaxResends) return NackAnswer.TooOften;
        if (entry.Resends > 0 && now - entry.Resent < Math.Max(rtt, MinInterval)) return NackAnswer.TooSoon;
        entry.Resends++;
        entry.Resent = now;
        sent = entry.Sent;
        return NackAnswer.Resend;
    }

    /// <summary>One of the last packets, counted backwards from the newest.</summary>
    public bool TryGetRecent(int back, out SentPacket sent)
    {
        sent = default;
        var sequence = _highest - (ulong)back;
        ref var entry = ref _entries[sequence & (ulong)_entries.Length - 1];
        if (!_any || (ulong)back > _highest || !entry.IsSet || entry.Sent.Sequence != sequence) return false;
        sent = entry.Sent;
        return true;
    }

    private struct Entry
    {
        public SentPacket Sent;
        public long Resent;
        public byte Resends;
        public bool IsSet;
    }
}
