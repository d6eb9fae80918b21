using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>One header extension element.</summary>
public readonly ref struct RtpExtension
{
    internal RtpExtension(byte id, ReadOnlySpan<byte> value, int offset)
    {
        Id = id;
        Value = value;
        Offset = offset;
    }

    /// <summary>The number that SDP gave to a URI: 1-14 in the one-byte form, 1-255 in the other.</summary>
    public byte Id { get; }

    /// <summary>Without the element's own header; may be empty in the two-byte form.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Where the value starts, from the start of the packet.</summary>
    public int Offset { get; }
}

/// <summary>
/// The header extension elements of a packet in either form of RFC 8285: the one-byte form (profile 0xBEDE, section 4.2)
/// with 4 bits each for id and length - 1, the two-byte form (profile 0x100x, section 4.3) with 8 bits for both. An element
/// that reaches beyond the block ends the walk, and so do the ids that section 4.2 reserves: what came before it counts.
/// </summary>
public readonly ref struct RtpExtensions
{
    internal const ushort OneByte = 0xBEDE;
    internal const ushort TwoByte = 0x1000;

    // In the one-byte form "stop here", whatever the length (section 4.2).
    internal const byte Reserved = 15;

    private readonly ReadOnlySpan<byte> _header;
    private readonly int _start;
    private readonly bool _isTwoByte;

    /// <param name="header">The whole header of a packet, of the length that <see cref="RtpHeader.TryGetLength"/> gave.</param>
    public RtpExtensions(ReadOnlySpan<byte> header)
    {
        if ((header[0] & RtpHeader.ExtensionBit) == 0) return;
        var block = RtpHeader.FixedLength + 4 * (header[0] & 0x0F);
        var profile = BinaryPrimitives.ReadUInt16BigEndian(header[block..]);
        _isTwoByte = (profile & 0xFFF0) == TwoByte; // The low 4 bits are the application's.
        if (!_isTwoByte && profile != OneByte) return;
        _header = header;
        _start = block + 4;
    }

    /// <summary>Walks the elements in their order.</summary>
    public Enumerator GetEnumerator() => new(_header, _start, _isTwoByte);

    /// <summary>The value of the first element with this id; false when there is none.</summary>
    public bool TryGet(int id, out ReadOnlySpan<byte> value)
    {
        var found = TryFind(id, out var extension);
        value = extension.Value;
        return found;
    }

    /// <summary>The first element with this id; false when there is none.</summary>
    public bool TryFind(int id, out RtpExtension extension)
    {
        foreach (var element in this)
        {
            if (element.Id != id) continue;
            extension = element;
            return true;
        }

        extension = default;
        return false;
    }

    /// <summary>Walks the elements.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _header;
        private readonly bool _isTwoByte;
        private int _next;

        internal Enumerator(ReadOnlySpan<byte> header, int start, bool isTwoByte)
        {
            _header = header;
            _next = start;
            _isTwoByte = isTwoByte;
        }

        /// <summary>The element last moved to.</summary>
        public RtpExtension Current { get; private set; }

        /// <summary>False at the end, or where the block is no longer well-formed.</summary>
        public bool MoveNext()
        {
            while (_next < _header.Length && _header[_next] == 0) _next++; // Padding, between elements too.
            return _isTwoByte ? MoveTwoByte() : MoveOneByte();
        }

        private bool MoveOneByte()
        {
            if (_next >= _header.Length) return false;
            var id = _header[_next] >> 4;
            if (id is 0 or Reserved) return End();
            return Move((byte)id, _next + 1, (_header[_next] & 0x0F) + 1);
        }

        private bool MoveTwoByte()
        {
            if (_next + 1 >= _header.Length) return false;
            return Move(_header[_next], _next + 2, _header[_next + 1]);
        }

        private bool Move(byte id, int value, int length)
        {
            if (length > _header.Length - value) return End();
            Current = new RtpExtension(id, _header.Slice(value, length), value);
            _next = value + length;
            return true;
        }

        private bool End()
        {
            _next = _header.Length;
            return false;
        }
    }
}
