namespace RtcHub.Rtc.Sdp;

/// <summary>What is wrong with a description.</summary>
public enum SdpErrorCode
{
    /// <summary>Longer than is read: the text, a line, or the number of sections or attributes.</summary>
    TooLarge,

    /// <summary>A line that is not <c>x=value</c>, or one that has to be there first is missing (RFC 8866 section 5).</summary>
    Syntax,

    /// <summary>A value that is not what its line asks for.</summary>
    Value,

    /// <summary>Well-formed, and not what WebRTC needs (RFC 8829): no ICE credentials, no fingerprint, no rtcp-mux.</summary>
    Unusable,
}

/// <summary>Why a description was refused, in words for the person who made it.</summary>
/// <param name="Code">The kind.</param>
/// <param name="Line">The line, counted from 1; 0 when it is about the whole.</param>
/// <param name="Text">The line itself, cut to 80 characters.</param>
/// <param name="Why">A sentence.</param>
public sealed record SdpError(SdpErrorCode Code, int Line, string Text, string Why)
{
    /// <inheritdoc/>
    public override string ToString() => Line == 0 ? Why : $"Line {Line} of the SDP, '{Text}': {Why}";
}
