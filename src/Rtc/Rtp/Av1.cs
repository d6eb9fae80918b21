namespace RtcHub.Rtc.Rtp;

/// <summary>
/// AV1's aggregation header and the headers of the OBUs behind it (RTP Payload Format For AV1, section 4.4; AV1 specification
/// section 5.3.2). With the dependency descriptor negotiated it is the better source; this is for senders without.
/// </summary>
/// <remarks>
/// <code>
///  0 1 2 3 4 5 6 7
/// |Z|Y| W |N|-|-|-|   Z: the first element continues an OBU   Y: the last one goes on in the next packet
///                     W: elements, the last one without length; 0: any number, each with its length   N: a coded sequence starts
/// |F| type  |X|S|-|   header of an OBU   X: the next byte is there   S: has a size of its own
/// | TID |SID|-|-|-|
/// </code>
/// </remarks>
public static class Av1
{
    private const byte Continues = 0x80;
    private const byte NewSequence = 0x08;
    private const int SequenceHeader = 1;
    private const int FrameHeader = 3;
    private const int Frame = 6;
    private const byte HasSize = 0x02;

    /// <summary>False when the lengths of the elements contradict that of the payload.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PayloadInfo info)
    {
        info = default;
        if (payload.Length < 2) return false;
        var aggregation = payload[0];
        var (continues, count) = ((aggregation & Continues) != 0, aggregation >> 4 & 3);
        var newSequence = (aggregation & NewSequence) != 0;
        if (newSequence && continues) return false; // A sequence starts with an OBU's start.

        var (keyframe, frame, hasLayers, layers) = (newSequence, false, false, 0);
        var rest = payload[1..];
        for (var i = 1; count == 0 ? !rest.IsEmpty : i <= count; i++)
        {
            if (!TryTakeElement(ref rest, hasLength: count != i, out var element)) return false;
            if (element.IsEmpty || (i == 1 && continues)) continue;
            var type = element[0] >> 3 & 0x0F;
            keyframe |= type == SequenceHeader;
            frame |= type is FrameHeader or Frame;
            if (hasLayers || (element[0] & 0x04) == 0 || element.Length < 2) continue;
            (hasLayers, layers) = (true, element[1]);
        }

        info = new PayloadInfo
        {
            IsKeyframeStart = keyframe,
            StartOfFrame = keyframe || frame,
            HasLayers = hasLayers,
            TemporalLayer = (byte)(layers >> 5),
            SpatialLayer = (byte)(layers >> 3 & 3),
        };
        return true;
    }

    /// <summary>The size of the pictures, if a sequence header is in the packet.</summary>
    internal static bool TryReadSize(ReadOnlySpan<byte> payload, out FrameSize size)
    {
        size = default;
        if (payload.Length < 2) return false;
        var count = payload[0] >> 4 & 3;
        var rest = payload[1..];
        for (var i = 1; count == 0 ? !rest.IsEmpty : i <= count; i++)
        {
            if (!TryTakeElement(ref rest, hasLength: count != i, out var element)) return false;
            if (element.IsEmpty || (element[0] >> 3 & 0x0F) != SequenceHeader || (i == 1 && (payload[0] & Continues) != 0)) continue;
            var at = 1 + (element[0] >> 2 & 1);
            if ((element[0] & HasSize) != 0 && TryReadLeb128(element[Math.Min(at, element.Length)..], out _, out var length)) at += length;
            return at < element.Length && Av1Sequence.TryReadSize(element[at..], out size);
        }

        return false;
    }

    private static bool TryTakeElement(ref ReadOnlySpan<byte> rest, bool hasLength, out ReadOnlySpan<byte> element)
    {
        var (length, at) = (rest.Length, 0);
        element = default;
        if (hasLength && !TryReadLeb128(rest, out length, out at)) return false;
        if (length > rest.Length - at) return false;
        element = rest.Slice(at, length);
        rest = rest[(at + length)..];
        return true;
    }

    // AV1 specification section 4.10.5. No length within a datagram takes more than three bytes; padded ones may.
    private static bool TryReadLeb128(ReadOnlySpan<byte> bytes, out int value, out int length)
    {
        (value, length) = (0, 0);
        while (length < Math.Min(bytes.Length, 8))
        {
            var part = bytes[length] & 0x7F;
            if (length > 3 && part != 0) return false;
            if (length <= 3) value |= part << 7 * length;
            if ((bytes[length++] & 0x80) == 0) return true;
        }

        return false;
    }
}
