using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtcp;

/// <summary>
/// SDES with its one item that matters, CNAME (RFC 3550 section 6.5.1): streams with the same CNAME share a clock and are
/// played in step.
/// </summary>
/// <remarks>
/// <code>
/// |                             SSRC                              |   one chunk for each of count
/// | CNAME = 1     | length        | text ...      | 0, up to a word |
/// </code>
/// </remarks>
public static class SourceDescription
{
    private const byte End = 0;
    private const byte Cname = 1;

    /// <summary>The CNAME of a source; false when the packet is no SDES, has none for the source, or is malformed before it.</summary>
    public static bool TryGetCname(in RtcpPacket packet, uint ssrc, out ReadOnlySpan<byte> cname)
    {
        cname = default;
        if (packet.Type != RtcpType.SourceDescription) return false;
        var body = packet.Body;
        var at = 0;
        for (var chunks = packet.Count; chunks > 0; chunks--)
        {
            if (body.Length < at + 4) return false;
            var isOurs = BinaryPrimitives.ReadUInt32BigEndian(body[at..]) == ssrc;
            at += 4;
            while (true)
            {
                if (at >= body.Length) return false;
                if (body[at] == End) break;
                if (at + 1 >= body.Length || body[at + 1] > body.Length - at - 2) return false;
                if (isOurs && body[at] == Cname)
                {
                    cname = body.Slice(at + 2, body[at + 1]);
                    return true;
                }

                at += 2 + body[at + 1];
            }

            at = (at & ~3) + 4; // At least one zero, then up to the next word.
        }

        return false;
    }

    /// <summary>One chunk.</summary>
    /// <param name="cname">UTF-8, up to 255 bytes.</param>
    public static void Write(ref RtcpWriter writer, uint ssrc, scoped ReadOnlySpan<byte> cname)
    {
        // A longer one must not be cut silently, so it spoils the whole like anything that does not fit.
        var body = writer.Reserve(RtcpType.SourceDescription, cname.Length > byte.MaxValue ? int.MaxValue : 1, 4 + 2 + cname.Length + 1);
        if (body.IsEmpty) return;
        BinaryPrimitives.WriteUInt32BigEndian(body, ssrc);
        body[4] = Cname;
        body[5] = (byte)cname.Length;
        cname.CopyTo(body[6..]);
    }
}
