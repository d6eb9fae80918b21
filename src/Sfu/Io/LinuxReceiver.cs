using RtcHub.Rtc;

namespace RtcHub.Sfu.Io;

/// <summary>Reads what waits at a UDP socket into a <see cref="ReceiveBatch"/> with one system call (recvmmsg).</summary>
internal sealed unsafe class LinuxReceiver
{
    private const int NameLength = 28; // struct sockaddr_in6

    private readonly ReceiveBatch _batch;
    private readonly PortCounters _counters;

    // Message i fills slot i of the batch.
    private readonly Linux.Message[] _messages;
    private readonly Linux.Vector[] _vectors;
    private readonly byte[] _names;

    public LinuxReceiver(ReceiveBatch batch, PortCounters counters)
    {
        (_batch, _counters) = (batch, counters);
        _messages = GC.AllocateArray<Linux.Message>(batch.Capacity, pinned: true);
        _vectors = GC.AllocateArray<Linux.Vector>(batch.Capacity, pinned: true);
        _names = GC.AllocateArray<byte>(batch.Capacity * NameLength, pinned: true);
        for (var i = 0; i < batch.Capacity; i++)
        {
            _vectors[i] = new Linux.Vector { Base = Pinned.Address(batch.Slab, i * ReceiveBatch.SlotStride), Length = ReceiveBatch.SlotLength };
            _messages[i] = new Linux.Message
            {
                Name = Pinned.Address(_names, i * NameLength),
                NameLength = NameLength,
                Vectors = Pinned.Address(_vectors, i),
                VectorCount = 1,
            };
        }
    }

    public void Receive(int socket, int local)
    {
        var (first, room) = (_batch.FreeSlot, _batch.Room);
        if (room == 0) return;
        _counters.ReceiveCalls++;
        var received = Linux.ReceiveMessages(socket, Pinned.Address(_messages, first), (uint)room, Linux.DontWait, null);
        for (var i = first; i < first + received; i++)
        {
            ref var message = ref _messages[i];
            var name = _names.AsSpan(i * NameLength, message.NameLength);
            if ((message.Flags & Linux.Truncated) != 0 || message.Length > Port.MaxDatagram)
            {
                _counters.OversizeIn++;
                _batch.Skip();
            }
            else if (Address.TryFromSockaddr(name, out var source))
            {
                _batch.Add((int)message.Length, new NetworkPath(source, local));
            }
            else
            {
                _batch.Skip();
            }

            message.NameLength = NameLength; // The call wrote how much of it it used.
        }
    }
}
