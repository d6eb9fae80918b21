using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RtcHub.Sfu.Io;

/// <summary>
/// Sends a <see cref="SendBatch"/> with few system calls: sendmmsg takes many messages, and one message takes many datagrams
/// of one destination (UDP segmentation offload: the network stack is walked once for all of them).
/// </summary>
internal sealed unsafe class LinuxSender
{
    // <linux/udp.h>, and what fits the length field of UDP over IPv4.
    private const int MaxSegments = 64;
    private const int MaxMessage = 65_507;

    private const int MaxMessagesPerCall = 1024; // UIO_MAXIOV
    private const int MaxNameLength = 28; // struct sockaddr_in6

    // A full send buffer drains in well under a millisecond or not soon. Nobody else is served meanwhile.
    private const int MaxWaits = 4;
    private const int WaitMilliseconds = 1;

    private readonly SendBatch _batch;
    private readonly PortCounters _counters;
    private readonly Outlet[] _outlets;

    // One per packet at most; the arrays are fields so that they live as long as the addresses that point into them.
    private readonly Linux.Message[] _messages;
    private readonly Linux.Vector[] _vectors;
    private readonly Linux.SegmentControl[] _controls;
    private readonly byte[] _names;
    private int _waits;

    public LinuxSender(SendBatch batch, IReadOnlyList<Socket> sockets, bool segmentation, PortCounters counters)
    {
        (_batch, _counters) = (batch, counters);
        _outlets = [.. sockets.Select(socket => new Outlet(socket, segmentation))];
        _messages = GC.AllocateArray<Linux.Message>(batch.Capacity, pinned: true);
        _vectors = GC.AllocateArray<Linux.Vector>(batch.Capacity, pinned: true);
        _controls = GC.AllocateArray<Linux.SegmentControl>(batch.Capacity, pinned: true);
        _names = GC.AllocateArray<byte>(batch.Capacity * MaxNameLength, pinned: true);
    }

    public void Send()
    {
        _waits = 0;
        for (var lane = 0; lane < _outlets.Length; lane++)
        {
            if (_batch.FirstDestination(lane) == SendBatch.End) continue;
            var count = Compose(_outlets[lane], lane);
            Send(_outlets[lane], Pinned.Address(_messages, 0), count);
        }
    }

    /// <returns>How many messages the lane's packets became.</returns>
    private int Compose(Outlet outlet, int lane)
    {
        var message = Pinned.Address(_messages, 0);
        var vector = Pinned.Address(_vectors, 0);
        var control = Pinned.Address(_controls, 0);
        var name = Pinned.Address(_names, 0);
        var slab = Pinned.Address(_batch.Slab, 0);
        for (var d = _batch.FirstDestination(lane); d != SendBatch.End; d = _batch.DestinationAt(d).Next)
        {
            ref readonly var destination = ref _batch.DestinationAt(d);
            var isReachable = destination.Path.Remote.TryWriteSockaddr(new Span<byte>(name, outlet.NameLength));
            *(ushort*)name = outlet.Family;
            for (var p = destination.First; p != SendBatch.End;)
            {
                ref readonly var packet = ref _batch.PacketAt(p);
                p = packet.Next;
                if (!isReachable)
                {
                    _counters.SendFailures++;
                    continue;
                }

                *message = new Linux.Message { Name = name, NameLength = outlet.NameLength, Vectors = vector };
                *vector++ = new Linux.Vector { Base = slab + packet.Offset, Length = (nuint)packet.Length };
                if (outlet.Segmentation) p = AddSegments(p, packet.Length, ref vector);
                message->VectorCount = (nuint)(vector - message->Vectors);
                if (message->VectorCount > 1)
                {
                    *control = new Linux.SegmentControl(packet.Length);
                    message->Control = control++;
                    message->ControlLength = (nuint)sizeof(Linux.SegmentControl);
                }

                message++;
            }

            name += MaxNameLength;
        }

        return (int)(message - Pinned.Address(_messages, 0));
    }

    /// <summary>Adds the packets that can be segments behind a first one: as long as it, only the last may be shorter.</summary>
    /// <returns>The first packet that is not added.</returns>
    private int AddSegments(int p, int length, ref Linux.Vector* vector)
    {
        var slab = Pinned.Address(_batch.Slab, 0);
        var (segments, total, last) = (1, length, length);
        while (p != SendBatch.End && last == length && segments < MaxSegments)
        {
            ref readonly var packet = ref _batch.PacketAt(p);
            if (packet.Length > length || total + packet.Length > MaxMessage) break;
            *vector++ = new Linux.Vector { Base = slab + packet.Offset, Length = (nuint)packet.Length };
            last = packet.Length;
            total += last;
            segments++;
            p = packet.Next;
        }

        return p;
    }

    private void Send(Outlet outlet, Linux.Message* message, int count)
    {
        for (var end = message + count; message < end;)
        {
            _counters.SendCalls++;
            var sent = Linux.SendMessages(outlet.File, message, (uint)Math.Min(end - message, MaxMessagesPerCall), Linux.DontWait);
            for (; sent > 0; sent--) CountSent(message++);
            if (sent == 0) continue;

            // The error is that of the first message; those behind it were not tried.
            var datagrams = (long)message->VectorCount;
            switch (Marshal.GetLastPInvokeError())
            {
                case Linux.Interrupted:
                    continue;
                case Linux.TryAgain when _waits < MaxWaits:
                    Wait(outlet);
                    continue;
                case Linux.TryAgain:
                    for (; message < end; message++) _counters.WouldBlock += (long)message->VectorCount;
                    return;
                case Linux.NoBufferSpace:
                    _counters.WouldBlock += datagrams;
                    break;
                case Linux.InputOutputError when datagrams > 1:
                    // The device computes no checksums (before Linux 6.11), and will not learn it.
                    outlet.Segmentation = false;
                    SendSingly(outlet, message);
                    break;
                case Linux.InvalidArgument or Linux.MessageTooLong when datagrams > 1:
                    // A segment is longer than the path takes; a single datagram is fragmented.
                    SendSingly(outlet, message);
                    break;
                case Linux.MessageTooLong:
                    _counters.OversizeOut++;
                    break;
                default:
                    _counters.SendFailures += datagrams;
                    break;
            }

            message++;
        }
    }

    private void SendSingly(Outlet outlet, Linux.Message* segmented)
    {
        _counters.SegmentationRefused++;
        for (var i = 0u; i < segmented->VectorCount; i++)
        {
            var single = *segmented;
            single.Vectors += i;
            single.VectorCount = 1;
            single.Control = null;
            single.ControlLength = 0;
            Send(outlet, &single, 1);
        }
    }

    private void CountSent(Linux.Message* message)
    {
        _counters.DatagramsOut += (long)message->VectorCount;
        _counters.BytesOut += message->Length;
        if (message->VectorCount == 1) return;
        _counters.Segments += (long)message->VectorCount;
        _counters.SegmentedMessages++;
    }

    private void Wait(Outlet outlet)
    {
        _waits++;
        _counters.SendCalls++;
        var file = new Linux.PollFile { File = outlet.File, Events = Linux.PollOut };
        Linux.Poll(&file, 1, WaitMilliseconds);
    }

    /// <summary>A socket as sending sees it.</summary>
    private sealed class Outlet
    {
        public Outlet(Socket socket, bool segmentation)
        {
            File = (int)socket.Handle;
            (Family, NameLength) = socket.AddressFamily == AddressFamily.InterNetwork
                ? ((ushort)Linux.AddressFamilyIPv4, 16)
                : ((ushort)Linux.AddressFamilyIPv6, MaxNameLength);
            Segmentation = segmentation && HasSegmentation(socket);
        }

        public int File { get; }

        public ushort Family { get; }

        public int NameLength { get; }

        public bool Segmentation { get; set; }

        private static bool HasSegmentation(Socket socket)
        {
            try
            {
                socket.SetRawSocketOption(Linux.SolUdp, Linux.UdpSegment, [0, 0, 0, 0]); // 0: none but where a message asks for it.
                return true;
            }
            catch (SocketException)
            {
                return false; // Before Linux 4.18.
            }
        }
    }
}
