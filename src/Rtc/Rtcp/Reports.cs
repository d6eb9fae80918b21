using System.Buffers.Binary;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Rtcp;

/// <summary>What a receiver says of one source (RFC 3550 section 6.4.1).</summary>
/// <param name="Ssrc">The source.</param>
/// <param name="FractionLost">Of the packets since the report before, in 1/256.</param>
/// <param name="CumulativeLost">Packets since the beginning, duplicates subtracted: -2^23 to 2^23 - 1.</param>
/// <param name="ExtendedHighest">The highest sequence number, how often it wrapped in the upper 16 bits.</param>
/// <param name="Jitter">In units of the RTP timestamp.</param>
/// <param name="LastReport">The middle of the NTP time of the last SR; 0 before the first.</param>
/// <param name="Delay">Since that SR came, 1/65,536 s.</param>
public readonly record struct ReportBlock(uint Ssrc, byte FractionLost, int CumulativeLost, uint ExtendedHighest, uint Jitter, uint LastReport, uint Delay)
{
    internal const int Length = 24;

    /// <summary>
    /// The time to the receiver and back, from its answer to a SR of ours. False when it has had none. Clocks that run
    /// apart can make it negative: it is 0 then.
    /// </summary>
    /// <param name="ntpNow">Now, on the clock that wrote the SR.</param>
    /// <param name="microseconds">The time.</param>
    public bool TryGetRoundTrip(ulong ntpNow, out long microseconds)
    {
        var fraction = SequenceNumber.Difference(NtpTime.Middle(ntpNow), unchecked(LastReport + Delay));
        microseconds = LastReport == 0 ? 0 : NtpTime.FromFraction(Math.Max(fraction, 0));
        return LastReport != 0;
    }

    internal static ReportBlock Read(ReadOnlySpan<byte> block) => new(
        Ssrc: BinaryPrimitives.ReadUInt32BigEndian(block),
        FractionLost: block[4],
        CumulativeLost: BinaryPrimitives.ReadInt32BigEndian(block[4..]) << 8 >> 8,
        ExtendedHighest: BinaryPrimitives.ReadUInt32BigEndian(block[8..]),
        Jitter: BinaryPrimitives.ReadUInt32BigEndian(block[12..]),
        LastReport: BinaryPrimitives.ReadUInt32BigEndian(block[16..]),
        Delay: BinaryPrimitives.ReadUInt32BigEndian(block[20..]));

    internal void Write(Span<byte> block)
    {
        BinaryPrimitives.WriteUInt32BigEndian(block, Ssrc);
        BinaryPrimitives.WriteInt32BigEndian(block[4..], Math.Clamp(CumulativeLost, -0x80_0000, 0x7F_FFFF));
        block[4] = FractionLost;
        BinaryPrimitives.WriteUInt32BigEndian(block[8..], ExtendedHighest);
        BinaryPrimitives.WriteUInt32BigEndian(block[12..], Jitter);
        BinaryPrimitives.WriteUInt32BigEndian(block[16..], LastReport);
        BinaryPrimitives.WriteUInt32BigEndian(block[20..], Delay);
    }
}

/// <summary>The report blocks of a SR or RR.</summary>
public readonly ref struct ReportBlocks
{
    private readonly ReadOnlySpan<byte> _blocks;

    private ReportBlocks(ReadOnlySpan<byte> blocks) => _blocks = blocks;

    /// <summary>0-31.</summary>
    public int Count => _blocks.Length / ReportBlock.Length;

    /// <summary>Walks the blocks.</summary>
    public Enumerator GetEnumerator() => new(_blocks);

    // What follows the blocks is a profile's own extension, which none here has.
    internal static bool TryRead(in RtcpPacket packet, int at, out ReportBlocks blocks)
    {
        var length = ReportBlock.Length * packet.Count;
        var fits = packet.Body.Length >= at + length;
        blocks = fits ? new ReportBlocks(packet.Body.Slice(at, length)) : default;
        return fits;
    }

    internal static void Write(Span<byte> bytes, ReadOnlySpan<ReportBlock> blocks)
    {
        for (var i = 0; i < blocks.Length && !bytes.IsEmpty; i++) blocks[i].Write(bytes[(ReportBlock.Length * i)..]);
    }

    /// <summary>Walks the blocks.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> blocks) => _rest = blocks;

        /// <summary>The block last moved to.</summary>
        public ReportBlock Current { get; private set; }

        /// <summary>False at the end.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty) return false;
            Current = ReportBlock.Read(_rest);
            _rest = _rest[ReportBlock.Length..];
            return true;
        }
    }
}

/// <summary>SR: what a sender has sent, and which moment of its clock a timestamp stands for (RFC 3550 section 6.4.1).</summary>
/// <param name="Ssrc">The sender's stream.</param>
/// <param name="Ntp">A moment of the sender's clock, see <see cref="NtpTime"/>.</param>
/// <param name="Timestamp">The RTP timestamp of that moment.</param>
/// <param name="Packets">Sent so far; wraps.</param>
/// <param name="Octets">Of payload sent so far; wraps.</param>
public readonly record struct SenderReport(uint Ssrc, ulong Ntp, uint Timestamp, uint Packets, uint Octets)
{
    private const int Length = 24;

    /// <summary>False when the packet is no SR, or too short for its count of blocks.</summary>
    public static bool TryRead(in RtcpPacket packet, out SenderReport report, out ReportBlocks blocks)
    {
        report = default;
        blocks = default;
        if (packet.Type != RtcpType.SenderReport || !ReportBlocks.TryRead(packet, Length, out blocks)) return false;
        var body = packet.Body;
        report = new SenderReport(
            Ssrc: BinaryPrimitives.ReadUInt32BigEndian(body),
            Ntp: BinaryPrimitives.ReadUInt64BigEndian(body[4..]),
            Timestamp: BinaryPrimitives.ReadUInt32BigEndian(body[12..]),
            Packets: BinaryPrimitives.ReadUInt32BigEndian(body[16..]),
            Octets: BinaryPrimitives.ReadUInt32BigEndian(body[20..]));
        return true;
    }

    /// <summary>Up to 31 blocks.</summary>
    public void Write(ref RtcpWriter writer, scoped ReadOnlySpan<ReportBlock> blocks = default)
    {
        var body = writer.Reserve(RtcpType.SenderReport, blocks.Length, Length + ReportBlock.Length * blocks.Length);
        if (body.IsEmpty) return;
        BinaryPrimitives.WriteUInt32BigEndian(body, Ssrc);
        BinaryPrimitives.WriteUInt64BigEndian(body[4..], Ntp);
        BinaryPrimitives.WriteUInt32BigEndian(body[12..], Timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(body[16..], Packets);
        BinaryPrimitives.WriteUInt32BigEndian(body[20..], Octets);
        ReportBlocks.Write(body[Length..], blocks);
    }
}

/// <summary>RR: what is received, from one who sends nothing (RFC 3550 section 6.4.2).</summary>
public static class ReceiverReport
{
    private const int Length = 4;

    /// <summary>False when the packet is no RR, or too short for its count of blocks.</summary>
    public static bool TryRead(in RtcpPacket packet, out uint ssrc, out ReportBlocks blocks)
    {
        ssrc = 0;
        blocks = default;
        return packet.Type == RtcpType.ReceiverReport && packet.TryGetSsrc(out ssrc) && ReportBlocks.TryRead(packet, Length, out blocks);
    }

    /// <summary>Up to 31 blocks.</summary>
    public static void Write(ref RtcpWriter writer, uint ssrc, scoped ReadOnlySpan<ReportBlock> blocks)
    {
        var body = writer.Reserve(RtcpType.ReceiverReport, blocks.Length, Length + ReportBlock.Length * blocks.Length);
        if (body.IsEmpty) return;
        BinaryPrimitives.WriteUInt32BigEndian(body, ssrc);
        ReportBlocks.Write(body[Length..], blocks);
    }
}
