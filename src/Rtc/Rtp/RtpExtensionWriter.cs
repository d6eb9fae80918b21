using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>
/// Writes the extension block behind a header (RFC 8285): in the one-byte form as long as every element fits into it, and
/// from the first that does not, in the two-byte form. An element that does not fit into the packet spoils the block: the calls
/// after it do nothing and <see cref="TryFinish"/> says false, so that there is one place to check.
/// </summary>
public ref struct RtpExtensionWriter
{
    private readonly Span<byte> _packet;
    private readonly int _block;
    private int _end;
    private bool _isTwoByte;

    /// <param name="packet">Starts with a header as <see cref="RtpHeader.TryWrite"/> left it, CSRCs may follow; the block goes behind it.</param>
    public RtpExtensionWriter(Span<byte> packet)
    {
        _packet = packet;
        _block = RtpHeader.FixedLength + 4 * (packet[0] & 0x0F);
        _end = _block + 4;
    }

    /// <summary>Adds an element; one with the id 0 (not negotiated) is left out.</summary>
    public void Add(int id, scoped ReadOnlySpan<byte> value)
    {
        var element = Reserve(id, value.Length);
        if (!element.IsEmpty) value.CopyTo(element);
    }

    /// <summary>
    /// Adds an element and gives the room for its value, to be filled before the next call; empty when the id is 0 (not
    /// negotiated) or there is no room.
    /// </summary>
    /// <param name="id">0-255.</param>
    /// <param name="length">Bytes, 0-255.</param>
    public Span<byte> Reserve(int id, int length)
    {
        if (id == 0 || _end < 0) return default;
        if (!_isTwoByte && (id >= RtpExtensions.Reserved || length is 0 or > 16)) Widen();
        var header = _isTwoByte ? 2 : 1;
        if (_end < 0 || id > byte.MaxValue || length > byte.MaxValue || length > _packet.Length - _end - header)
        {
            _end = -1;
            return default;
        }

        _packet[_end] = (byte)(_isTwoByte ? id : id << 4 | length - 1);
        if (_isTwoByte) _packet[_end + 1] = (byte)length;
        var value = _packet.Slice(_end + header, length);
        _end += header + length;
        return value;
    }

    /// <summary>
    /// Pads the block, writes its length and the X bit; <paramref name="headerLength"/> is where the payload starts. Without
    /// elements there is no block. False when something did not fit: the header is then as if nothing had been added.
    /// </summary>
    public readonly bool TryFinish(out int headerLength)
    {
        headerLength = _block;
        if (_end == _block + 4) return true;
        var end = _end + 3 & ~3;
        if (_end < 0 || end > _packet.Length) return false;
        _packet[_end..end].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(_packet[_block..], _isTwoByte ? RtpExtensions.TwoByte : RtpExtensions.OneByte);
        BinaryPrimitives.WriteUInt16BigEndian(_packet[(_block + 2)..], (ushort)((end - _block) / 4 - 1));
        _packet[0] |= RtpHeader.ExtensionBit;
        headerLength = end;
        return true;
    }

    // Opens a gap of one byte behind the header of each element that is there. Rare: ids above 14, texts beyond 16 bytes.
    private void Widen()
    {
        _isTwoByte = true;
        for (var at = _block + 4; at < _end;)
        {
            if (_end == _packet.Length)
            {
                _end = -1;
                return;
            }

            var (id, length) = (_packet[at] >> 4, (_packet[at] & 0x0F) + 1);
            _packet[(at + 1).._end].CopyTo(_packet[(at + 2)..]);
            _packet[at] = (byte)id;
            _packet[at + 1] = (byte)length;
            _end++;
            at += 2 + length;
        }
    }
}
