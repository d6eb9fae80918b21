using System.Buffers.Binary;

namespace RtcHub.Rtc.Rtp;

/// <summary>
/// The fields that every dependency descriptor starts with (RTP Payload Format For AV1, appendix A.8): what a forwarder can
/// know of a frame without looking into its payload, which may be of any codec, or encrypted.
/// </summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |S|E|template id|         frame number          |T|A|D|F|C| ...     T: a template structure follows
/// </code>
/// </remarks>
/// <param name="StartOfFrame">The first packet of a frame; a frame is one spatial layer of a picture.</param>
/// <param name="EndOfFrame">The last packet of a frame.</param>
/// <param name="TemplateId">0-63; <see cref="DependencyStructure"/> knows the layer behind it.</param>
/// <param name="FrameNumber">Counts the frames of a stream, wraps.</param>
/// <param name="HasStructure">A template structure comes along: the first packet of a keyframe.</param>
public readonly record struct DependencyDescriptor(bool StartOfFrame, bool EndOfFrame, byte TemplateId, ushort FrameNumber, bool HasStructure)
{
    /// <summary>Bytes of the mandatory fields.</summary>
    public const int MandatoryLength = 3;

    /// <summary>Where the frame number stands in the value.</summary>
    public const int FrameNumberOffset = 1;

    /// <summary>False when the value is shorter than the mandatory fields.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out DependencyDescriptor descriptor)
    {
        descriptor = default;
        if (value.Length < MandatoryLength) return false;
        descriptor = new DependencyDescriptor(
            StartOfFrame: (value[0] & 0x80) != 0,
            EndOfFrame: (value[0] & 0x40) != 0,
            TemplateId: (byte)(value[0] & 0x3F),
            FrameNumber: BinaryPrimitives.ReadUInt16BigEndian(value[FrameNumberOffset..]),
            HasStructure: value.Length > MandatoryLength && (value[MandatoryLength] & 0x80) != 0);
        return true;
    }

    /// <summary>Changes the frame number in place, in a value that <see cref="TryRead"/> has accepted.</summary>
    public static void SetFrameNumber(Span<byte> value, ushort frameNumber) => BinaryPrimitives.WriteUInt16BigEndian(value[FrameNumberOffset..], frameNumber);
}
