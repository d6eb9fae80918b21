using RtcHub.Rtc;

namespace RtcHub.Sfu.Io;

/// <summary>
/// Outgoing datagrams, written one behind the other into one piece of pinned memory, and chained by destination. Forwarding
/// goes packet by packet over all subscribers, sending goes subscriber by subscriber over its packets: only then can
/// packets of one frame leave as one message (<see cref="LinuxSender"/>).
/// </summary>
/// <remarks>
/// Lane, destination, packet: three levels of linked lists over arrays, walked by index until <see cref="End"/>. A lane is
/// one UDP socket; the last lane holds all TCP connections.
/// </remarks>
internal sealed class SendBatch
{
    public const int End = -1;

    private const int Alignment = 16;

    // Numbers of batches are unique in the process: a chain that moves between ports is never taken for known.
    private static long _instances;

    private readonly Packet[] _packets;
    private readonly Destination[] _destinations;
    private readonly Lane[] _lanes;
    private ulong _number = (ulong)Interlocked.Increment(ref _instances) << 40;
    private int _end;
    private int _destinationCount;

    public SendBatch(int capacity, int udpSockets)
    {
        Slab = GC.AllocateUninitializedArray<byte>(capacity * Port.MaxOutgoing, pinned: true);
        _packets = new Packet[capacity];
        _destinations = new Destination[capacity];
        _lanes = new Lane[udpSockets + 1];
        Clear();
    }

    public int Capacity => _packets.Length;

    public int Count { get; private set; }

    public bool IsFull => Count == _packets.Length;

    /// <summary>Where the packets are; pinned.</summary>
    public byte[] Slab { get; }

    public int TcpLane => _lanes.Length - 1;

    /// <summary>Room for one more packet. Short packets take less, so that room is always left while the batch is not full.</summary>
    public Span<byte> Reserve() => Slab.AsSpan(_end, Port.MaxOutgoing);

    public void Commit(int length, ref SendChain to)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)(length - 1), (uint)(Port.MaxOutgoing - 1), nameof(length));
        var index = Count++;
        _packets[index] = new Packet(_end, length, End);
        _end += (length + Alignment - 1) & -Alignment;
        if (to.Batch == _number)
        {
            ref var known = ref _destinations[to.Destination];
            _packets[known.Last].Next = index;
            known.Last = index;
        }
        else
        {
            (to.Batch, to.Destination) = (_number, AddDestination(to.Path, index));
        }
    }

    public int FirstDestination(int lane) => _lanes[lane].First;

    public ref readonly Destination DestinationAt(int index) => ref _destinations[index];

    public ref readonly Packet PacketAt(int index) => ref _packets[index];

    public void Clear()
    {
        (_end, _destinationCount, Count) = (0, 0, 0);
        _number++;
        _lanes.AsSpan().Fill(new Lane { First = End, Last = End });
    }

    private int AddDestination(in NetworkPath path, int packet)
    {
        var index = _destinationCount++;
        _destinations[index] = new Destination { Path = path, First = packet, Last = packet, Next = End };
        ref var lane = ref _lanes[Math.Min((uint)path.Local, (uint)TcpLane)];
        if (lane.Last == End) lane.First = index;
        else _destinations[lane.Last].Next = index;
        lane.Last = index;
        return index;
    }

    public record struct Packet(int Offset, int Length, int Next);

    public struct Destination
    {
        public NetworkPath Path;
        public int First;
        public int Last;
        public int Next;
    }

    private struct Lane
    {
        public int First;
        public int Last;
    }
}
