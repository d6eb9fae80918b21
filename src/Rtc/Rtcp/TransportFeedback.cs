using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtcp;

/// <summary>What became of one packet.</summary>
/// <param name="SequenceNumber">The transport's, see <see cref="Rtp.TransportSequence"/>.</param>
/// <param name="Received">Or lost, or late.</param>
/// <param name="Arrival">µs since the reference time of the feedback, in steps of 250; may be negative. Of no meaning when it was not received.</param>
public readonly record struct TransportArrival(ushort SequenceNumber, bool Received, long Arrival);

/// <summary>
/// Transport-wide feedback: when each packet of a transport came, whatever its SSRC
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).
/// </summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |      base sequence number     |      packet status count      |
/// |                 reference time, 64 ms         | feedback count|
/// |          packet chunk         |         packet chunk          |   as many as it takes for all packets
/// | deltas ...                                    | zeros         |   of 1 or 2 bytes, 250 µs, for each packet received
///
///  chunks:  |0| S |      run length         |   as many packets of the status S
///           |1|0|      14 statuses          |   of a bit each: 0 lost, 1 small delta
///           |1|1| S | S | S | S | S | S | S |   0 lost, 1 small delta (1 byte), 2 large or negative (2 bytes)
/// </code>
/// </remarks>
public readonly ref struct TransportFeedback
{
    /// <summary>µs of a unit of the reference time.</summary>
    public const long ReferenceUnit = 64_000;

    /// <summary>Width of the reference time.</summary>
    public const int ReferenceBits = 24;

    /// <summary>µs of a unit of the deltas.</summary>
    public const long DeltaUnit = 250;

    internal const int Format = 15;
    internal const int FixedLength = 8;
    internal const int Lost = 0;
    internal const int Small = 1;
    internal const int Large = 2;

    private readonly ReadOnlySpan<byte> _body;
    private readonly int _deltas;

    private TransportFeedback(ReadOnlySpan<byte> body, int deltas)
    {
        _body = body;
        _deltas = deltas;
    }

    private ReadOnlySpan<byte> Data => _body[RtcpWriter.FeedbackLength..];

    /// <summary>Who received the packets.</summary>
    public uint SenderSsrc => BinaryPrimitives.ReadUInt32BigEndian(_body);

    /// <summary>Any stream of the transport.</summary>
    public uint MediaSsrc => BinaryPrimitives.ReadUInt32BigEndian(_body[4..]);

    /// <summary>Of the first packet.</summary>
    public ushort BaseSequenceNumber => BinaryPrimitives.ReadUInt16BigEndian(Data);

    /// <summary>Packets, received and lost; at least 1.</summary>
    public int StatusCount => BinaryPrimitives.ReadUInt16BigEndian(Data[2..]);

    /// <summary>24 bits of the receiver's clock in units of 64 ms; see <see cref="Rtp.RtpUnwrapper"/>.</summary>
    public uint ReferenceTime => BinaryPrimitives.ReadUInt32BigEndian(Data[4..]) >> 8;

    /// <summary>Counts the feedback packets; wraps.</summary>
    public byte FeedbackCount => Data[7];

    /// <summary>Walks the packets by ascending sequence number.</summary>
    public Enumerator GetEnumerator() => new(Data, _deltas);

    /// <summary>False when the packet is no such feedback, speaks of no packet, has a status that does not exist, or ends before its last delta.</summary>
    public static bool TryRead(in RtcpPacket packet, out TransportFeedback feedback)
    {
        feedback = default;
        if (!packet.IsFeedback(RtcpType.TransportFeedback, Format, RtcpWriter.FeedbackLength + FixedLength)) return false;
        var data = packet.Body[RtcpWriter.FeedbackLength..];
        int statuses = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        if (statuses == 0) return false;

        var (at, deltaBytes) = (FixedLength, 0);
        for (var rest = statuses; rest > 0; at += 2)
        {
            if (at + 2 > data.Length) return false;
            var chunk = new Chunk(BinaryPrimitives.ReadUInt16BigEndian(data[at..]));
            var count = Math.Min(chunk.Count, rest);
            if (count == 0 || !chunk.TryGetDeltaBytes(count, out var bytes)) return false; // A run of no packets says nothing.
            deltaBytes += bytes;
            rest -= count;
        }

        if (deltaBytes > data.Length - at) return false;
        feedback = new TransportFeedback(packet.Body, at);
        return true;
    }

    /// <summary>Walks the packets.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _data;
        private ushort _sequence;
        private int _left;
        private int _chunkAt;
        private Chunk _chunk;
        private int _inChunk;
        private int _deltaAt;
        private long _time;

        internal Enumerator(ReadOnlySpan<byte> data, int deltas)
        {
            _data = data;
            _sequence = BinaryPrimitives.ReadUInt16BigEndian(data);
            _left = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
            _chunkAt = FixedLength;
            _deltaAt = deltas;
        }

        /// <summary>The packet last moved to.</summary>
        public TransportArrival Current { get; private set; }

        /// <summary>False at the end.</summary>
        public bool MoveNext()
        {
            if (_left == 0) return false;
            _left--;
            if (_inChunk == _chunk.Count)
            {
                _chunk = new Chunk(BinaryPrimitives.ReadUInt16BigEndian(_data[_chunkAt..]));
                _inChunk = 0;
                _chunkAt += 2;
            }

            var status = _chunk.Status(_inChunk++);
            if (status == Small) _time += DeltaUnit * _data[_deltaAt];
            else if (status == Large) _time += DeltaUnit * BinaryPrimitives.ReadInt16BigEndian(_data[_deltaAt..]);
            _deltaAt += status;
            Current = new TransportArrival(_sequence++, status != Lost, _time);
            return true;
        }
    }

    /// <summary>The statuses of up to 8,191 packets.</summary>
    private readonly struct Chunk(ushort bits)
    {
        private readonly ushort _bits = bits;

        private bool IsVector => (_bits & 0x8000) != 0;

        private bool IsTwoBit => (_bits & 0x4000) != 0;

        public int Count => !IsVector ? _bits & 0x1FFF : IsTwoBit ? 7 : 14;

        public int Status(int index) =>
            !IsVector ? _bits >> 13 & 3
            : IsTwoBit ? _bits >> (12 - 2 * index) & 3
            : _bits >> (13 - index) & 1;

        // Of the first of its packets. A status is as many bytes as its number says; there is no 3.
        public bool TryGetDeltaBytes(int count, out int bytes)
        {
            bytes = 0;
            if (!IsVector)
            {
                bytes = count * Status(0);
                return Status(0) <= Large;
            }

            for (var i = 0; i < count; i++)
            {
                if (Status(i) > Large) return false;
                bytes += Status(i);
            }

            return true;
        }
    }
}
