using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>How the payload of a packet is laid out, as far as forwarding must know.</summary>
public enum PayloadFormat : byte
{
    /// <summary>Any other: passed on without a look.</summary>
    Opaque,

    /// <summary>RFC 7587.</summary>
    Opus,

    /// <summary>RFC 2198; see <see cref="Rtp.Red"/>.</summary>
    Red,

    /// <summary>RFC 7741.</summary>
    Vp8,

    /// <summary>RFC 9628.</summary>
    Vp9,

    /// <summary>RFC 6184.</summary>
    H264,

    /// <summary>RTP Payload Format For AV1.</summary>
    Av1,
}

/// <summary>
/// What a forwarder wants to know of one packet of video: one shape for all formats, what a format does not say stays at its
/// default. Offsets count from the start of the payload. A frame is one spatial layer of a picture; where there are no layers,
/// it is the picture.
/// </summary>
public readonly record struct PayloadInfo
{
    /// <summary>The first packet of a picture that a decoder can start with.</summary>
    public bool IsKeyframeStart { get; init; }

    /// <summary>A frame starts here. H.264 says so of keyframes alone.</summary>
    public bool StartOfFrame { get; init; }

    /// <summary>A frame ends here. Only VP9 says so; elsewhere the marker bit ends a picture.</summary>
    public bool EndOfFrame { get; init; }

    /// <summary>The packet says which layer it belongs to.</summary>
    public bool HasLayers { get; init; }

    /// <summary>0 is the base; VP8 and H.264 have no other.</summary>
    public byte SpatialLayer { get; init; }

    /// <summary>0 is the base.</summary>
    public byte TemporalLayer { get; init; }

    /// <summary>VP8's Y: the frame needs the base layer alone. VP9's U: no later frame of a higher temporal layer needs one of before.</summary>
    public bool SwitchUp { get; init; }

    /// <summary>The frame needs earlier pictures: VP9's P.</summary>
    public bool InterPicture { get; init; }

    /// <summary>The frame needs the spatial layer below it in the same picture: VP9's D.</summary>
    public bool InterLayer { get; init; }

    /// <summary>VP8's N, H.264's nal_ref_idc of 0: nothing refers to it. VP9's Z: no higher spatial layer does.</summary>
    public bool Discardable { get; init; }

    /// <summary>0: there is no picture id; else its width, 7 or 15.</summary>
    public byte PictureIdBits { get; init; }

    /// <summary>Wraps after its width.</summary>
    public ushort PictureId { get; init; }

    /// <summary>Of the byte or two bytes with the picture id.</summary>
    public byte PictureIdOffset { get; init; }

    /// <summary>There is a TL0PICIDX.</summary>
    public bool HasTl0 { get; init; }

    /// <summary>TL0PICIDX counts the pictures of the base layer; wraps.</summary>
    public byte Tl0 { get; init; }

    /// <summary>Of TL0PICIDX.</summary>
    public byte Tl0Offset { get; init; }

    /// <summary>VP8: where the codec's own bytes begin.</summary>
    public byte DescriptorLength { get; init; }

    /// <summary>VP9: of the scalability structure; 0: there is none.</summary>
    public byte StructureOffset { get; init; }

    /// <summary>
    /// Writes picture id and TL0PICIDX over those of the payload this was read from; what it has not stays out, and the width
    /// of the picture id remains. False when the payload is shorter than that.
    /// </summary>
    public bool TryPatch(Span<byte> payload, ushort pictureId, byte tl0)
    {
        if (payload.Length < Math.Max(PictureIdBits == 0 ? 0 : PictureIdOffset + (PictureIdBits + 7) / 8, HasTl0 ? Tl0Offset + 1 : 0)) return false;
        if (PictureIdBits == 15) BinaryPrimitives.WriteUInt16BigEndian(payload[PictureIdOffset..], (ushort)(pictureId | 0x8000));
        if (PictureIdBits == 7) payload[PictureIdOffset] = (byte)(pictureId & 0x7F);
        if (HasTl0) payload[Tl0Offset] = tl0;
        return true;
    }
}

/// <summary>Reads what forwarding needs from the first bytes of a payload.</summary>
public static class PayloadDescriptor
{
    /// <summary>False when the payload contradicts its format or ends within its descriptor. Formats without one are always right.</summary>
    public static bool TryRead(PayloadFormat format, ReadOnlySpan<byte> payload, out PayloadInfo info)
    {
        switch (format)
        {
            case PayloadFormat.Vp8: return Vp8.TryRead(payload, out info);
            case PayloadFormat.Vp9: return Vp9.TryRead(payload, out info);
            case PayloadFormat.H264: return H264.TryRead(payload, out info);
            case PayloadFormat.Av1: return Av1.TryRead(payload, out info);
            default:
                info = default;
                return true;
        }
    }
}
