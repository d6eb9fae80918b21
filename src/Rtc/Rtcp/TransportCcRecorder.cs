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

    // A chunk speaks of seven packets at least (of fewer only at the end).
    private const int LeastInChunk = 7;

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
    /// Writes one feedback packet about as much as the room allows. False when there is nothing to tell or no room to tell
    /// anything; call until then.
    /// </summary>
    /// <param name="sender">Any SSRC of ours.</param>
    /// <param name="media">Any SSRC of the other side's.</param>
    public bool TryWrite(ref RtcpWriter writer, uint sender, uint media)
    {
        if (!HasNews) return false;
        Span<byte> statuses = stackalloc byte[Capacity];
        Span<short> deltas = stackalloc short[Capacity];
        var room = writer.Room - RtcpPacket.HeaderLength - RtcpWriter.FeedbackLength - TransportFeedback.FixedLength;
        var reference = FirstTick() / TicksPerReference;
        var count = Take(reference, room & ~3, statuses, deltas, out var deltaBytes);
        if (count == 0) return false;
        statuses = statuses[..count];

        Span<ushort> chunks = stackalloc ushort[Capacity / LeastInChunk + 1];
        chunks = chunks[..WriteChunks(statuses, chunks)];
        var data = writer.ReserveFeedback(
            RtcpType.TransportFeedback, TransportFeedback.Format, sender, media, TransportFeedback.FixedLength + 2 * chunks.Length + deltaBytes);
        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)_next);
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)count);
        BinaryPrimitives.WriteUInt32BigEndian(data[4..], (uint)reference << 8 | _feedbackCount++);
        data = data[TransportFeedback.FixedLength..];
        foreach (var chunk in chunks)
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

    // Statuses and deltas from the next packet to the last one received that fits: into the room, and behind the one before
    // it into a delta.
    private int Take(long reference, int room, Span<byte> statuses, Span<short> deltas, out int deltaBytes)
    {
        var (count, bytes, time) = (0, 0, reference * TicksPerReference);
        deltaBytes = 0;
        for (var i = 0; _next + i <= _sequence.Highest; i++)
        {
            var tick = Tick(_next + i);
            statuses[i] = TransportFeedback.Lost;
            if (tick == Missing) continue;
            var delta = tick - time;
            if (delta is < short.MinValue or > short.MaxValue) break;
            statuses[i] = (byte)(delta is >= 0 and <= byte.MaxValue ? TransportFeedback.Small : TransportFeedback.Large);
            bytes += statuses[i];
            var chunks = i / LeastInChunk + 1;
            if (2 * chunks + bytes > room) break;
            deltas[i] = (short)delta;
            (count, deltaBytes, time) = (i + 1, bytes, tick);
        }

        return count;
    }

    private static int WriteChunks(ReadOnlySpan<byte> statuses, Span<ushort> chunks)
    {
        var count = 0;
        for (var rest = statuses; !rest.IsEmpty; count++)
        {
            var run = rest.IndexOfAnyExcept(rest[0]);
            if (run < 0) run = rest.Length;
            var vector = Math.Min(14, rest.Length);
            var isTwoBit = rest[..vector].Contains((byte)TransportFeedback.Large);
            if (isTwoBit) vector = Math.Min(LeastInChunk, rest.Length);
            if (run >= vector)
            {
                chunks[count] = (ushort)(rest[0] << 13 | run);
                rest = rest[run..];
                continue;
            }

            var bits = isTwoBit ? 0xC000 : 0x8000;
            for (var i = 0; i < vector; i++) bits |= isTwoBit ? rest[i] << 12 - 2 * i : rest[i] << 13 - i;
            chunks[count] = (ushort)bits;
            rest = rest[vector..];
        }

        return count;
    }
}
