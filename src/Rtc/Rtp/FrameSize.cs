using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>
/// How large the pictures of a stream are, read from the first packet of a keyframe, as long as nobody encrypts that far: VP8's
/// frame header (RFC 6386 section 9.1), VP9's scalability structure (RFC 9628 section 4.2.1), the sequence parameter set of H.264
/// (ITU-T H.264 section 7.3.2.1) and the sequence header of AV1 (AV1 specification section 5.5).
/// </summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public readonly record struct FrameSize(int Width, int Height)
{
    // What a browser decodes ends far below; above it something was read that is no size.
    private const int Largest = 16_384;

    private bool IsPlausible => Width is > 0 and <= Largest && Height is > 0 and <= Largest;

    /// <summary>False when the payload does not say, or says something that no picture is.</summary>
    public static bool TryRead(PayloadFormat format, ReadOnlySpan<byte> payload, out FrameSize size)
    {
        var found = format switch
        {
            PayloadFormat.Vp8 => TryReadVp8(payload, out size),
            PayloadFormat.Vp9 => TryReadVp9(payload, out size),
            PayloadFormat.H264 => H264Parameters.TryReadSize(payload, out size),
            PayloadFormat.Av1 => Av1.TryReadSize(payload, out size),
            _ => TryReadNothing(out size),
        };
        return found && size.IsPlausible;
    }

    // Three bytes of frame tag, a start code, then 14 bits and two of scaling each.
    private static bool TryReadVp8(ReadOnlySpan<byte> payload, out FrameSize size)
    {
        size = default;
        if (!Vp8.TryRead(payload, out var info) || !info.IsKeyframeStart) return false;
        var frame = payload[info.DescriptorLength..];
        if (frame.Length < 10 || !frame[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A])) return false;
        size = new FrameSize(BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(frame[8..]) & 0x3FFF);
        return true;
    }

    // The last of the sizes is that of the highest spatial layer.
    private static bool TryReadVp9(ReadOnlySpan<byte> payload, out FrameSize size)
    {
        size = default;
        if (!Vp9.TryRead(payload, out var info) || info.StructureOffset == 0 || (payload[info.StructureOffset] & 0x10) == 0) return false;
        var sizes = payload[(info.StructureOffset + 1)..];
        var last = 4 * (payload[info.StructureOffset] >> 5);
        if (sizes.Length < last + 4) return false;
        size = new FrameSize(BinaryPrimitives.ReadUInt16BigEndian(sizes[last..]), BinaryPrimitives.ReadUInt16BigEndian(sizes[(last + 2)..]));
        return true;
    }

    private static bool TryReadNothing(out FrameSize size)
    {
        size = default;
        return false;
    }
}
