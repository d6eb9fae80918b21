namespace RtcHub.Sfu.Routing;

/// <summary>Why a packet went no further; a counter stands behind each, in and out.</summary>
internal enum DropReason : byte
{
    /// <summary>It was not dropped.</summary>
    None,

    // On the way in: transports.

    /// <summary>Neither STUN, DTLS, RTP nor RTCP (RFC 7983), or not well-formed.</summary>
    Malformed,

    /// <summary>From an address that no transport has proved to own.</summary>
    UnknownSource,

    /// <summary>A STUN request that names no transport of ours.</summary>
    UnknownUfrag,

    /// <summary>A STUN message whose integrity does not hold.</summary>
    StunIntegrity,

    /// <summary>Media before there are keys, or after the transport was closed.</summary>
    NotConnected,

    /// <summary>The SRTP tag is wrong.</summary>
    SrtpAuth,

    /// <summary>The SRTP index came before.</summary>
    SrtpReplay,

    /// <summary>The SRTP index is behind the replay window.</summary>
    SrtpTooOld,

    /// <summary>One transport sends more SSRCs than anybody needs.</summary>
    TooManySources,

    // On the way in: tracks.

    /// <summary>Neither its SSRC nor its mid and rid belong to a track.</summary>
    UnknownSsrc,

    /// <summary>A payload type that was not negotiated.</summary>
    UnknownPayloadType,

    /// <summary>Padding only, or a retransmission without a packet in it: a probe for bandwidth.</summary>
    Padding,

    /// <summary>It is in the cache already.</summary>
    Duplicate,

    /// <summary>So late that the cache or the rewriter remembers nothing of its time.</summary>
    TooOld,

    /// <summary>Longer than the cache takes or than a datagram holds.</summary>
    TooLarge,

    /// <summary>The track is muted by the control API.</summary>
    Muted,

    // On the way out: slots.

    /// <summary>The slot is paused, or its source is not wanted.</summary>
    Paused,

    /// <summary>The source is wanted, but a decoder cannot start before its next keyframe.</summary>
    NotKeyframe,

    /// <summary>From before the slot switched to this source, or from a source that it has left.</summary>
    LateAfterSwitch,

    /// <summary>Of a spatial or temporal layer that the subscriber does not get.</summary>
    UnwantedLayer,

    /// <summary>The subscriber did not negotiate this codec.</summary>
    CodecMismatch,

    /// <summary>The subscriber's transport has no keys yet.</summary>
    NoTransport,

    /// <summary>The socket did not take it.</summary>
    SendFailed,
}
