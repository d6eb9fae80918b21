using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RtcHub.Sfu.Io;

/// <summary>
/// The system calls of Linux that <see cref="System.Net.Sockets"/> does not offer, and their structures as every 64-bit
/// Linux lays them out (LP64, little-endian): x64 and arm64 differ in <c>epoll_event</c> alone.
/// </summary>
internal static unsafe partial class Linux
{
    public const int AddressFamilyIPv4 = 2;
    public const int AddressFamilyIPv6 = 10;

    // <asm-generic/errno.h>
    public const int Interrupted = 4;
    public const int InputOutputError = 5;
    public const int TryAgain = 11;
    public const int InvalidArgument = 22;
    public const int MessageTooLong = 90;
    public const int NoBufferSpace = 105;

    // <bits/socket.h>
    public const int DontWait = 0x40;
    public const int Truncated = 0x20;

    // <linux/udp.h>
    public const int SolUdp = 17;
    public const int UdpSegment = 103;

    // <sys/epoll.h>, <sys/eventfd.h>, <poll.h>
    public const uint EpollIn = 0x001;
    public const uint EpollOut = 0x004;
    public const uint EpollEdgeTriggered = 1u << 31;
    public const int EpollAdd = 1;
    public const int EpollModify = 3;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const short PollOut = 0x004;

    /// <summary>Do the structures below hold here?</summary>
    public static bool IsSupported =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial SafeFileHandle EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(SafeFileHandle epoll, int operation, SafeHandle file, byte* epollEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int capacity, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial SafeFileHandle EventFile(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, ulong* value, nint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFile* files, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMessages(int socket, Message* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMessages(int socket, Message* messages, uint count, int flags);

    /// <summary><c>struct mmsghdr</c>: a <c>msghdr</c>, and what the call says of it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public byte* Name;
        public int NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public SegmentControl* Control;
        public nuint ControlLength;
        public int Flags;
        private readonly int _endOfHeader;
        public uint Length;
        private readonly int _endOfMessage;
    }

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary><c>struct cmsghdr</c> with the two bytes of <see cref="UdpSegment"/>; padded as CMSG_SPACE would.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SegmentControl(int segmentLength)
    {
        private const int LengthWithValue = 18;
        public readonly nuint Length = LengthWithValue;
        public readonly int Level = SolUdp;
        public readonly int Type = UdpSegment;
        public readonly ulong SegmentLength = (ulong)segmentLength;
    }

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollFile
    {
        public int File;
        public short Events;
        public short Returned;
    }

    /// <summary><c>struct epoll_event</c>: twelve bytes on x64, sixteen elsewhere.</summary>
    public static class EpollEvent
    {
        private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

        public static int Size => DataOffset + sizeof(long);

        public static void Write(byte* at, uint events, long data)
        {
            *(uint*)at = events;
            *(long*)(at + DataOffset) = data;
        }

        public static void Read(byte* at, out uint events, out long data) =>
            (events, data) = (*(uint*)at, *(long*)(at + DataOffset));
    }
}
