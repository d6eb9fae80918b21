namespace RtcHub.Rtc.Rtp;

/// <summary>VP9's payload descriptor (RFC 9628 section 4.2).</summary>
/// <remarks>
/// <code>
///      0 1 2 3 4 5 6 7
///     |I|P|L|F|B|E|V|Z|
///  I  |M| picture id  |
///  M  |  picture id   |
///  L  | TID |U| SID |D|
///     |  TL0PICIDX    |   L and not F
///     |  P_DIFF     |N|   P and F, up to three as long as N
///  V  | N_S |Y|G|RSV  |   scalability structure
///  Y  | width, height |   16 bits each, N_S + 1 times
///  G  |  N_G          |
///     |TID|U|R|RSV    |   N_G times, each with
///     |  P_DIFF       |   R times
/// </code>
/// </remarks>
public static class Vp9
{
    private const byte HasPictureId = 0x80;
    private const byte InterPicture = 0x40;
    private const byte HasLayers = 0x20;
    private const byte Flexible = 0x10;
    private const byte Begin = 0x08;
    private const byte End = 0x04;
    private const byte HasStructure = 0x02;
    private const byte NotForUpperLayers = 0x01;
    private const int MaxReferences = 3;

    /// <summary>False unless a byte at least follows the descriptor.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out PayloadInfo info)
    {
        info = default;
        if (payload.IsEmpty) return false;
        var first = payload[0];
        var at = 1;

        var (idAt, idBits, id) = (0, 0, 0);
        if ((first & HasPictureId) != 0)
        {
            if (!PictureId.TryRead(payload, at, out idBits, out id)) return false;
            idAt = at;
            at += (idBits + 7) / 8;
        }

        var (layers, tl0At, tl0) = (0, 0, 0);
        if ((first & HasLayers) != 0)
        {
            if (at >= payload.Length) return false;
            layers = payload[at++];
            if ((first & Flexible) == 0)
            {
                if (at >= payload.Length) return false;
                tl0At = at;
                tl0 = payload[at++];
            }
        }

        if ((first & (InterPicture | Flexible)) == (InterPicture | Flexible) && !TrySkipReferences(payload, ref at)) return false;
        var structureAt = at;
        if ((first & HasStructure) != 0 && !TrySkipStructure(payload, ref at)) return false;
        if (payload.Length <= at) return false;

        var spatial = layers >> 1 & 7;
        var begins = (first & Begin) != 0;
        info = new PayloadInfo
        {
            // A picture without references to earlier ones, at its lowest spatial layer.
            IsKeyframeStart = begins && (first & InterPicture) == 0 && spatial == 0,
            StartOfFrame = begins,
            EndOfFrame = (first & End) != 0,
            InterPicture = (first & InterPicture) != 0,
            Discardable = (first & NotForUpperLayers) != 0,
            HasLayers = (first & HasLayers) != 0,
            TemporalLayer = (byte)(layers >> 5),
            SwitchUp = (layers & 0x10) != 0,
            SpatialLayer = (byte)spatial,
            InterLayer = (layers & 1) != 0,
            PictureIdBits = (byte)idBits,
            PictureId = (ushort)id,
            PictureIdOffset = (byte)idAt,
            HasTl0 = tl0At > 0,
            Tl0 = (byte)tl0,
            Tl0Offset = (byte)tl0At,
            StructureOffset = (byte)((first & HasStructure) != 0 ? structureAt : 0),
        };
        return true;
    }

    private static bool TrySkipReferences(ReadOnlySpan<byte> payload, ref int at)
    {
        for (var i = 0; i < MaxReferences; i++)
        {
            if (at >= payload.Length) return false;
            if ((payload[at++] & 1) == 0) return true;
        }

        return false; // N in the third promises a fourth.
    }

    private static bool TrySkipStructure(ReadOnlySpan<byte> payload, ref int at)
    {
        if (at >= payload.Length) return false;
        var structure = payload[at++];
        if ((structure & 0x10) != 0) at += 4 * ((structure >> 5) + 1);
        if ((structure & 0x08) == 0) return true;
        if (at >= payload.Length) return false;
        for (var pictures = payload[at++]; pictures > 0; pictures--)
        {
            if (at >= payload.Length) return false;
            at += 1 + (payload[at] >> 2 & 3);
        }

        return true;
    }
}
