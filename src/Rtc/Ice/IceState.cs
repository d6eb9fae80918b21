namespace RtcHub.Rtc.Ice;

/// <summary>Where an agent stands with its peer.</summary>
public enum IceState : byte
{
    /// <summary>Nothing authentic came from the peer yet.</summary>
    New,

    /// <summary>A path works, none is nominated.</summary>
    Checking,

    /// <summary>A path is nominated.</summary>
    Connected,

    /// <summary>No path was nominated in time.</summary>
    Failed,

    /// <summary>The peer's consent to be sent to is too old (RFC 7675 section 5.1).</summary>
    Expired,
}

/// <summary>What became of a STUN message.</summary>
public enum IceOutcome : byte
{
    /// <summary>Authentic; nothing changed.</summary>
    Accepted,

    /// <summary>Authentic, and the source is a path of this session from now on.</summary>
    PathAdded,

    /// <summary>Authentic, and the path to send on is another one than before; the source may be new, too.</summary>
    PathSelected,

    /// <summary>Refused: not a Binding request, or a response to no request of ours. No answer.</summary>
    Unexpected,

    /// <summary>Refused: FINGERPRINT does not fit, so these bytes may not be STUN at all. No answer.</summary>
    WrongFingerprint,

    /// <summary>Refused: USERNAME or MESSAGE-INTEGRITY is missing. Answered with 400.</summary>
    Unauthenticated,

    /// <summary>Refused: USERNAME is of another session. Answered with 401.</summary>
    WrongUsername,

    /// <summary>Refused: MESSAGE-INTEGRITY is of another password, or the message was changed. Answered with 401.</summary>
    WrongIntegrity,

    /// <summary>Refused: an attribute that must be understood and is not. Answered with 420.</summary>
    UnknownAttribute,

    /// <summary>Refused: the peer claims our role. Answered with 487.</summary>
    RoleConflict,

    /// <summary>Refused: the session has failed or expired. No answer.</summary>
    Closed,
}

/// <summary>Questions about <see cref="IceOutcome"/>.</summary>
public static class IceOutcomes
{
    /// <summary>The message was authentic.</summary>
    public static bool IsAccepted(this IceOutcome outcome) => outcome <= IceOutcome.PathSelected;
}
