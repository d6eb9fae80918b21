using System.Buffers;
using System.Net.Sockets;
using RtcHub.Rtc;
using RtcHub.Rtc.Ice;

namespace RtcHub.Sfu.Io;

/// <summary>
/// One ICE-TCP connection (RFC 6544). Frames are handed out where they were read; those to send wait here while the system
/// takes no more.
/// </summary>
internal sealed class TcpConnection(Socket socket, in NetworkPath path) : IDisposable
{
    private const int FirstUnsentBuffer = 4096;

    private readonly IceTcpReader _reader = new(Port.MaxDatagram);

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

    /// <summary>The last batch was full before all frames that have been read were in it.</summary>
    public bool MayHaveFrames { get; private set; }

    /// <summary>Reads once; what was handed out before is overwritten. False: the connection has ended.</summary>
    public bool Read()
    {
        var count = socket.Receive(_reader.GetRoom(), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return true;
        _reader.Advance(count);
        return error == SocketError.Success && count > 0;
    }

    /// <summary>Adds the frames that are complete to a batch until it holds so many. False: a frame is longer than may be.</summary>
    public bool TakeFrames(ReceiveBatch batch, int limit)
    {
        MayHaveFrames = true;
        while (batch.Count < limit)
        {
            if (!_reader.TryRead(out var frame))
            {
                MayHaveFrames = false;
                return !_reader.IsBroken;
            }

            batch.Add(frame, Path);
        }

        return true;
    }

    /// <summary>Queues a frame for <see cref="Write"/>. False: there would be more than <paramref name="limit"/> bytes unsent.</summary>
    public bool TryQueue(ReadOnlySpan<byte> frame, int limit)
    {
        var length = IceTcpFraming.HeaderLength + frame.Length;
        if (_unsentEnd - _unsentStart + length > limit) return false;
        MakeRoom(length);
        IceTcpFraming.TryWrite(frame, _unsent.AsSpan(_unsentEnd), out length);
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
