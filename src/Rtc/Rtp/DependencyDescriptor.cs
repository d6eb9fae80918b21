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

/// <summary>
/// The template structure of a stream (RTP Payload Format For AV1, appendix A.8.2): which layer the frames with a template
/// id belong to. It comes with a keyframe and holds until the next one.
/// </summary>
public sealed class DependencyStructure
{
    private const int MaxTemplates = 64;

    // AV1 has 2 bits for the spatial and 3 for the temporal id.
    private const int MaxSpatial = 3;
    private const int MaxTemporal = 7;

    // Spatial id << 4 | temporal id.
    private readonly byte[] _layers = new byte[MaxTemplates];
    private int _firstId;

    /// <summary>0 before the first structure, then 1-64.</summary>
    public int Templates { get; private set; }

    /// <summary>Qualities that a receiver may be served: 1-32.</summary>
    public int DecodeTargets { get; private set; }

    /// <summary>1-4.</summary>
    public int SpatialLayers { get; private set; }

    /// <summary>1-8.</summary>
    public int TemporalLayers { get; private set; }

    /// <summary>The layer behind a <see cref="DependencyDescriptor.TemplateId"/>; false for an id that the structure does not have.</summary>
    public bool TryGetLayer(byte templateId, out byte spatial, out byte temporal)
    {
        var index = templateId - _firstId & MaxTemplates - 1;
        var found = index < Templates;
        var layer = found ? _layers[index] : 0;
        (spatial, temporal) = ((byte)(layer >> 4), (byte)(layer & 0x0F));
        return found;
    }

    /// <summary>
    /// Takes over the structure that a descriptor carries. False, and the old one stays, when there is none or it is malformed;
    /// the parts that matter to decoders alone are walked to see that they are whole.
    /// </summary>
    public bool TryUpdate(ReadOnlySpan<byte> value)
    {
        if (!DependencyDescriptor.TryRead(value, out var descriptor) || !descriptor.HasStructure) return false;
        var reader = new BitReader(value[DependencyDescriptor.MandatoryLength..]);
        reader.Skip(5); // Which of the optional parts follow; only the structure, the first of them, is read.
        var firstId = reader.Read(6);
        var decodeTargets = reader.Read(5) + 1;
        Span<byte> layers = stackalloc byte[MaxTemplates];
        if (!TryReadLayers(ref reader, layers, out var templates)) return false;
        var spatialLayers = (layers[templates - 1] >> 4) + 1;
        SkipRest(ref reader, templates, decodeTargets, spatialLayers);
        if (reader.IsExhausted) return false;

        layers[..templates].CopyTo(_layers);
        (_firstId, Templates, DecodeTargets, SpatialLayers) = (firstId, templates, decodeTargets, spatialLayers);
        TemporalLayers = 1;
        foreach (var layer in layers[..templates]) TemporalLayers = Math.Max(TemporalLayers, (layer & 0x0F) + 1);
        return true;
    }

    // Templates are sorted by layer: two bits say whether the next is of the same layer, the next temporal, the next spatial
    // one, or is not there.
    private static bool TryReadLayers(ref BitReader reader, scoped Span<byte> layers, out int templates)
    {
        var (spatial, temporal) = (0, 0);
        templates = 0;
        while (true)
        {
            if (templates == MaxTemplates || spatial > MaxSpatial || temporal > MaxTemporal || reader.IsExhausted) return false;
            layers[templates++] = (byte)(spatial << 4 | temporal);
            switch (reader.Read(2))
            {
                case 1:
                    temporal++;
                    break;
                case 2:
                    spatial++;
                    temporal = 0;
                    break;
                case 3:
                    return true;
            }
        }
    }

    private static void SkipRest(ref BitReader reader, int templates, int decodeTargets, int spatialLayers)
    {
        reader.Skip(2 * templates * decodeTargets); // What each frame is to each decode target.
        for (var i = 0; i < templates; i++)
        {
            while (reader.ReadFlag()) reader.Skip(4); // How far back the frames lie that it refers to. Zeros beyond the end stop it.
        }

        var chains = reader.ReadBelow(decodeTargets + 1);
        if (chains > 0)
        {
            for (var i = 0; i < decodeTargets; i++) reader.ReadBelow(chains);
            reader.Skip(4 * templates * chains);
        }

        if (reader.ReadFlag()) reader.Skip(32 * spatialLayers); // Resolutions.
    }
}
