using System.Buffers.Binary;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// Makes the original packet out of a publisher's retransmission (RFC 4588 section 4), in the bytes where it lies.
/// </summary>
/// <remarks>
/// <code>
/// | RTX header with extensions | OSN |  original payload  | padding |
///       | restored header      moved |  original payload  |
/// </code>
/// </remarks>
internal static class RtxReceiver
{
    private const int OsnLength = 2;

    /// <summary>Restores the original.</summary>
    /// <param name="packet">The retransmission; its bytes are changed.</param>
    /// <param name="headerLength">With CSRCs and extensions.</param>
    /// <param name="payloadLength">Without padding.</param>
    /// <param name="payloadType">That of the original stream (apt, section 8.6).</param>
    /// <param name="ssrc">That of the original stream.</param>
    /// <param name="original">The original, without padding.</param>
    /// <returns>None; or Padding, when nothing is in it: senders probe for bandwidth with such.</returns>
    public static DropReason Unwrap(Span<byte> packet, int headerLength, int payloadLength, byte payloadType, uint ssrc, out Span<byte> original)
    {
        original = default;
        if (payloadLength < OsnLength) return DropReason.Padding;
        var osn = BinaryPrimitives.ReadUInt16BigEndian(packet[headerLength..]);
        packet[..headerLength].CopyTo(packet[OsnLength..]);
        original = packet.Slice(OsnLength, headerLength + payloadLength - OsnLength);
        original[0] &= 0b1101_1111; // The padding is cut off.
        original[1] = (byte)((original[1] & 0x80) | payloadType);
        BinaryPrimitives.WriteUInt16BigEndian(original[2..], osn);
        BinaryPrimitives.WriteUInt32BigEndian(original[8..], ssrc);
        return DropReason.None;
    }
}
