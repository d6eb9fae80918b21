namespace RtcHub.Rtc.Rtp;

/// <summary>What shares one UDP port of a WebRTC endpoint (RFC 7983 section 7).</summary>
public enum DatagramKind : byte
{
    /// <summary>None of these, QUIC among them (RFC 9443).</summary>
    Unknown,

    /// <summary>RFC 8489.</summary>
    Stun,

    /// <summary>RFC 6189; nobody here speaks it.</summary>
    Zrtp,

    /// <summary>RFC 6347.</summary>
    Dtls,

    /// <summary>TURN's ChannelData, RFC 8656 section 12.4.</summary>
    TurnChannel,

    /// <summary>RTP or SRTP.</summary>
    Rtp,

    /// <summary>RTCP or SRTCP.</summary>
    Rtcp,
}

/// <summary>
/// Tells the protocols of one port apart by a datagram's first byte (RFC 7983 section 7), and RTCP from RTP by its second
/// (RFC 5761 section 4): both stay readable when the rest is encrypted.
/// </summary>
/// <remarks>
/// <code>
///                 +----------------+
///                 |        [0..3] -+--> STUN
///                 |      [16..19] -+--> ZRTP
///  first byte --> |      [20..63] -+--> DTLS
///                 |      [64..79] -+--> TURN channel
///                 |    [128..191] -+--> RTP, or RTCP when the second byte is in [192..223]
///                 +----------------+
/// </code>
/// </remarks>
public static class Datagram
{
    /// <summary>Looks at two bytes: what is inside may still be anything.</summary>
    public static DatagramKind Classify(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < 2) return DatagramKind.Unknown;
        return datagram[0] switch
        {
            >= 128 and <= 191 => datagram[1] is >= 192 and <= 223 ? DatagramKind.Rtcp : DatagramKind.Rtp,
            <= 3 => DatagramKind.Stun,
            >= 20 and <= 63 => DatagramKind.Dtls,
            >= 16 and <= 19 => DatagramKind.Zrtp,
            >= 64 and <= 79 => DatagramKind.TurnChannel,
            _ => DatagramKind.Unknown,
        };
    }
}
