using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>
/// Single fields of an RTP header, read and written in place: for the hot path, where the length is known to be right, and
/// for SRTP, whose header is in the clear while the padding is not.
/// </summary>
public static class RtpHeader
{
    /// <summary>Bytes without CSRCs and extension.</summary>
    public const int FixedLength = 12;

    internal const byte PaddingBit = 0x20;
    internal const byte ExtensionBit = 0x10;
    private const byte MarkerBit = 0x80;

    /// <summary>Length of the fixed header, CSRCs and extension together. False unless the version is 2 and all of it is there.</summary>
    public static bool TryGetLength(ReadOnlySpan<byte> packet, out int length)
    {
        length = 0;
        if (packet.Length < FixedLength || packet[0] >> 6 != 2) return false;
        var end = FixedLength + 4 * (packet[0] & 0x0F);
        if ((packet[0] & ExtensionBit) != 0)
        {
            if (packet.Length < end + 4) return false;
            end += 4 + 4 * BinaryPrimitives.ReadUInt16BigEndian(packet[(end + 2)..]);
        }

        if (packet.Length < end) return false;
        length = end;
        return true;
    }

    /// <summary>Writes the 12 bytes of a header without padding, CSRCs and extension. False when they do not fit.</summary>
    public static bool TryWrite(Span<byte> packet, byte payloadType, bool marker, ushort sequenceNumber, uint timestamp, uint ssrc)
    {
        if (packet.Length < FixedLength) return false;
        packet[0] = 2 << 6;
        packet[1] = (byte)(payloadType & 0x7F | (marker ? MarkerBit : 0));
        SetSequenceNumber(packet, sequenceNumber);
        SetTimestamp(packet, timestamp);
        SetSsrc(packet, ssrc);
        return true;
    }

    /// <summary>See <see cref="RtpPacket.Marker"/>.</summary>
    public static bool Marker(ReadOnlySpan<byte> packet) => (packet[1] & MarkerBit) != 0;

    /// <summary>0-127.</summary>
    public static byte PayloadType(ReadOnlySpan<byte> packet) => (byte)(packet[1] & 0x7F);

    /// <summary>See <see cref="RtpPacket.SequenceNumber"/>.</summary>
    public static ushort SequenceNumber(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);

    /// <summary>See <see cref="RtpPacket.Timestamp"/>.</summary>
    public static uint Timestamp(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);

    /// <summary>See <see cref="RtpPacket.Ssrc"/>.</summary>
    public static uint Ssrc(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);

    /// <summary>See <see cref="RtpPacket.Marker"/>.</summary>
    public static void SetMarker(Span<byte> packet, bool marker) => packet[1] = (byte)(packet[1] & ~MarkerBit | (marker ? MarkerBit : 0));

    /// <summary>0-127; the marker stays.</summary>
    public static void SetPayloadType(Span<byte> packet, byte payloadType) => packet[1] = (byte)(packet[1] & MarkerBit | payloadType & 0x7F);

    /// <summary>See <see cref="RtpPacket.SequenceNumber"/>.</summary>
    public static void SetSequenceNumber(Span<byte> packet, ushort sequenceNumber) => BinaryPrimitives.WriteUInt16BigEndian(packet[2..], sequenceNumber);

    /// <summary>See <see cref="RtpPacket.Timestamp"/>.</summary>
    public static void SetTimestamp(Span<byte> packet, uint timestamp) => BinaryPrimitives.WriteUInt32BigEndian(packet[4..], timestamp);

    /// <summary>See <see cref="RtpPacket.Ssrc"/>.</summary>
    public static void SetSsrc(Span<byte> packet, uint ssrc) => BinaryPrimitives.WriteUInt32BigEndian(packet[8..], ssrc);

    /// <summary>Says whether the last byte of the packet counts padding.</summary>
    public static void SetPadding(Span<byte> packet, bool padded) => packet[0] = (byte)(packet[0] & ~PaddingBit | (padded ? PaddingBit : 0));
}
