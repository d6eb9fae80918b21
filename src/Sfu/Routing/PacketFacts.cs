using System.Buffers.Binary;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>What routing must know of a packet; read once, kept beside it in the cache, used for every subscriber.</summary>
internal struct PacketFacts
{
    // Of what is sent; 0.3 % of a packet of full size.
    private const int LengthStep = 8;
    private const int MinPadded = 256;

    /// <summary>The value of <see cref="AudioLevel"/> when the packet does not say.</summary>
    public const byte NoLevel = byte.MaxValue;

    /// <summary>The value of <see cref="Orientation"/> when the packet does not say: its upper bits are always zero.</summary>
    public const byte NoOrientation = byte.MaxValue;

    /// <summary>When it came, µs.</summary>
    public long Arrival;

    /// <summary>As the source wrote it.</summary>
    public uint Timestamp;

    /// <summary>With CSRCs and extensions: where the payload starts.</summary>
    public ushort HeaderLength;

    /// <summary>Without padding; 0: nothing but padding.</summary>
    public ushort PayloadLength;

    /// <summary>RTP padding that is sent along, bytes: see <see cref="PaddingFor"/>.</summary>
    public byte Padding;

    /// <summary>As the publisher negotiated it.</summary>
    public byte PayloadType;

    /// <summary>The last packet of a picture, or the first of a talk spurt.</summary>
    public bool Marker;

    /// <summary>The first packet of a picture that a decoder can start with.</summary>
    public bool StartsKeyframe;

    /// <summary>Loudness below the maximum, dB, 0-127 (RFC 6464); <see cref="NoLevel"/> when not there.</summary>
    public byte AudioLevel;

    /// <summary>The V bit beside it: the sender takes it for speech.</summary>
    public bool Voice;

    /// <summary>The byte of the video orientation extension (3GPP TS 26.114 section 7.4.5); <see cref="NoOrientation"/> when not there.</summary>
    public byte Orientation;

    /// <summary>Of the data of the dependency descriptor extension from the start of the packet; see its length.</summary>
    public ushort DependencyOffset;

    /// <summary>Bytes; 0: not there.</summary>
    public ushort DependencyLength;

    /// <summary>The dependency descriptor carries a structure.</summary>
    public bool HasStructure;

    /// <summary>Numbers of the codec's own that must stay continuous.</summary>
    public PictureFacts Picture;

    /// <summary>What its frame needs and whom it serves, by its dependency descriptor and those before it.</summary>
    public FrameDependencies Frame;

    /// <summary>Which decode target gives which quality; decides nothing without a dependency descriptor.</summary>
    public DecodeTargetChoice Choice;

    /// <summary>Reads a packet of a publisher.</summary>
    /// <param name="now">µs.</param>
    /// <param name="packet">Its view.</param>
    /// <param name="format">Of the payload.</param>
    /// <param name="extensions">As the publisher negotiated them.</param>
    /// <param name="facts">What is known of it.</param>
    /// <param name="structure">The layer's: it takes what the packet's dependency descriptor says, and tells which temporal layer that means.</param>
    /// <returns>False: the payload is not what it is said to be.</returns>
    public static bool TryRead(
        long now, in RtpPacket packet, PayloadFormat format, in ExtensionMap extensions, out PacketFacts facts, DependencyStructure? structure = null)
    {
        facts = new PacketFacts
        {
            Arrival = now,
            Timestamp = packet.Timestamp,
            HeaderLength = (ushort)packet.HeaderLength,
            PayloadLength = (ushort)packet.Payload.Length,
            PayloadType = packet.PayloadType,
            Marker = packet.Marker,
            AudioLevel = NoLevel,
            Orientation = NoOrientation,
        };
        foreach (var extension in packet.Extensions) facts.Read(extension, extensions.KindOf(extension.Id), structure);
        if (facts.PayloadLength == 0) return true;
        var isDescribed = format == PayloadFormat.Av1 && facts.DependencyLength > 0;
        if (!PayloadDescriptor.TryRead(format, packet.Payload, out var info) && !isDescribed) return false;
        facts.StartsKeyframe = isDescribed ? facts.HasStructure : info.IsKeyframeStart; // AV1 that is encrypted end to end reads as nothing.
        facts.Padding = PaddingFor(format, facts.PayloadLength);
        facts.Read(info, isVp8: format == PayloadFormat.Vp8);
        return true;
    }

    /// <summary>
    /// Browsers cut a frame into packets that differ by one byte, and only packets of equal length leave as one message, which
    /// costs a third less (UDP segmentation offload). So the lengths of video packets are rounded up. Depends on nothing but the
    /// packet: it must be the same whenever it is sent again.
    /// </summary>
    private static byte PaddingFor(PayloadFormat format, int payloadLength) =>
        format is PayloadFormat.Opaque or PayloadFormat.Opus or PayloadFormat.Red || payloadLength < MinPadded
            ? (byte)0
            : (byte)(-payloadLength & (LengthStep - 1));

    private void Read(in PayloadInfo info, bool isVp8)
    {
        if (info.PictureIdBits > 0 || info.HasTl0 || (info.HasLayers && Picture.IdBits == 0))
        {
            // Frames would be numbered twice then; receivers make do with the numbers of the payload.
            (DependencyLength, Choice) = (0, default);
            Picture = new PictureFacts(info, HeaderLength, isVp8);
        }
        else if (info.HasLayers)
        {
            Picture.TemporalId = info.TemporalLayer;
        }
    }

    private void Read(in RtpExtension extension, ExtensionKind kind, DependencyStructure? structure)
    {
        if (kind == ExtensionKind.AudioLevel && Rtc.Rtp.AudioLevel.TryRead(extension.Value, out var level))
            (AudioLevel, Voice) = (level.Level, level.Voice);
        else if (kind == ExtensionKind.VideoOrientation && !extension.Value.IsEmpty)
            Orientation = (byte)(extension.Value[0] & 0x0F);
        else if (kind == ExtensionKind.DependencyDescriptor && DependencyDescriptor.TryRead(extension.Value, out var descriptor))
            Read(descriptor, extension, structure);
    }

    private void Read(in DependencyDescriptor descriptor, in RtpExtension extension, DependencyStructure? structure)
    {
        (DependencyOffset, DependencyLength, Picture) = ((ushort)extension.Offset, (ushort)extension.Value.Length, new PictureFacts(descriptor, extension.Offset));
        (Picture.EndsFrame, HasStructure) = (descriptor.EndOfFrame, descriptor.HasStructure);
        if (structure is null || !structure.TryRead(extension.Value, out Frame)) return;
        (Picture.TemporalId, Picture.SpatialId, Choice) = (Frame.Temporal, Frame.Spatial, structure.Choice);
    }
}

/// <summary>
/// Where pictures are numbered outside of the sequence number: picture id and TL0PICIDX in the payload descriptors of VP8
/// (RFC 7741 section 4.2) and VP9 (RFC 9628 section 4.2), frame_number in the dependency descriptor (AV1 RTP, appendix A).
/// </summary>
internal struct PictureFacts
{
    /// <summary>0: no id; 7 or 15: picture id; 16: frame_number.</summary>
    public byte IdBits;

    /// <summary>As the source wrote it.</summary>
    public ushort Id;

    /// <summary>From the start of the packet.</summary>
    public ushort IdOffset;

    /// <summary>From the start of the packet; 0: there is none.</summary>
    public ushort Tl0Offset;

    /// <summary>TL0PICIDX as the source wrote it.</summary>
    public byte Tl0;

    /// <summary>0 when not known.</summary>
    public byte TemporalId;

    /// <summary>The spatial layer; 0 when not known.</summary>
    public byte SpatialId;

    /// <summary>The last packet of its spatial layer of the picture.</summary>
    public bool EndsFrame;

    /// <summary>Needs nothing but the base layer: who gets less may get this layer, too, from here on (VP8's Y).</summary>
    public bool IsSync;

    /// <summary>Nothing behind it needs anything above its own layer from before it: who gets this layer may get all (VP9's U).</summary>
    public bool OpensLayers;

    /// <summary>
    /// Whether receivers take a missing id for a lost picture (VP8). Where pictures name what they refer to by difference (VP9,
    /// AV1), a number that is left out must stay out.
    /// </summary>
    public bool ClosesGaps;

    /// <summary>From a payload descriptor.</summary>
    public PictureFacts(in PayloadInfo info, int headerLength, bool isVp8)
    {
        IdBits = info.PictureIdBits;
        Id = info.PictureId;
        IdOffset = (ushort)(headerLength + info.PictureIdOffset);
        Tl0Offset = (ushort)(info.HasTl0 ? headerLength + info.Tl0Offset : 0);
        Tl0 = info.Tl0;
        (TemporalId, SpatialId, EndsFrame) = (info.TemporalLayer, info.SpatialLayer, info.EndOfFrame);
        IsSync = isVp8 && info.SwitchUp;
        OpensLayers = !isVp8 && info.SwitchUp;
        ClosesGaps = isVp8;
    }

    /// <summary>From a dependency descriptor at this offset; a payload descriptor with numbers of its own has precedence.</summary>
    public PictureFacts(in DependencyDescriptor descriptor, int offset) =>
        (IdBits, Id, IdOffset) = (16, descriptor.FrameNumber, (ushort)(offset + DependencyDescriptor.FrameNumberOffset));

    /// <summary>
    /// Writes a subscriber's numbers where the source's stood. The bytes in the cache belong to whoever sends next: this is
    /// done before every sending, and before the header is copied.
    /// </summary>
    public readonly void Patch(Span<byte> packet, ushort id, byte tl0)
    {
        if (Tl0Offset > 0) packet[Tl0Offset] = tl0;
        if (IdBits == 7) packet[IdOffset] = (byte)(id & 0x7F);
        else if (IdBits == 15) BinaryPrimitives.WriteUInt16BigEndian(packet[IdOffset..], (ushort)(id | 0x8000)); // M: two bytes.
        else if (IdBits == 16) BinaryPrimitives.WriteUInt16BigEndian(packet[IdOffset..], id);
    }
}
