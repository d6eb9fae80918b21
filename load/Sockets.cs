using System.Runtime.InteropServices;

namespace RtcHub.Load;

/// <summary>
/// Reading many sockets on one thread for next to nothing, as the load tool must not be what is measured. No UDP_GRO: a
/// receiver that takes joined packets would make a server that sends joined packets look cheaper than it is over a network.
/// </summary>
internal static unsafe partial class Sockets
{
    public const int Batch = 32;
    public const int BufferLength = 2_048;

    private const int EpollCtlAdd = 1;
    private const uint EpollIn = 1;
    private const int MsgDontWait = 0x40;

    public static int CreatePoll() => Check(epoll_create1(0));

    public static void Watch(int poll, int socket, long tag)
    {
        var wanted = new EpollEvent { Events = EpollIn, Tag = tag };
        Check(epoll_ctl(poll, EpollCtlAdd, socket, &wanted));
    }

    /// <summary>The tags of sockets with something to read; waits at most so many milliseconds.</summary>
    public static int Wait(int poll, Span<EpollEvent> ready, int milliseconds)
    {
        fixed (EpollEvent* events = ready) return epoll_wait(poll, events, ready.Length, milliseconds);
    }

    /// <summary>Up to <see cref="Batch"/> datagrams; the buffers lie side by side.</summary>
    public static int Receive(int socket, byte* buffers, MessageHeader* messages) => recvmmsg(socket, messages, Batch, MsgDontWait, null);

    /// <summary>Headers that point into the buffers, made once.</summary>
    public static MessageHeader* CreateMessages(byte* buffers)
    {
        var messages = (MessageHeader*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(MessageHeader));
        var vectors = (IoVector*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(IoVector));
        for (var i = 0; i < Batch; i++)
        {
            vectors[i] = new IoVector { Base = buffers + i * BufferLength, Length = BufferLength };
            messages[i].Vectors = vectors + i;
            messages[i].VectorCount = 1;
        }

        return messages;
    }

    private static int Check(int result) => result >= 0 ? result : throw new LoadException($"A system call failed with errno {Marshal.GetLastPInvokeError()}.");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int poll, int operation, int socket, EpollEvent* wanted);

    [LibraryImport("libc")]
    private static partial int epoll_wait(int poll, EpollEvent* ready, int count, int milliseconds);

    [LibraryImport("libc")]
    private static partial int recvmmsg(int socket, MessageHeader* messages, uint count, int flags, void* timeout);

    /// <summary>struct epoll_event; packed on x86-64 only.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    internal struct EpollEvent
    {
        public uint Events;
        public long Tag;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct mmsghdr of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public nint Flags; // an int, padded to the end of struct msghdr
        public uint Received;
    }
}
