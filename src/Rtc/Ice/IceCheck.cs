using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Ice;

/// <summary>The credentials of both sides; the peer's may not be known yet.</summary>
internal sealed record IceSession(IceCredentials Local, IceCredentials? Remote)
{
    /// <summary>Is it the USERNAME of a check for us, <c>ours:theirs</c> (RFC 8445 section 7.3)?</summary>
    public bool IsFor(ReadOnlySpan<byte> username)
    {
        var ours = Local.UfragBytes;
        return username.Length > ours.Length && username[ours.Length] == ':' && username.StartsWith(ours)
            && (Remote is null || username[(ours.Length + 1)..].SequenceEqual(Remote.UfragBytes));
    }
}

/// <summary>
/// A connectivity check as its receiver sees it (RFC 8445 section 7.3, RFC 8489 section 9.1.3): is it authentic, and the answer.
/// </summary>
/// <remarks>
/// Errors are answered as the RFC has it, since a peer with old credentials learns from them. They are shorter than any check, carry
/// nothing that a guess could be tried against, and so serve neither as amplifier nor as oracle.
/// </remarks>
internal static class IceCheck
{
    // An honest peer sends none; see StunBinding.
    private const int MaxUnknown = 8;

    /// <param name="message">Any STUN message.</param>
    /// <param name="roleOfBoth">The attribute by which the peer would claim our own role.</param>
    /// <param name="first">A session whose checks are accepted.</param>
    /// <param name="second">Another one.</param>
    /// <param name="session">The one of the two that the check belongs to; null unless it is authentic.</param>
    /// <returns><see cref="IceOutcome.Accepted"/>, or why it is refused.</returns>
    public static IceOutcome Verify(in StunMessage message, StunAttributeType roleOfBoth, IceSession? first, IceSession? second, out IceSession? session)
    {
        session = null;
        if (message.Class != StunClass.Request || message.Method != StunMethod.Binding) return IceOutcome.Unexpected;
        if (!HasRightFingerprint(message)) return IceOutcome.WrongFingerprint;
        if (!message.TryGet(StunAttributeType.Username, out var username) || !message.TryGet(StunAttributeType.MessageIntegrity, out _))
            return IceOutcome.Unauthenticated;
        var meant = first?.IsFor(username) == true ? first : second?.IsFor(username) == true ? second : null;
        if (meant is null) return IceOutcome.WrongUsername;
        if (!StunIntegrity.Verify(message, meant.Local.Key)) return IceOutcome.WrongIntegrity;

        session = meant;
        foreach (var attribute in message)
            if (IsUnknown(attribute)) return IceOutcome.UnknownAttribute;
        return message.TryGet(roleOfBoth, out _) ? IceOutcome.RoleConflict : IceOutcome.Accepted;
    }

    /// <summary>Writes the answer for an outcome of <see cref="Verify"/>.</summary>
    /// <returns>Its length; 0: there is none, or <paramref name="response"/> is too small (128 bytes suffice).</returns>
    public static int Answer(in StunMessage message, IceOutcome outcome, IceSession? session, in Address source, Span<byte> response)
    {
        if (outcome is IceOutcome.Unexpected or IceOutcome.WrongFingerprint) return 0;
        var @class = outcome.IsAccepted() ? StunClass.Success : StunClass.Error;
        var writer = new StunWriter(response, @class, StunMethod.Binding, message.TransactionId);
        switch (outcome)
        {
            case IceOutcome.Unauthenticated:
                writer.AddErrorCode(400);
                break;
            case IceOutcome.WrongUsername or IceOutcome.WrongIntegrity:
                writer.AddErrorCode(401);
                break;
            case IceOutcome.UnknownAttribute:
                writer.AddErrorCode(420);
                AddUnknown(message, ref writer);
                break;
            case IceOutcome.RoleConflict:
                writer.AddErrorCode(487);
                break;
            default:
                writer.AddXorAddress(StunAttributeType.XorMappedAddress, source);
                break;
        }

        if (session is not null) writer.AddIntegrity(session.Local.Key);
        writer.AddFingerprint();
        writer.TryFinish(out var length);
        return length;
    }

    /// <summary>True as well when there is none: RFC 8445 section 7.1 asks for one, but some old peers send none.</summary>
    public static bool HasRightFingerprint(in StunMessage message) =>
        !message.TryGet(StunAttributeType.Fingerprint, out _) || StunIntegrity.VerifyFingerprint(message);

    private static void AddUnknown(in StunMessage message, ref StunWriter writer)
    {
        Span<StunAttributeType> unknown = stackalloc StunAttributeType[MaxUnknown];
        var count = 0;
        foreach (var attribute in message)
            if (IsUnknown(attribute) && count < MaxUnknown) unknown[count++] = attribute.Type;
        writer.AddUnknownAttributes(unknown[..count]);
    }

    private static bool IsUnknown(in StunAttribute attribute) => attribute.IsComprehensionRequired && attribute.Type is not
        (StunAttributeType.Username or StunAttributeType.MessageIntegrity or StunAttributeType.MessageIntegritySha256
        or StunAttributeType.Priority or StunAttributeType.UseCandidate);
}
