namespace RtcHub.Rtc.Rtp;

/// <summary>
/// The template structure of a stream (RTP Payload Format For AV1, appendix A.8.2): which layer the frames with a template
/// id belong to, what they need and whom they serve. It comes with a keyframe and holds until the next one.
/// </summary>
public sealed class DependencyStructure
{
    private const int MaxTemplates = 64;

    // AV1 has 2 bits for the spatial and 3 for the temporal id.
    private const int MaxSpatial = 3;
    private const int MaxTemporal = 7;
    private const int FlagBits = 5;

    private readonly FrameDependencies[] _templates = new FrameDependencies[MaxTemplates];
    private int _firstId;

    /// <summary>0 before the first structure, then 1-64.</summary>
    public int Templates { get; private set; }

    /// <summary>Qualities that a receiver may be served: 1-32.</summary>
    public int DecodeTargets { get; private set; }

    /// <summary>1-4.</summary>
    public int SpatialLayers { get; private set; }

    /// <summary>1-8.</summary>
    public int TemporalLayers { get; private set; }

    /// <summary>Which decode target gives which quality, of those that the sender serves at present.</summary>
    public DecodeTargetChoice Choice { get; private set; }

    /// <summary>The layer behind a <see cref="DependencyDescriptor.TemplateId"/>; false for an id that the structure does not have.</summary>
    public bool TryGetLayer(byte templateId, out byte spatial, out byte temporal)
    {
        var found = TryGetTemplate(templateId, out var template);
        (spatial, temporal) = (template.Spatial, template.Temporal);
        return found;
    }

    /// <summary>
    /// Takes over the structure that a descriptor carries. False, and the old one stays, when there is none or it is malformed.
    /// </summary>
    public bool TryUpdate(ReadOnlySpan<byte> value)
    {
        if (!DependencyDescriptor.TryRead(value, out var descriptor) || !descriptor.HasStructure) return false;
        var reader = new BitReader(value[DependencyDescriptor.MandatoryLength..]);
        reader.Skip(FlagBits);
        Span<FrameDependencies> templates = stackalloc FrameDependencies[MaxTemplates];
        if (!TryReadStructure(ref reader, templates, out var firstId, out var count, out var decodeTargets)) return false;
        templates[..count].CopyTo(_templates);
        (_firstId, Templates, DecodeTargets, SpatialLayers, TemporalLayers) = (firstId, count, decodeTargets, templates[count - 1].Spatial + 1, 1);
        foreach (ref readonly var template in templates[..count]) TemporalLayers = Math.Max(TemporalLayers, template.Temporal + 1);
        Activate(AllOf(decodeTargets));
        return true;
    }

    /// <summary>
    /// What one frame needs and whom it serves, as its template says and its own descriptor overrides. A structure, or a change of
    /// the targets that are served, that comes along is taken over first. False: there is no such template, or what follows it is cut.
    /// </summary>
    public bool TryRead(ReadOnlySpan<byte> value, out FrameDependencies frame)
    {
        frame = default;
        if (!DependencyDescriptor.TryRead(value, out var descriptor) || (descriptor.HasStructure && !TryUpdate(value))) return false;
        if (!TryGetTemplate(descriptor.TemplateId, out frame)) return false;
        if (value.Length == DependencyDescriptor.MandatoryLength) return true;

        var reader = new BitReader(value[DependencyDescriptor.MandatoryLength..]);
        var flags = reader.Read(FlagBits);
        if (descriptor.HasStructure) SkipStructure(ref reader);
        if ((flags & 0x08) != 0)
        {
            var active = 0u;
            for (var i = 0; i < DecodeTargets; i++) active = active << 1 | (uint)reader.Read(1);
            if (reader.IsExhausted) return false;
            Activate(active);
        }

        if ((flags & 0x04) != 0) frame = frame with { Indications = ReadIndications(ref reader, DecodeTargets) };
        if ((flags & 0x02) != 0) frame = frame with { References = ReadOwnReferences(ref reader) };
        return !reader.IsExhausted;
    }

    /// <summary>
    /// Writes a descriptor that carries a structure so that it names no other targets as served than these: what a receiver
    /// must know that is not to get all layers. False when there is no structure in it or no room; one byte more per eight targets.
    /// </summary>
    public static bool TryRestrict(ReadOnlySpan<byte> value, uint targets, Span<byte> restricted, out int length)
    {
        length = 0;
        if (!DependencyDescriptor.TryRead(value, out var descriptor) || !descriptor.HasStructure) return false;
        var reader = new BitReader(value[DependencyDescriptor.MandatoryLength..]);
        var flags = reader.Read(FlagBits);
        Span<FrameDependencies> templates = stackalloc FrameDependencies[MaxTemplates];
        if (!TryReadStructure(ref reader, templates, out _, out _, out var count)) return false;
        var before = 8 * DependencyDescriptor.MandatoryLength + reader.Position;
        var behind = before + ((flags & 0x08) != 0 ? count : 0);
        if (behind > 8 * value.Length) return false;
        length = (before + count + 8 * value.Length - behind + 7) / 8;
        if (length > restricted.Length) return false;
        var writer = new BitCopier(restricted[..length]);
        writer.Copy(value, 0, before);
        for (var i = count - 1; i >= 0; i--) writer.Write((targets >> i & 1) != 0);
        writer.Copy(value, behind, 8 * value.Length);
        restricted[DependencyDescriptor.MandatoryLength] |= 0x40;
        return true;
    }

    private static uint AllOf(int decodeTargets) => uint.MaxValue >> 32 - decodeTargets;

    private bool TryGetTemplate(byte templateId, out FrameDependencies template)
    {
        var index = templateId - _firstId & MaxTemplates - 1;
        template = index < Templates ? _templates[index] : default;
        return index < Templates;
    }

    private void Activate(uint targets) => Choice = DecodeTargetChoice.Of(_templates.AsSpan(0, Templates), DecodeTargets, targets);

    private static bool TryReadStructure(ref BitReader reader, scoped Span<FrameDependencies> templates, out int firstId, out int count, out int decodeTargets)
    {
        firstId = reader.Read(6);
        decodeTargets = reader.Read(5) + 1;
        if (!TryReadLayers(ref reader, templates, out count)) return false;
        foreach (ref var template in templates[..count]) template = template with { Indications = ReadIndications(ref reader, decodeTargets) };
        foreach (ref var template in templates[..count]) template = template with { References = ReadReferences(ref reader) };
        var chains = reader.ReadBelow(decodeTargets + 1);
        if (chains > 0)
        {
            for (var i = 0; i < decodeTargets; i++) reader.ReadBelow(chains);
            reader.Skip(4 * count * chains);
        }

        if (reader.ReadFlag()) reader.Skip(32 * (templates[count - 1].Spatial + 1)); // Resolutions.
        return !reader.IsExhausted;
    }

    private static void SkipStructure(ref BitReader reader)
    {
        Span<FrameDependencies> templates = stackalloc FrameDependencies[MaxTemplates];
        TryReadStructure(ref reader, templates, out _, out _, out _);
    }

    // Templates are sorted by layer: two bits say whether the next is of the same layer, the next temporal, the next spatial
    // one, or is not there.
    private static bool TryReadLayers(ref BitReader reader, scoped Span<FrameDependencies> templates, out int count)
    {
        var (spatial, temporal) = (0, 0);
        count = 0;
        while (true)
        {
            if (count == MaxTemplates || spatial > MaxSpatial || temporal > MaxTemporal || reader.IsExhausted) return false;
            templates[count++] = new FrameDependencies((byte)spatial, (byte)temporal, 0, 0);
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

    private static ulong ReadIndications(ref BitReader reader, int decodeTargets)
    {
        var indications = 0ul;
        for (var i = 0; i < decodeTargets; i++) indications |= (ulong)reader.Read(2) << 2 * i;
        return indications;
    }

    // Of a template: each with four bits, as long as a one comes before it. Zeros beyond the end stop it.
    private static ulong ReadReferences(ref BitReader reader)
    {
        var references = 0ul;
        while (reader.ReadFlag()) references |= 1ul << reader.Read(4);
        return references;
    }

    // Of a frame: two bits say how many nibbles follow, none ends it.
    private static ulong ReadOwnReferences(ref BitReader reader)
    {
        var references = 0ul;
        while (reader.Read(2) is > 0 and var nibbles)
        {
            var distance = reader.Read(4 * nibbles);
            if (distance < FrameDependencies.Reach) references |= 1ul << distance;
        }

        return references;
    }

    private ref struct BitCopier(Span<byte> bytes)
    {
        private readonly Span<byte> _bytes = bytes;
        private int _position;

        public void Write(bool bit)
        {
            var mask = (byte)(0x80 >> (_position & 7));
            if (bit) _bytes[_position >> 3] |= mask;
            else _bytes[_position >> 3] &= (byte)~mask;
            _position++;
        }

        public void Copy(ReadOnlySpan<byte> from, int start, int end)
        {
            for (var i = start; i < end; i++) Write((from[i >> 3] & 0x80 >> (i & 7)) != 0);
        }
    }
}
