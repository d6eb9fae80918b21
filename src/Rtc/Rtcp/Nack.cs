using System.Buffers.Binary;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Rtcp;

/// <summary>
/// NACK: sequence numbers of packets that did not come (RFC 4585 section 6.2.1), in entries of one number (PID) and a bit
/// (BLP) for each of the 16 behind it.
/// </summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |             PID               |     BLP: lowest bit = PID + 1 |   repeated
/// </code>
/// </remarks>
public readonly ref struct Nack
{
    private const int Format = 1;
    private const int EntryLength = 4;
    private const int Following = 16;

    private readonly ReadOnlySpan<byte> _body;

    private Nack(ReadOnlySpan<byte> body) => _body = body;

    /// <summary>Who misses them.</summary>
    public uint SenderSsrc => BinaryPrimitives.ReadUInt32BigEndian(_body);

    /// <summary>Of whose stream.</summary>
    public uint MediaSsrc => BinaryPrimitives.ReadUInt32BigEndian(_body[4..]);

    /// <summary>Walks the sequence numbers.</summary>
    public Enumerator GetEnumerator() => new(_body[RtcpWriter.FeedbackLength..]);

    /// <summary>False when the packet is no NACK or names nothing.</summary>
    public static bool TryRead(in RtcpPacket packet, out Nack nack)
    {
        var isNack = packet.IsFeedback(RtcpType.TransportFeedback, Format, RtcpWriter.FeedbackLength + EntryLength);
        nack = isNack ? new Nack(packet.Body) : default;
        return isNack;
    }

    /// <summary>Nothing at all when there is nothing to name.</summary>
    /// <param name="sequenceNumbers">Ascending, the short way round: in another order it takes more entries.</param>
    public static void Write(ref RtcpWriter writer, uint sender, uint media, scoped ReadOnlySpan<ushort> sequenceNumbers)
    {
        if (sequenceNumbers.IsEmpty) return;
        var entries = 0;
        for (var i = 0; i < sequenceNumbers.Length; entries++) i += Take(sequenceNumbers[i..], out _);
        var body = writer.ReserveFeedback(RtcpType.TransportFeedback, Format, sender, media, EntryLength * entries);
        for (var i = 0; !body.IsEmpty; body = body[EntryLength..])
        {
            BinaryPrimitives.WriteUInt16BigEndian(body, sequenceNumbers[i]);
            i += Take(sequenceNumbers[i..], out var bits);
            BinaryPrimitives.WriteUInt16BigEndian(body[2..], bits);
        }
    }

    // How many of the numbers, and as which bits, go into an entry that starts with the first.
    private static int Take(ReadOnlySpan<ushort> sequenceNumbers, out ushort bits)
    {
        bits = 0;
        for (var i = 1; i < sequenceNumbers.Length; i++)
        {
            var ahead = SequenceNumber.Difference(sequenceNumbers[i], sequenceNumbers[0]);
            if (ahead is < 1 or > Following) return i;
            bits |= (ushort)(1 << ahead - 1);
        }

        return sequenceNumbers.Length;
    }

    /// <summary>Walks the sequence numbers.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;
        private ushort _first;
        private int _bits;

        internal Enumerator(ReadOnlySpan<byte> entries) => _rest = entries;

        /// <summary>The sequence number last moved to.</summary>
        public ushort Current { get; private set; }

        /// <summary>False at the end.</summary>
        public bool MoveNext()
        {
            if (_bits != 0)
            {
                Current = (ushort)(_first + 1 + int.TrailingZeroCount(_bits));
                _bits &= _bits - 1;
                return true;
            }

            if (_rest.Length < EntryLength) return false;
            Current = _first = BinaryPrimitives.ReadUInt16BigEndian(_rest);
            _bits = BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
            _rest = _rest[EntryLength..];
            return true;
        }
    }
}
