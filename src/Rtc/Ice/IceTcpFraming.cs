using System.Buffers.Binary;

namespace RtcHub.Rtc.Ice;

/// <summary>
/// STUN, DTLS and SRTP over TCP: each packet behind its length in two bytes (RFC 4571 section 2, as RFC 6544 section 3 asks for).
/// </summary>
public static class IceTcpFraming
{
    /// <summary>Bytes.</summary>
    public const int HeaderLength = 2;

    /// <summary>False: the packet is longer than 65,535 bytes, or does not fit.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> packet, Span<byte> destination, out int length)
    {
        length = 0;
        if (packet.Length > ushort.MaxValue || destination.Length < HeaderLength + packet.Length) return false;
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)packet.Length);
        packet.CopyTo(destination[HeaderLength..]);
        length = HeaderLength + packet.Length;
        return true;
    }
}

/// <summary>
/// Cuts a byte stream into packets, wherever TCP cut it. Read into <see cref="GetRoom"/>, say how much by <see cref="Advance"/>, then
/// take packets until there are no more.
/// </summary>
/// <param name="maxPacket">Bytes. A longer one breaks the stream, as there is no room for it.</param>
public sealed class IceTcpReader(int maxPacket)
{
    private readonly byte[] _buffer = new byte[IceTcpFraming.HeaderLength + maxPacket];
    private int _start;
    private int _end;

    /// <summary>The peer announced a longer packet than may be: nothing after it can be found, the connection is to be closed.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Never empty, unless packets were left untaken. Packets that were taken before are no longer valid.</summary>
    public Span<byte> GetRoom()
    {
        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        return _buffer.AsSpan(_end);
    }

    /// <summary>So many bytes were read into the room.</summary>
    public void Advance(int count) => _end += count;

    /// <summary>The next packet, where it lies; empty ones say nothing and are left out (RFC 4571 section 2).</summary>
    public bool TryRead(out Memory<byte> packet)
    {
        packet = default;
        while (packet.IsEmpty)
        {
            var available = _end - _start - IceTcpFraming.HeaderLength;
            if (IsBroken || available < 0) return false;
            int length = BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start));
            IsBroken = length > maxPacket;
            if (IsBroken || available < length) return false;
            packet = _buffer.AsMemory(_start + IceTcpFraming.HeaderLength, length);
            _start += IceTcpFraming.HeaderLength + length;
        }

        return true;
    }
}
