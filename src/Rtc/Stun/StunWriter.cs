using System.Buffers.Binary;
using System.Text;

namespace RtcHub.Rtc.Stun;

/// <summary>
/// Writes a STUN message into a span. An attribute that does not fit (or a value longer than 65,535 bytes) spoils the
/// message: the calls after it do nothing and <see cref="TryFinish"/> says false, so that there is one place to check.
/// </summary>
public ref struct StunWriter
{
    private readonly Span<byte> _buffer;
    private int _length;

    /// <param name="buffer">Where the message goes; at least 20 bytes.</param>
    /// <param name="class">Request, indication, success or error.</param>
    /// <param name="method">0-0xFFF.</param>
    /// <param name="transactionId">12 bytes: random for a request, the request's own for its response.</param>
    public StunWriter(Span<byte> buffer, StunClass @class, StunMethod method, scoped ReadOnlySpan<byte> transactionId)
    {
        _buffer = buffer;
        if (buffer.Length < StunMessage.HeaderLength || transactionId.Length != StunMessage.TransactionIdLength)
        {
            _length = -1;
            return;
        }

        var (c, m) = ((int)@class, (int)method);
        var type = (m & 0xF80) << 2 | (c & 0b10) << 7 | (m & 0x070) << 1 | (c & 0b01) << 4 | m & 0x00F;
        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[2..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], StunMessage.MagicCookie);
        transactionId.CopyTo(buffer[8..]);
        _length = StunMessage.HeaderLength;
    }

    /// <summary>The message is whole; <paramref name="length"/> is its length in bytes, 0 when it did not fit.</summary>
    public readonly bool TryFinish(out int length)
    {
        length = Math.Max(_length, 0);
        return _length >= 0;
    }

    /// <summary>Any attribute by its bytes; an empty value is fine (USE-CANDIDATE).</summary>
    public void Add(StunAttributeType type, scoped ReadOnlySpan<byte> value = default) => value.TryCopyTo(Reserve(type, value.Length));

    /// <summary>USERNAME, REALM, NONCE, SOFTWARE.</summary>
    public void AddText(StunAttributeType type, string text)
    {
        var value = Reserve(type, Encoding.UTF8.GetByteCount(text));
        if (!value.IsEmpty) Encoding.UTF8.GetBytes(text, value);
    }

    /// <summary>PRIORITY, LIFETIME.</summary>
    public void AddUInt32(StunAttributeType type, uint number) => BinaryPrimitives.TryWriteUInt32BigEndian(Reserve(type, 4), number);

    /// <summary>ICE-CONTROLLING, ICE-CONTROLLED.</summary>
    public void AddUInt64(StunAttributeType type, ulong number) => BinaryPrimitives.TryWriteUInt64BigEndian(Reserve(type, 8), number);

    /// <summary>RFC 8489 section 14.1.</summary>
    public void AddAddress(StunAttributeType type, in Address address) => WriteAddress(type, address, masked: false);

    /// <summary>RFC 8489 section 14.2: hidden from NATs that rewrite every address they recognise.</summary>
    public void AddXorAddress(StunAttributeType type, in Address address) => WriteAddress(type, address, masked: true);

    /// <summary>RFC 8489 section 14.8; <paramref name="code"/> 300-699.</summary>
    public void AddErrorCode(int code, scoped ReadOnlySpan<byte> reason = default)
    {
        var value = Reserve(StunAttributeType.ErrorCode, 4 + reason.Length);
        if (value.IsEmpty) return;
        BinaryPrimitives.WriteUInt16BigEndian(value, 0);
        value[2] = (byte)(code / 100);
        value[3] = (byte)(code % 100);
        reason.CopyTo(value[4..]);
    }

    /// <summary>RFC 8489 section 14.13.</summary>
    public void AddUnknownAttributes(scoped ReadOnlySpan<StunAttributeType> types)
    {
        var value = Reserve(StunAttributeType.UnknownAttributes, 2 * types.Length);
        for (var i = 0; i < types.Length && !value.IsEmpty; i++)
            BinaryPrimitives.WriteUInt16BigEndian(value[(2 * i)..], (ushort)types[i]);
    }

    /// <summary>MESSAGE-INTEGRITY over all that was added so far.</summary>
    public void AddIntegrity(scoped ReadOnlySpan<byte> key)
    {
        var message = _buffer[..Math.Max(_length, 0)];
        var value = Reserve(StunAttributeType.MessageIntegrity, StunIntegrity.Sha1Length);
        if (!value.IsEmpty) StunIntegrity.Sha1(key, message, value);
    }

    /// <summary>MESSAGE-INTEGRITY-SHA256, not truncated, over all that was added so far.</summary>
    public void AddIntegritySha256(scoped ReadOnlySpan<byte> key)
    {
        var message = _buffer[..Math.Max(_length, 0)];
        var value = Reserve(StunAttributeType.MessageIntegritySha256, StunIntegrity.Sha256Length);
        if (!value.IsEmpty) StunIntegrity.Sha256(key, message, value);
    }

    /// <summary>FINGERPRINT; add it last.</summary>
    public void AddFingerprint()
    {
        var message = _buffer[..Math.Max(_length, 0)];
        var value = Reserve(StunAttributeType.Fingerprint, 4);
        if (!value.IsEmpty) BinaryPrimitives.WriteUInt32BigEndian(value, StunIntegrity.Fingerprint(message));
    }

    private void WriteAddress(StunAttributeType type, in Address address, bool masked)
    {
        var value = Reserve(type, address.IsIPv4 ? 8 : 20);
        if (value.IsEmpty) return;
        value[0] = 0;
        value[1] = (byte)(address.IsIPv4 ? 0x01 : 0x02);
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], address.Port);
        address.WriteIp(value[4..]);
        if (!masked) return;
        value[2] ^= _buffer[4];
        value[3] ^= _buffer[5];
        for (var i = 4; i < value.Length; i++) value[i] ^= _buffer[i];
    }

    /// <summary>
    /// Writes the attribute's header and zero padding, counts it in the message's length, and gives the room for its value:
    /// empty when there is none. The length is right at once because integrity and fingerprint cover it (sections 14.5-14.7).
    /// </summary>
    private Span<byte> Reserve(StunAttributeType type, int valueLength)
    {
        var padded = StunMessage.Padded(valueLength);
        if (_length < 0 || valueLength > ushort.MaxValue || padded > _buffer.Length - _length - 4
            || _length + 4 + padded - StunMessage.HeaderLength > ushort.MaxValue)
        {
            _length = -1;
            return default;
        }

        var attribute = _buffer.Slice(_length, 4 + padded);
        BinaryPrimitives.WriteUInt16BigEndian(attribute, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(attribute[2..], (ushort)valueLength);
        attribute[(4 + valueLength)..].Clear();
        _length += attribute.Length;
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[2..], (ushort)(_length - StunMessage.HeaderLength));
        return attribute.Slice(4, valueLength);
    }
}
