using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>VP8's payload descriptor and the first bit behind it (RFC 7741 sections 4.2 and 4.3).</summary>
/// <remarks>
/// <code>
///      0 1 2 3 4 5 6 7
///     |X|R|N|S|R| PID |
///  X  |I|L|T|K| RSV   |
///  I  |M| picture id  |
///  M  |  picture id   |
///  L  |  TL0PICIDX    |
/// T/K |TID|Y| KEYIDX  |
///     | ...         |P|   VP8's own header: P is 0 in a keyframe
/// </code>
/// </remarks>
public static class Vp8
{
    private const byte Extended = 0x80;
    private const byte NonReference = 0x20;
    private const byte PartitionStart = 0x10;
    private const byte PartitionId = 0x07;
    private const byte HasPictureId = 0x80;
    private const byte HasTl0 = 0x40;
    private const byte HasTemporalId = 0x20;
    private const byte HasKeyIndex = 0x10;

    /// <summary>False unless a byte at least follows the descriptor.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PayloadInfo info)
    {
        info = default;
        if (payload.Length < 2) return false;
        var first = payload[0];
        var (at, flags) = (1, 0);
        if ((first & Extended) != 0) flags = payload[at++];

        var (idAt, idBits, id) = (0, 0, 0);
        if ((flags & HasPictureId) != 0)
        {
            if (!PictureId.TryRead(payload, at, out idBits, out id)) return false;
            idAt = at;
            at += (idBits + 7) / 8;
        }

        var tl0At = at;
        if ((flags & HasTl0) != 0) at++;
        var layerAt = at;
        if ((flags & (HasTemporalId | HasKeyIndex)) != 0) at++;
        if (payload.Length <= at) return false;

        var hasLayers = (flags & HasTemporalId) != 0;
        var startOfFrame = (first & (PartitionStart | PartitionId)) == PartitionStart;
        info = new PayloadInfo
        {
            IsKeyframeStart = startOfFrame && (payload[at] & 1) == 0,
            StartOfFrame = startOfFrame,
            Discardable = (first & NonReference) != 0,
            HasLayers = hasLayers,
            TemporalLayer = (byte)(hasLayers ? payload[layerAt] >> 6 : 0),
            SwitchUp = hasLayers && (payload[layerAt] & 0x20) != 0,
            PictureIdBits = (byte)idBits,
            PictureId = (ushort)id,
            PictureIdOffset = (byte)idAt,
            HasTl0 = (flags & HasTl0) != 0,
            Tl0 = (flags & HasTl0) != 0 ? payload[tl0At] : (byte)0,
            Tl0Offset = (byte)((flags & HasTl0) != 0 ? tl0At : 0),
            DescriptorLength = (byte)at,
        };
        return true;
    }
}

/// <summary>The picture id of VP8 and VP9: 7 bits, or 15 when the bit before them, M, is set.</summary>
internal static class PictureId
{
    public static bool TryRead(ReadOnlySpan<byte> payload, int at, out int bits, out int id)
    {
        (bits, id) = (0, 0);
        if (at >= payload.Length) return false;
        bits = (payload[at] & 0x80) != 0 ? 15 : 7;
        if (bits == 15 && at + 1 >= payload.Length) return false;
        id = bits == 15 ? BinaryPrimitives.ReadUInt16BigEndian(payload[at..]) & 0x7FFF : payload[at];
        return true;
    }
}
