using System.Buffers;
using System.Globalization;
using System.Text;

namespace RtcHub.Load.Sockets;

/// <summary>A frame that is put together in a buffer of the pool.</summary>
internal ref struct FrameWriter()
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Put(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    public void PutAscii(string text) => _length += Encoding.ASCII.GetBytes(text, Room(text.Length));

    public void Put(long number)
    {
        number.TryFormat(Room(20), out var digits, default, CultureInfo.InvariantCulture);
        _length += digits;
    }

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_length + bytes);
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length);
    }
}
