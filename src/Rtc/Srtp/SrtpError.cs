namespace RtcHub.Rtc.Srtp;

/// <summary>Why a packet was not opened.</summary>
public enum SrtpError
{
    /// <summary>It was.</summary>
    None,

    /// <summary>Not RTP or RTCP of version 2, or too short for header, tag and index.</summary>
    Malformed,

    /// <summary>The tag is wrong: another key, or somebody changed a bit.</summary>
    AuthenticationFailed,

    /// <summary>The index has been seen.</summary>
    Replayed,

    /// <summary>The index is behind the replay window, so nobody knows whether it has been seen.</summary>
    TooOld,

    /// <summary>A further SSRC, but as many as are allowed have sent already.</summary>
    TooManySources,
}
