namespace RtcHub.Rtc.Stun;

/// <summary>
/// A plain Binding request and its response: the whole of a STUN server without authentication (RFC 8489 sections 6.3.1
/// and 12). Two ports that answer so are enough to see a NAT's mapping behaviour.
/// </summary>
public static class StunBinding
{
    /// <summary>
    /// No response is longer than its request by more than this: whoever forges a source address gains next to nothing.
    /// It is the size of XOR-MAPPED-ADDRESS with IPv6; SOFTWARE and reason phrases are left out for its sake.
    /// </summary>
    public const int MaxGrowth = 24;

    // An honest client sends one or two attributes that we do not know; listing more serves nobody.
    private const int MaxUnknown = 8;

    /// <summary>
    /// Writes the response to send back to <paramref name="source"/>. False: send nothing, because the bytes are no Binding
    /// request (responses and indications are never answered, so two servers cannot be set to answer each other), the
    /// FINGERPRINT is wrong (section 6.3), or <paramref name="response"/> is too small (128 bytes suffice).
    /// </summary>
    public static bool TryRespond(ReadOnlySpan<byte> request, in Address source, Span<byte> response, out int length)
    {
        length = 0;
        if (!StunMessage.TryParse(request, out var message)) return false;
        if (message.Class != StunClass.Request || message.Method != StunMethod.Binding) return false;

        Span<StunAttributeType> unknown = stackalloc StunAttributeType[MaxUnknown];
        var (unknownCount, hasFingerprint) = (0, false);
        foreach (var attribute in message)
        {
            if (attribute.Type == StunAttributeType.Fingerprint) hasFingerprint = true;
            if (attribute.IsComprehensionRequired && !IsUnderstood(attribute.Type) && unknownCount < MaxUnknown)
                unknown[unknownCount++] = attribute.Type;
        }

        if (hasFingerprint && !StunIntegrity.VerifyFingerprint(message)) return false;

        var writer = new StunWriter(response, unknownCount > 0 ? StunClass.Error : StunClass.Success, StunMethod.Binding, message.TransactionId);
        if (unknownCount > 0)
        {
            writer.AddErrorCode(420);
            writer.AddUnknownAttributes(unknown[..unknownCount]);
        }
        else
        {
            writer.AddXorAddress(StunAttributeType.XorMappedAddress, source);
        }

        if (hasFingerprint) writer.AddFingerprint();
        return writer.TryFinish(out length);
    }

    /// <summary>
    /// The attributes of STUN and ICE that a client may send along and that change nothing about the answer of a server which
    /// asks for no credentials. Not among them, thus refused with 420: CHANGE-REQUEST and RESPONSE-PORT (RFC 5780 sections
    /// 7.2 and 7.5), which would have us send to where no request came from.
    /// </summary>
    private static bool IsUnderstood(StunAttributeType type) => type is
        StunAttributeType.MappedAddress or StunAttributeType.XorMappedAddress
        or StunAttributeType.ErrorCode or StunAttributeType.UnknownAttributes
        or StunAttributeType.Username or StunAttributeType.UserHash
        or StunAttributeType.Realm or StunAttributeType.Nonce or StunAttributeType.PasswordAlgorithm
        or StunAttributeType.MessageIntegrity or StunAttributeType.MessageIntegritySha256
        or StunAttributeType.Priority or StunAttributeType.UseCandidate;
}
