namespace RtcHub.Rtc.Stun;

/// <summary>Class of a message, RFC 8489 section 5.</summary>
public enum StunClass
{
    /// <summary>Wants a response.</summary>
    Request = 0,

    /// <summary>Wants none.</summary>
    Indication = 1,

    /// <summary>Success response.</summary>
    Success = 2,

    /// <summary>Error response.</summary>
    Error = 3,
}

/// <summary>Methods of STUN (RFC 8489 section 18.2) and TURN (RFC 8656 section 17) that are named here; others are just numbers, 0-0xFFF.</summary>
public enum StunMethod
{
    /// <summary>Tells the sender the address it was seen at; ICE's connectivity check, too.</summary>
    Binding = 0x001,

    /// <summary>TURN: asks for a relayed address.</summary>
    Allocate = 0x003,

    /// <summary>TURN: keeps or (lifetime 0) ends an allocation.</summary>
    Refresh = 0x004,
}

/// <summary>
/// Attribute types. Below 0x8000 the receiver must understand an attribute or refuse the request
/// (comprehension-required, RFC 8489 section 14); above it may ignore it.
/// </summary>
public enum StunAttributeType : ushort
{
    /// <summary>RFC 8489 section 14.1.</summary>
    MappedAddress = 0x0001,

    /// <summary>RFC 8489 section 14.3.</summary>
    Username = 0x0006,

    /// <summary>HMAC-SHA1, RFC 8489 section 14.5.</summary>
    MessageIntegrity = 0x0008,

    /// <summary>RFC 8489 section 14.8.</summary>
    ErrorCode = 0x0009,

    /// <summary>RFC 8489 section 14.13.</summary>
    UnknownAttributes = 0x000A,

    /// <summary>TURN, seconds, RFC 8656 section 18.2.</summary>
    Lifetime = 0x000D,

    /// <summary>RFC 8489 section 14.9.</summary>
    Realm = 0x0014,

    /// <summary>RFC 8489 section 14.10.</summary>
    Nonce = 0x0015,

    /// <summary>TURN, RFC 8656 section 18.5.</summary>
    XorRelayedAddress = 0x0016,

    /// <summary>TURN, RFC 8656 section 18.8.</summary>
    RequestedTransport = 0x0019,

    /// <summary>HMAC-SHA256, RFC 8489 section 14.6.</summary>
    MessageIntegritySha256 = 0x001C,

    /// <summary>RFC 8489 section 14.12.</summary>
    PasswordAlgorithm = 0x001D,

    /// <summary>RFC 8489 section 14.4.</summary>
    UserHash = 0x001E,

    /// <summary>RFC 8489 section 14.2.</summary>
    XorMappedAddress = 0x0020,

    /// <summary>ICE, RFC 8445 section 7.1.1.</summary>
    Priority = 0x0024,

    /// <summary>ICE, RFC 8445 section 7.1.2.</summary>
    UseCandidate = 0x0025,

    /// <summary>RFC 8489 section 14.14.</summary>
    Software = 0x8022,

    /// <summary>RFC 8489 section 14.7.</summary>
    Fingerprint = 0x8028,

    /// <summary>ICE, RFC 8445 section 7.1.3.</summary>
    IceControlled = 0x8029,

    /// <summary>ICE, RFC 8445 section 7.1.3.</summary>
    IceControlling = 0x802A,

    /// <summary>RFC 5780 section 7.3.</summary>
    ResponseOrigin = 0x802B,

    /// <summary>RFC 5780 section 7.4.</summary>
    OtherAddress = 0x802C,
}

/// <summary>One attribute as it stands in a message: type and value without padding.</summary>
#pragma warning disable CA1711 // "Attribute" is the RFC's word.
public readonly ref struct StunAttribute
#pragma warning restore CA1711
{
    internal StunAttribute(StunAttributeType type, ReadOnlySpan<byte> value, int offset)
    {
        Type = type;
        Value = value;
        Offset = offset;
    }

    /// <summary>Any 16-bit number, named in the enum or not.</summary>
    public StunAttributeType Type { get; }

    /// <summary>Without the padding.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Where the attribute's own header starts, from the start of the message.</summary>
    internal int Offset { get; }

    /// <summary>A receiver that does not understand this one refuses the request with 420.</summary>
    public bool IsComprehensionRequired => (ushort)Type < 0x8000;
}
