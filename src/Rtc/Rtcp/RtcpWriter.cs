using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtcp;

/// <summary>
/// Writes packets one behind the other into a span: a compound when the first is a report. Each kind of packet has a
/// <c>Write</c> of its own that takes this. A packet that does not fit spoils the whole: the calls after it do nothing and
/// <see cref="TryFinish"/> says false, so that there is one place to check.
/// </summary>
/// <param name="buffer">Where the packets go.</param>
public ref struct RtcpWriter(Span<byte> buffer)
{
    internal const int MaxCount = 31;

    private readonly Span<byte> _buffer = buffer;
    private int _length;

    /// <summary>Bytes written so far.</summary>
    public readonly int Length => Math.Max(_length, 0);

    /// <summary>Bytes that are left; 0 once something did not fit.</summary>
    public readonly int Room => _length < 0 ? 0 : _buffer.Length - _length;

    /// <summary>False when something did not fit or nothing was written; <paramref name="length"/> is then 0.</summary>
    public readonly bool TryFinish(out int length)
    {
        length = Length;
        return length > 0;
    }

    /// <summary>Writes a header and gives the room for the body, cleared; empty when there is none.</summary>
    /// <param name="count">0-31.</param>
    /// <param name="bodyLength">Bytes, made up to a multiple of 4.</param>
    internal Span<byte> Reserve(RtcpType type, int count, int bodyLength)
    {
        var words = (bodyLength + 3) / 4;
        if (_length < 0 || count > MaxCount || words > ushort.MaxValue || RtcpPacket.HeaderLength + 4 * words > Room)
        {
            _length = -1;
            return default;
        }

        var packet = _buffer.Slice(_length, RtcpPacket.HeaderLength + 4 * words);
        packet[0] = (byte)(2 << 6 | count);
        packet[1] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)words);
        _length += packet.Length;
        var body = packet[RtcpPacket.HeaderLength..];
        body.Clear();
        return body;
    }

    /// <summary>A feedback packet (RFC 4585 section 6.1): gives the room for what follows the two SSRCs.</summary>
    internal Span<byte> ReserveFeedback(RtcpType type, int format, uint sender, uint media, int length)
    {
        var body = Reserve(type, format, FeedbackLength + length);
        if (body.IsEmpty) return default;
        BinaryPrimitives.WriteUInt32BigEndian(body, sender);
        BinaryPrimitives.WriteUInt32BigEndian(body[4..], media);
        return body[FeedbackLength..];
    }

    /// <summary>Bytes of the two SSRCs that feedback starts with.</summary>
    internal const int FeedbackLength = 8;
}
