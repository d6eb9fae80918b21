namespace RtcHub.Rtc.Sdp;

/// <summary>What is wrong with a description.</summary>
public enum SdpErrorCode
{
    /// <summary>More than is read: the text, a line, or so many of one kind.</summary>
    TooLarge,

    /// <summary>A line that is not <c>x=value</c>, or one that has to be there is missing (RFC 8866 section 5).</summary>
    Syntax,

    /// <summary>A value that is not what its line asks for.</summary>
    Value,

    /// <summary>Says otherwise what was said before and can be said only once.</summary>
    Contradiction,

    /// <summary>Well-formed, and yet no offer or answer that media can flow on (RFC 9429): something is missing or does not fit.</summary>
    Unusable,

    /// <summary>Nothing is wrong with it, but nothing of it can be served: no codec in common, for example.</summary>
    Unsupported,
}

/// <summary>Why a description was refused, for the person who made it.</summary>
/// <param name="Code">The kind.</param>
/// <param name="Line">The line, counted from 1; 0 when it is about the meaning of the whole (<see cref="OfferAnswer"/>).</param>
/// <param name="Text">The line itself, cut to <see cref="MaxText"/> characters.</param>
/// <param name="Why">A sentence.</param>
public sealed record SdpError(SdpErrorCode Code, int Line, string Text, string Why)
{
    /// <summary>Characters of a line that are shown.</summary>
    public const int MaxText = 80;

    /// <summary>All in one sentence.</summary>
    public override string ToString() => Line == 0 ? Why : $"Line {Line} of the SDP, '{Text}': {Why}";
}
