namespace RtcHub.Sfu.Routing;

/// <summary>
/// The last packets of one incoming layer (SSRC), decrypted, for all its subscribers: packets are forwarded and sent again
/// from here, and nobody holds a copy. The bytes lie one behind the other in a ring, so that a small packet costs little;
/// a second ring holds what was parsed of each, found by the 48-bit SRTP index of the source.
/// </summary>
/// <remarks>
/// Nothing is ever evicted by hand. A packet remembers how many bytes had been written when its own began; once a ring's length
/// more has been written, its bytes are another's, and it is no longer found.
/// </remarks>
internal sealed class PacketCache
{
    /// <summary>Bytes of the largest packet: more than an MTU, less than a jumbo frame.</summary>
    public const int MaxPacket = 2048;

    private readonly byte[] _bytes;
    private readonly Slot[] _slots;
    private long _written;
    private int _end;

    /// <param name="packets">How many are remembered at most, a power of two.</param>
    /// <param name="bytes">Length of the ring.</param>
    public PacketCache(int packets, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(int.IsPow2(packets), true);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 2 * MaxPacket);
        (_bytes, _slots) = (new byte[bytes], new Slot[packets]);
        Reset();
    }

    /// <summary>The highest index so far, or -1.</summary>
    public long Highest { get; private set; }

    /// <summary>What the pool gave it for.</summary>
    internal bool IsRented { get; set; }

    internal int Capacity => _slots.Length;

    /// <summary>Copies a packet into the ring.</summary>
    /// <param name="index">48-bit packet index of the source; negative: from before all that is kept.</param>
    /// <param name="packet">Header and payload; padding may be left off.</param>
    /// <param name="facts">What was parsed of it.</param>
    /// <param name="stored">The packet in the ring; valid until the next call.</param>
    /// <returns>None, or why it was not stored: Duplicate, TooOld, TooLarge.</returns>
    public DropReason Store(long index, ReadOnlySpan<byte> packet, in PacketFacts facts, out CachedPacket stored)
    {
        stored = default;
        if (facts.Padding > 0) packet = packet[..(facts.HeaderLength + facts.PayloadLength)];
        var length = packet.Length + facts.Padding;
        if (length > MaxPacket) return DropReason.TooLarge;
        if (index < 0 || index <= Highest - _slots.Length) return DropReason.TooOld;
        ref var slot = ref _slots[index & _slots.Length - 1];
        if (slot.Index == index) return DropReason.Duplicate;

        if (_end + length > _bytes.Length) // A packet lies in one piece: the rest of the ring stays empty.
        {
            _written += _bytes.Length - _end;
            _end = 0;
        }

        (slot.Index, slot.Start, slot.Offset, slot.Length, slot.Facts) = (index, _written, _end, length, facts);
        packet.CopyTo(_bytes.AsSpan(_end));
        if (facts.Padding > 0) WritePadding(_bytes.AsSpan(_end + packet.Length, facts.Padding));
        _written += length;
        _end += length;
        Highest = Math.Max(Highest, index);
        stored = View(ref slot);
        return DropReason.None;
    }

    /// <summary>Finds a packet whose bytes are still there.</summary>
    public bool TryGet(long index, out CachedPacket packet)
    {
        ref var slot = ref _slots[index & _slots.Length - 1];
        var found = slot.Index == index && slot.Start >= _written - _bytes.Length;
        packet = found ? View(ref slot) : default;
        return found;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        foreach (ref var slot in _slots.AsSpan()) slot.Index = -1;
        (Highest, _written, _end) = (-1, 0, 0);
    }

    // RFC 3550 section 5.1: the last byte says how many.
    private static void WritePadding(Span<byte> padding)
    {
        padding.Clear();
        padding[^1] = (byte)padding.Length;
    }

    private CachedPacket View(ref Slot slot) => new(slot.Index, ref slot.Facts, _bytes.AsSpan(slot.Offset, slot.Length));

    private struct Slot
    {
        public long Index;
        public long Start;
        public int Offset;
        public int Length;
        public PacketFacts Facts;
    }
}

/// <summary>A packet as it lies in the cache; a view that is valid until the next packet is stored.</summary>
internal readonly ref struct CachedPacket
{
    private readonly ref PacketFacts _facts;

    internal CachedPacket(long index, ref PacketFacts facts, Span<byte> bytes)
    {
        Index = index;
        _facts = ref facts;
        Bytes = bytes;
    }

    /// <summary>48-bit packet index of the source.</summary>
    public long Index { get; }

    /// <summary>What was parsed of it.</summary>
    public ref readonly PacketFacts Facts => ref _facts;

    /// <summary>The whole packet. Picture ids in it are those that were sent last, not those of the source.</summary>
    public Span<byte> Bytes { get; }

    /// <summary>The header with CSRCs and extensions.</summary>
    public Span<byte> Header => Bytes[.._facts.HeaderLength];

    /// <summary>The payload without padding.</summary>
    public Span<byte> Payload => Bytes.Slice(_facts.HeaderLength, _facts.PayloadLength);

    /// <summary>The payload with our padding; the header says so when there is any.</summary>
    public Span<byte> PaddedPayload => Bytes.Slice(_facts.HeaderLength, _facts.PayloadLength + _facts.Padding);
}
