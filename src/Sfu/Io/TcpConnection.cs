using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using RtcHub.Rtc;

namespace RtcHub.Sfu.Io;

/// <summary>
/// One ICE-TCP connection (RFC 6544): frames of RFC 4571, a length of two bytes and so many bytes, in either direction cut
/// by TCP wherever it likes.
/// </summary>
internal sealed class TcpConnection(Socket socket, in NetworkPath path) : IDisposable
{
    private const int HeaderLength = 2;
    private const int FirstUnsentBuffer = 4096;

    // Holds what is left of one frame and most of a second. Frames are handed out where they lie: it is never reused.
    private readonly byte[] _received = GC.AllocateUninitializedArray<byte>(2 * (HeaderLength + Port.MaxDatagram));
    private int _start;
    private int _end;

    // Rented while something is unsent, which most of the time is not so.
    private byte[] _unsent = [];
    private int _unsentStart;
    private int _unsentEnd;

    public Socket Socket => socket;

    public NetworkPath Path { get; } = path;

    /// <summary>When it came, in ticks of the port's clock.</summary>
    public required long Accepted { get; init; }

    /// <summary>Did a frame come?</summary>
    public bool HasSpoken { get; set; }

    /// <summary>The number of the receive in which frames were last handed out: until the next one they must stay.</summary>
    public ulong ServedIn { get; set; }

    /// <summary>For <see cref="LinuxPort"/>.</summary>
    public bool IsWatchedForRoom { get; set; }

    public bool HasUnsent => _unsentEnd > _unsentStart;

    /// <summary>A whole frame has been read that nobody has taken yet, or a length that no frame may have.</summary>
    public bool HasFrame => _end - _start >= HeaderLength && (NextLength > Port.MaxDatagram || _end - _start >= HeaderLength + NextLength);

    private int NextLength => BinaryPrimitives.ReadUInt16BigEndian(_received.AsSpan(_start));

    /// <summary>Reads once. False: the connection has ended.</summary>
    public bool Read()
    {
        _received.AsSpan(_start.._end).CopyTo(_received);
        (_start, _end) = (0, _end - _start);
        var count = socket.Receive(_received.AsSpan(_end), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return true;
        _end += count;
        return error == SocketError.Success && count > 0;
    }

    /// <summary>
    /// Adds the frames that are complete to a batch until it holds so many; empty ones say nothing and are left out (RFC 4571
    /// section 2). False: a frame is longer than may be.
    /// </summary>
    public bool TakeFrames(ReceiveBatch batch, int limit)
    {
        while (batch.Count < limit && HasFrame)
        {
            var length = NextLength;
            if (length > Port.MaxDatagram) return false;
            if (length > 0) batch.Add(_received, _start + HeaderLength, length, Path);
            _start += HeaderLength + length;
        }

        return true;
    }

    /// <summary>Queues a frame for <see cref="Write"/>. False: there would be more than <paramref name="limit"/> bytes unsent.</summary>
    public bool TryQueue(ReadOnlySpan<byte> frame, int limit)
    {
        var length = HeaderLength + frame.Length;
        if (_unsentEnd - _unsentStart + length > limit) return false;
        MakeRoom(length);
        BinaryPrimitives.WriteUInt16BigEndian(_unsent.AsSpan(_unsentEnd), (ushort)frame.Length);
        frame.CopyTo(_unsent.AsSpan(_unsentEnd + HeaderLength));
        _unsentEnd += length;
        return true;
    }

    /// <summary>Writes what the system takes now. False: the connection has ended.</summary>
    public bool Write()
    {
        while (HasUnsent)
        {
            _unsentStart += socket.Send(_unsent.AsSpan(_unsentStart.._unsentEnd), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) return true;
            if (error != SocketError.Success) return false;
        }

        ReturnUnsent();
        return true;
    }

    public void Dispose()
    {
        socket.Dispose();
        ReturnUnsent();
    }

    private void MakeRoom(int length)
    {
        if (_unsentEnd + length <= _unsent.Length) return;
        var unsent = _unsent.AsSpan(_unsentStart.._unsentEnd);
        if (unsent.Length + length <= _unsent.Length)
        {
            unsent.CopyTo(_unsent);
            (_unsentStart, _unsentEnd) = (0, unsent.Length);
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * (unsent.Length + length), FirstUnsentBuffer));
        unsent.CopyTo(larger);
        var count = unsent.Length;
        ReturnUnsent();
        (_unsent, _unsentEnd) = (larger, count);
    }

    private void ReturnUnsent()
    {
        if (_unsent.Length > 0) ArrayPool<byte>.Shared.Return(_unsent);
        (_unsent, _unsentStart, _unsentEnd) = ([], 0, 0);
    }
}
