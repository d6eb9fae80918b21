namespace RtcHub.Sfu.Transports;

/// <summary>Why a transport was closed; a counter stands behind each.</summary>
public enum CloseReason
{
    /// <summary>Somebody asked for it.</summary>
    Requested,

    /// <summary>The client said goodbye (DTLS close_notify).</summary>
    PeerClosed,

    /// <summary>The client never came, or never finished its handshake.</summary>
    ConnectTimeout,

    /// <summary>No consent for 30 s (RFC 7675 section 5.1).</summary>
    ConsentExpired,

    /// <summary>The handshake failed.</summary>
    HandshakeFailed,

    /// <summary>The certificate is not the one of the SDP (RFC 8122 section 6).</summary>
    WrongFingerprint,

    /// <summary>An exception in our own code: a bug.</summary>
    InternalError,

    /// <summary>The service stops.</summary>
    Shutdown,
}
