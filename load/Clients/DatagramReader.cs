using RtcHub.Rtc;
using RtcHub.Sfu.Io;

namespace RtcHub.Load.Clients;

/// <summary>Reads what waits at a socket by one system call (recvmmsg), with source and, where asked for, time of arrival.</summary>
internal sealed unsafe class DatagramReader
{
    public const int Capacity = 64;

    private const int Stride = 2048;
    private const int NameLength = 28; // struct sockaddr_in6
    private const int ControlLength = 64;
    private const int TimestampNanoseconds = 35;

    private readonly byte[] _slab = GC.AllocateArray<byte>(Capacity * Stride, pinned: true);
    private readonly byte[] _names = GC.AllocateArray<byte>(Capacity * NameLength, pinned: true);
    private readonly byte[] _controls = GC.AllocateArray<byte>(Capacity * ControlLength, pinned: true);
    private readonly Linux.Vector[] _vectors = GC.AllocateArray<Linux.Vector>(Capacity, pinned: true);
    private readonly Linux.Message[] _messages = GC.AllocateArray<Linux.Message>(Capacity, pinned: true);

    /// <summary>How many came, 0 to <see cref="Capacity"/>.</summary>
    public int Read(ClientSocket socket)
    {
        for (var i = 0; i < Capacity; i++)
        {
            _vectors[i] = new Linux.Vector { Base = Pinned.Address(_slab, i * Stride), Length = Stride };
            _messages[i] = new Linux.Message
            {
                Name = Pinned.Address(_names, i * NameLength),
                NameLength = NameLength,
                Vectors = Pinned.Address(_vectors, i),
                VectorCount = 1,
                Control = (Linux.SegmentControl*)Pinned.Address(_controls, i * ControlLength),
                ControlLength = ControlLength,
            };
        }

        return Math.Max(0, Linux.ReceiveMessages((int)socket.Handle.DangerousGetHandle(), Pinned.Address(_messages, 0), Capacity, Linux.DontWait, null));
    }

    public Span<byte> Datagram(int index) => _slab.AsSpan(index * Stride, (int)_messages[index].Length);

    public bool TryGetSource(int index, out Address source) =>
        Address.TryFromSockaddr(_names.AsSpan(index * NameLength, _messages[index].NameLength), out source);

    /// <summary>Microseconds since 1970, or 0.</summary>
    public long Arrival(int index)
    {
        // struct cmsghdr with a struct timespec.
        if (_messages[index].ControlLength < 32) return 0;
        var control = Pinned.Address(_controls, index * ControlLength);
        return *(int*)(control + 12) == TimestampNanoseconds ? *(long*)(control + 16) * 1_000_000 + *(long*)(control + 24) / 1000 : 0;
    }
}
