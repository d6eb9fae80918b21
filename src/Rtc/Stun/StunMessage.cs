using System.Buffers.Binary;
using System.Text;

namespace RtcHub.Rtc.Stun;

/// <summary>
/// A view of a STUN message (RFC 8489 section 5) over the bytes of a datagram. <see cref="TryParse"/> checks the header and
/// the frame of every attribute once; after that nothing here can fail otherwise than by answering false.
/// </summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |0 0|  type: method and class   |  length without the header    |
/// |                     magic cookie 0x2112A442                   |
/// |                    transaction id (96 bits)                   |
/// |  attribute type               |  value length without padding |   repeated
/// |  value, padded to 32 bits                                     |
/// </code>
/// </remarks>
public readonly ref struct StunMessage
{
    /// <summary>Bytes.</summary>
    public const int HeaderLength = 20;

    /// <summary>Bytes.</summary>
    public const int TransactionIdLength = 12;

    internal const uint MagicCookie = 0x2112_A442;

    private StunMessage(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>The whole message, header included.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>12 bytes; ties a response to its request.</summary>
    public ReadOnlySpan<byte> TransactionId => Bytes.Slice(8, TransactionIdLength);

    // The two bits of the class lie between those of the method: M11-M7 C1 M6-M4 C0 M3-M0 (section 5, figure 3).
    private int Type => BinaryPrimitives.ReadUInt16BigEndian(Bytes);

    /// <summary>Request, indication, success or error.</summary>
    public StunClass Class => (StunClass)((Type >> 7 & 0b10) | (Type >> 4 & 0b01));

    /// <summary>May be a number without a name in the enum.</summary>
    public StunMethod Method => (StunMethod)((Type >> 2 & 0xF80) | (Type >> 1 & 0x070) | (Type & 0x00F));

    /// <summary>
    /// False unless the bytes are one whole message: two zero bits, magic cookie, a length that is the datagram's, and
    /// attributes that end where the message ends. Messages of RFC 3489 (no cookie) are refused.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out StunMessage message)
    {
        message = default;
        if (bytes.Length < HeaderLength || (bytes[0] & 0xC0) != 0) return false;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) != MagicCookie) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (length % 4 != 0 || length != bytes.Length - HeaderLength) return false;

        for (var at = HeaderLength; at < bytes.Length;)
        {
            var padded = Padded(BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]));
            if (padded > bytes.Length - at - 4) return false;
            at += 4 + padded;
        }

        message = new StunMessage(bytes);
        return true;
    }

    /// <summary>
    /// The attributes that count, in order. What stands behind MESSAGE-INTEGRITY is not protected by it and is left out
    /// (section 14.5), save the other integrity attribute and FINGERPRINT; nothing follows FINGERPRINT (section 14.7).
    /// </summary>
    public Enumerator GetEnumerator() => new(Bytes);

    /// <summary>The first attribute of the type: the one that counts (section 14).</summary>
    public bool TryGet(StunAttributeType type, out ReadOnlySpan<byte> value)
    {
        var found = TryFind(type, out var attribute);
        value = attribute.Value;
        return found;
    }

    internal bool TryFind(StunAttributeType type, out StunAttribute attribute)
    {
        foreach (var candidate in this)
        {
            if (candidate.Type != type) continue;
            attribute = candidate;
            return true;
        }

        attribute = default;
        return false;
    }

    /// <summary>MAPPED-ADDRESS, RESPONSE-ORIGIN, OTHER-ADDRESS (section 14.1).</summary>
    public bool TryGetAddress(StunAttributeType type, out Address address)
    {
        address = default;
        return TryGet(type, out var value) && value.Length >= 4
            && HasFamily(value) && Address.TryFromIp(value[4..], BinaryPrimitives.ReadUInt16BigEndian(value[2..]), out address);
    }

    /// <summary>XOR-MAPPED-ADDRESS and TURN's likes of it (section 14.2).</summary>
    public bool TryGetXorAddress(StunAttributeType type, out Address address)
    {
        address = default;
        if (!TryGet(type, out var value) || value.Length is not (8 or 20) || !HasFamily(value)) return false;
        Span<byte> ip = stackalloc byte[16];
        ip = ip[..(value.Length - 4)];
        value[4..].CopyTo(ip);
        Mask(ip);
        return Address.TryFromIp(ip, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ MagicCookie >> 16), out address);
    }

    /// <summary>PRIORITY, LIFETIME and other attributes of exactly 4 bytes.</summary>
    public bool TryGetUInt32(StunAttributeType type, out uint number)
    {
        number = 0;
        return TryGet(type, out var value) && value.Length == 4 && BinaryPrimitives.TryReadUInt32BigEndian(value, out number);
    }

    /// <summary>ICE-CONTROLLING and ICE-CONTROLLED: the tie-breaker, 8 bytes.</summary>
    public bool TryGetUInt64(StunAttributeType type, out ulong number)
    {
        number = 0;
        return TryGet(type, out var value) && value.Length == 8 && BinaryPrimitives.TryReadUInt64BigEndian(value, out number);
    }

    /// <summary>ERROR-CODE, 300-699 (section 14.8); the reason phrase is the rest of the attribute.</summary>
    public bool TryGetErrorCode(out int code)
    {
        code = 0;
        if (!TryGet(StunAttributeType.ErrorCode, out var value) || value.Length < 4) return false;
        var (hundreds, number) = (value[2] & 0b111, value[3]);
        if (hundreds is < 3 or > 6 || number > 99) return false;
        code = hundreds * 100 + number;
        return true;
    }

    /// <summary>USERNAME, REALM, NONCE, SOFTWARE: text in UTF-8. Allocates the string.</summary>
    public bool TryGetText(StunAttributeType type, out string text)
    {
        var found = TryGet(type, out var value);
        text = Encoding.UTF8.GetString(value);
        return found;
    }

    // XOR with the 16 bytes of cookie and transaction id, which lie side by side in the header; IPv4 takes the cookie alone.
    private void Mask(Span<byte> ip)
    {
        for (var i = 0; i < ip.Length; i++) ip[i] ^= Bytes[4 + i];
    }

    private static bool HasFamily(ReadOnlySpan<byte> value) => (value[1], value.Length) is (0x01, 8) or (0x02, 20);

    internal static int Padded(int length) => (length + 3) & ~3;

    /// <summary>Walks the attributes of a message that parsed.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private int _next;
        private StunAttributeType _protectedBy;

        internal Enumerator(ReadOnlySpan<byte> bytes)
        {
            _bytes = bytes;
            _next = HeaderLength;
        }

        /// <summary>The attribute last moved to.</summary>
        public StunAttribute Current { get; private set; }

        /// <summary>False at the end.</summary>
        public bool MoveNext()
        {
            while (_next < _bytes.Length)
            {
                var at = _next;
                var type = (StunAttributeType)BinaryPrimitives.ReadUInt16BigEndian(_bytes[at..]);
                int length = BinaryPrimitives.ReadUInt16BigEndian(_bytes[(at + 2)..]);
                _next = at + 4 + Padded(length);
                if (!Counts(type)) continue;
                if (IsProtection(type)) _protectedBy = type;
                Current = new StunAttribute(type, _bytes.Slice(at + 4, length), at);
                return true;
            }

            return false;
        }

        private readonly bool Counts(StunAttributeType type) => _protectedBy switch
        {
            StunAttributeType.MessageIntegrity => type is StunAttributeType.MessageIntegritySha256 or StunAttributeType.Fingerprint,
            StunAttributeType.MessageIntegritySha256 => type is StunAttributeType.Fingerprint,
            StunAttributeType.Fingerprint => false,
            _ => true,
        };

        private static bool IsProtection(StunAttributeType type) =>
            type is StunAttributeType.MessageIntegrity or StunAttributeType.MessageIntegritySha256 or StunAttributeType.Fingerprint;
    }
}
