using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Bwe;

/// <summary>What became of a packet that was sent.</summary>
internal enum SentState : byte
{
    /// <summary>No feedback has told of it.</summary>
    Underway,

    /// <summary>Called lost; it may be called received later.</summary>
    Lost,

    /// <summary>It came.</summary>
    Received,
}

/// <summary>One packet that was sent.</summary>
/// <param name="SentAt">µs.</param>
/// <param name="Bytes">On the wire.</param>
/// <param name="Probe">The number of the probe it was a part of; 0: of none.</param>
/// <param name="State">What is known of it.</param>
internal record struct SentRecord(long SentAt, ushort Bytes, byte Probe, SentState State);

/// <summary>The last packets of a transport by their transport-wide sequence number.</summary>
internal sealed class SentHistory
{
    /// <summary>Half a second at 4,000 packets a second; feedback comes every 50 to 250 ms.</summary>
    public const int Capacity = 2048;

    private readonly SentRecord[] _records = new SentRecord[Capacity];
    private long _next = 1;

    /// <summary>A packet is sent; its number.</summary>
    public ushort Add(long now, int bytes, byte probe)
    {
        _records[_next & Capacity - 1] = new SentRecord(now, (ushort)Math.Min(bytes, ushort.MaxValue), probe, SentState.Underway);
        return (ushort)_next++;
    }

    /// <summary>What is known of the packet with this number; false when it is forgotten or was never sent.</summary>
    public bool TryGet(ushort sequenceNumber, out int place)
    {
        var number = SequenceNumber.Unwrap(_next - 1, sequenceNumber, 16);
        place = (int)(number & Capacity - 1);
        return number < _next && number > 0 && number > _next - 1 - Capacity;
    }

    /// <summary>The packet at a place that <see cref="TryGet"/> has told.</summary>
    public ref SentRecord At(int place) => ref _records[place];
}
