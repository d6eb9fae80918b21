namespace RtcHub.Rtc.Rtp;

/// <summary>
/// Redundant audio (RFC 2198 section 3): earlier frames ahead of the newest, the primary one. Whoever did not negotiate RED
/// is served the primary block alone.
/// </summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |1| payload type|  timestamp offset         |   block length    |   one for each redundant block
/// |0| payload type|                                                   the primary block: the rest
/// | redundant blocks ... | primary block
/// </code>
/// </remarks>
public static class Red
{
    private const byte Follows = 0x80;

    /// <summary>False when the headers contradict the length. The primary block may be empty.</summary>
    public static bool TryGetPrimary(ReadOnlySpan<byte> payload, out byte payloadType, out ReadOnlySpan<byte> primary)
    {
        payloadType = 0;
        primary = default;
        var (at, redundant) = (0, 0);
        while (at < payload.Length && (payload[at] & Follows) != 0)
        {
            if (payload.Length < at + 4) return false;
            redundant += (payload[at + 2] & 3) << 8 | payload[at + 3];
            at += 4;
        }

        if (at >= payload.Length || redundant > payload.Length - at - 1) return false;
        payloadType = payload[at];
        primary = payload[(at + 1 + redundant)..];
        return true;
    }
}
