using System.Buffers.Binary;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Rtcp;

/// <summary>
/// The receiving side of transport-wide congestion control: notes when packets came and writes the feedback about them. What
/// comes late, after the feedback that called it lost, has everything from there on told again, as libwebrtc does.
/// </summary>
public sealed class TransportCcRecorder
{
    /// <summary>Packets that are remembered: two seconds at 4 Mbit/s, where feedback is due every 100 ms.</summary>
    public const int Capacity = 1024;

    private const long Missing = -1;
    private const int TicksPerReference = (int)(TransportFeedback.ReferenceUnit / TransportFeedback.DeltaUnit);

    private const int OneBitStatuses = 14;
    private const int TwoBitStatuses = 7;

    // The longest a vector takes with its deltas, be it 14 small or 7 large ones.
    private const int LeastRoom = 2 + 14;

    // By sequence number, in units of the deltas; of the last Capacity numbers.
    private readonly long[] _ticks = new long[Capacity];
    private RtpUnwrapper _sequence = new(16);
    private long _next;
    private byte _feedbackCount;

    /// <summary>A packet came that no feedback has told of.</summary>
    public bool HasNews => _sequence.IsStarted && _next <= _sequence.Highest;

    /// <summary>Notes a packet. Of several with one number the first counts.</summary>
    /// <param name="now">µs; not negative.</param>
    public void Received(long now, ushort sequenceNumber)
    {
        var isFirst = !_sequence.IsStarted;
        var highest = _sequence.Highest;
        var number = _sequence.Unwrap(sequenceNumber);
        if (isFirst)
        {
            Array.Fill(_ticks, Missing);
            _next = number;
        }
        else if (number > highest)
        {
            // Nothing that was noted before is left when the gap is as wide as the memory.
            for (var lost = Math.Max(highest + 1, number - Capacity + 1); lost < number; lost++) Tick(lost) = Missing;
            Tick(number) = Missing;
            _next = Math.Max(_next, number - Capacity + 1);
        }
        else if (number <= highest - Capacity || Tick(number) != Missing)
        {
            return;
        }

        Tick(number) = now / TransportFeedback.DeltaUnit;
        _next = Math.Min(_next, number);
    }

    /// <summary>
    /// Writes one feedback packet about as much as the room allows; 36 bytes are the least. False when there is nothing to tell
    /// or no room; call until then.
    /// </summary>
    /// <param name="sender">Any SSRC of ours.</param>
    /// <param name="media">Any SSRC of the other side's.</param>
    public bool TryWrite(ref RtcpWriter writer, uint sender, uint media)
    {
        var room = (writer.Room & ~3) - RtcpPacket.HeaderLength - RtcpWriter.FeedbackLength - TransportFeedback.FixedLength;
        if (!HasNews || room < LeastRoom) return false;
        Span<byte> statuses = stackalloc byte[Capacity];
        Span<short> deltas = stackalloc short[Capacity];
        var reference = FirstTick() / TicksPerReference;
        var count = Collect(reference, statuses, deltas);
        Span<ushort> chunks = stackalloc ushort[Capacity / TwoBitStatuses + 1];
        count = Pack(statuses[..count], room, chunks, out var chunkCount, out var deltaBytes);

        var data = writer.ReserveFeedback(
            RtcpType.TransportFeedback, TransportFeedback.Format, sender, media, TransportFeedback.FixedLength + 2 * chunkCount + deltaBytes);
        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)_next);
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)count);
        BinaryPrimitives.WriteUInt32BigEndian(data[4..], (uint)reference << 8 | _feedbackCount++);
        data = data[TransportFeedback.FixedLength..];
        foreach (var chunk in chunks[..chunkCount])
        {
            BinaryPrimitives.WriteUInt16BigEndian(data, chunk);
            data = data[2..];
        }

        for (var i = 0; i < count; i++)
        {
            if (statuses[i] == TransportFeedback.Small) data[0] = (byte)deltas[i];
            if (statuses[i] == TransportFeedback.Large) BinaryPrimitives.WriteInt16BigEndian(data, deltas[i]);
            data = data[statuses[i]..];
        }

        _next += count;
        return true;
    }

    private ref long Tick(long number) => ref _ticks[number & Capacity - 1];

    private long FirstTick()
    {
        var number = _next;
        while (Tick(number) == Missing) number++; // The highest is never missing.
        return Tick(number);
    }

    // Statuses and deltas from the next packet to the last one received, or to the first whose time no delta spans.
    private int Collect(long reference, Span<byte> statuses, Span<short> deltas)
    {
        var (count, time) = (0, reference * TicksPerReference);
        for (var i = 0; _next + i <= _sequence.Highest; i++)
        {
            var tick = Tick(_next + i);
            statuses[i] = TransportFeedback.Lost;
            if (tick == Missing) continue;
            var delta = tick - time;
            if (delta is < short.MinValue or > short.MaxValue) break;
            statuses[i] = (byte)(delta is >= 0 and <= byte.MaxValue ? TransportFeedback.Small : TransportFeedback.Large);
            deltas[i] = (short)delta;
            (count, time) = (i + 1, tick);
        }

        return count;
    }

    // Chunks for as many statuses as fit into the room with their deltas: a run where it says more than a vector would.
    private static int Pack(ReadOnlySpan<byte> statuses, int room, Span<ushort> chunks, out int chunkCount, out int deltaBytes)
    {
        var rest = statuses;
        (chunkCount, deltaBytes) = (0, 0);
        while (!rest.IsEmpty && room >= LeastRoom)
        {
            var isTwoBit = rest[..Math.Min(OneBitStatuses, rest.Length)].Contains((byte)TransportFeedback.Large);
            var taken = Math.Min(isTwoBit ? TwoBitStatuses : OneBitStatuses, rest.Length);
            var run = rest.IndexOfAnyExcept(rest[0]);
            if (run < 0) run = rest.Length;
            var bits = isTwoBit ? 0xC000 : 0x8000;
            if (run >= taken)
            {
                taken = rest[0] == TransportFeedback.Lost ? run : Math.Min(run, (room - 2) / rest[0]);
                bits = rest[0] << 13 | taken;
            }
            else
            {
                for (var i = 0; i < taken; i++) bits |= isTwoBit ? rest[i] << 12 - 2 * i : rest[i] << 13 - i;
            }

            var bytes = 0;
            foreach (var status in rest[..taken]) bytes += status;
            chunks[chunkCount++] = (ushort)bits;
            deltaBytes += bytes;
            room -= 2 + bytes;
            rest = rest[taken..];
        }

        return statuses.Length - rest.Length;
    }
}
