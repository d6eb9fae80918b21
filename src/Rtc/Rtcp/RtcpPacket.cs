using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtcp;

/// <summary>Packet types.</summary>
public enum RtcpType : byte
{
    /// <summary>SR, RFC 3550 section 6.4.1.</summary>
    SenderReport = 200,

    /// <summary>RR, RFC 3550 section 6.4.2.</summary>
    ReceiverReport = 201,

    /// <summary>SDES, RFC 3550 section 6.5.</summary>
    SourceDescription = 202,

    /// <summary>BYE, RFC 3550 section 6.6.</summary>
    Bye = 203,

    /// <summary>APP, RFC 3550 section 6.7.</summary>
    App = 204,

    /// <summary>RTPFB, RFC 4585 section 6.2: NACK, transport-cc.</summary>
    TransportFeedback = 205,

    /// <summary>PSFB, RFC 4585 section 6.3: PLI, FIR, REMB.</summary>
    PayloadFeedback = 206,

    /// <summary>XR, RFC 3611.</summary>
    ExtendedReport = 207,
}

/// <summary>One packet out of a compound (RFC 3550 section 6.4): its frame is known to be whole, its body is not.</summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |V=2|P|  count  |  packet type  | 32-bit words behind this one  |
/// |  body ...                                  | padding when P   |
/// </code>
/// </remarks>
public readonly ref struct RtcpPacket
{
    internal const int HeaderLength = 4;
    internal const byte PaddingBit = 0x20;

    internal RtcpPacket(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>Header and body, without padding.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>May be a number without a name in the enum.</summary>
    public RtcpType Type => (RtcpType)Bytes[1];

    /// <summary>0-31: report blocks, chunks or sources; of feedback its format (FMT).</summary>
    public int Count => Bytes[0] & 0x1F;

    /// <summary>What follows the header, without padding.</summary>
    public ReadOnlySpan<byte> Body => Bytes[HeaderLength..];

    /// <summary>The SSRC that all but SDES start with: whoever sent the packet.</summary>
    public bool TryGetSsrc(out uint ssrc) => BinaryPrimitives.TryReadUInt32BigEndian(Body, out ssrc);

    internal bool IsFeedback(RtcpType type, int format, int minLength) => Type == type && Count == format && Body.Length >= minLength;
}

/// <summary>
/// What one datagram carries: a compound (RFC 3550 section 6.1), or where <c>a=rtcp-rsize</c> was negotiated any packets
/// without a report ahead of them (RFC 5506).
/// </summary>
public readonly ref struct RtcpCompound
{
    private readonly ReadOnlySpan<byte> _bytes;

    private RtcpCompound(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>No SR or RR comes first.</summary>
    public bool IsReducedSize => (RtcpType)_bytes[1] is not (RtcpType.SenderReport or RtcpType.ReceiverReport);

    /// <summary>
    /// False unless the packets fill the bytes exactly, all with version 2, and only the last is padded (RFC 3550 appendix
    /// A.2). Padding need not be a multiple of 4 bytes: libwebrtc pads transport-cc feedback with 1-3.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out RtcpCompound compound)
    {
        compound = default;
        var rest = bytes;
        do
        {
            if (rest.Length < RtcpPacket.HeaderLength || rest[0] >> 6 != 2) return false;
            var length = LengthOf(rest);
            if (length > rest.Length) return false;
            if ((rest[0] & RtcpPacket.PaddingBit) != 0)
            {
                var padding = rest[length - 1];
                if (length != rest.Length || padding == 0 || padding > length - RtcpPacket.HeaderLength) return false;
            }

            rest = rest[length..];
        }
        while (!rest.IsEmpty);

        compound = new RtcpCompound(bytes);
        return true;
    }

    /// <summary>Walks the packets in their order.</summary>
    public Enumerator GetEnumerator() => new(_bytes);

    private static int LengthOf(ReadOnlySpan<byte> packet) => 4 * (BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) + 1);

    /// <summary>Walks the packets.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> bytes) => _rest = bytes;

        /// <summary>The packet last moved to.</summary>
        public RtcpPacket Current { get; private set; }

        /// <summary>False at the end.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty) return false;
            var packet = _rest[..LengthOf(_rest)];
            _rest = _rest[packet.Length..];
            Current = new RtcpPacket((packet[0] & RtcpPacket.PaddingBit) != 0 ? packet[..^packet[^1]] : packet);
            return true;
        }
    }
}
