using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>
/// A view of an RTP packet in the clear (RFC 3550 section 5.1). <see cref="TryParse"/> checks every length once; after that
/// nothing here can fail.
/// </summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |V=2|P|X|  CC   |M| payload type|        sequence number        |
/// |                           timestamp                           |
/// |                             SSRC                              |
/// |                    CSRCs, CC times 32 bits                    |
/// |  profile of the extension     |  its length in 32-bit words   |   when X
/// |                   extension, RFC 8285                         |
/// |  payload ...             | padding, its last byte is its size |   padding when P
/// </code>
/// </remarks>
public readonly ref struct RtpPacket
{
    private RtpPacket(ReadOnlySpan<byte> bytes, int headerLength, int paddingLength)
    {
        Bytes = bytes;
        HeaderLength = headerLength;
        PaddingLength = paddingLength;
    }

    /// <summary>The whole packet.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Bytes up to the payload: fixed header, CSRCs, extension.</summary>
    public int HeaderLength { get; }

    /// <summary>Bytes behind the payload, the one that counts them included.</summary>
    public int PaddingLength { get; }

    /// <summary>Fixed header, CSRCs and extension.</summary>
    public ReadOnlySpan<byte> Header => Bytes[..HeaderLength];

    /// <summary>Without the padding; empty in a packet that is nothing but padding.</summary>
    public ReadOnlySpan<byte> Payload => Bytes[HeaderLength..^PaddingLength];

    /// <summary>Video: the last packet of a picture. Audio: the first one after silence.</summary>
    public bool Marker => RtpHeader.Marker(Bytes);

    /// <summary>0-127.</summary>
    public byte PayloadType => RtpHeader.PayloadType(Bytes);

    /// <summary>Wraps after 65,535.</summary>
    public ushort SequenceNumber => RtpHeader.SequenceNumber(Bytes);

    /// <summary>In units of the payload type's clock.</summary>
    public uint Timestamp => RtpHeader.Timestamp(Bytes);

    /// <summary>The synchronization source.</summary>
    public uint Ssrc => RtpHeader.Ssrc(Bytes);

    /// <summary>0-15.</summary>
    public int CsrcCount => Bytes[0] & 0x0F;

    /// <summary>The header extensions of RFC 8285; none when the packet has none or those of another profile.</summary>
    public RtpExtensions Extensions => new(Header);

    /// <summary>A contributing source; <paramref name="index"/> below <see cref="CsrcCount"/>.</summary>
    public uint Csrc(int index) => BinaryPrimitives.ReadUInt32BigEndian(Bytes.Slice(RtpHeader.FixedLength + 4 * index, 4));

    /// <summary>False unless version, CSRC count, extension length and padding agree with the number of bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out RtpPacket packet)
    {
        packet = default;
        if (!RtpHeader.TryGetLength(bytes, out var headerLength)) return false;
        var padding = 0;
        if ((bytes[0] & RtpHeader.PaddingBit) != 0)
        {
            padding = bytes[^1];
            if (padding == 0 || padding > bytes.Length - headerLength) return false;
        }

        packet = new RtpPacket(bytes, headerLength, padding);
        return true;
    }
}
