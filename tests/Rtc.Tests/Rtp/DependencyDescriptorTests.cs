using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class DependencyDescriptorTests
{
    // L1T3 as in the examples of the AV1 payload format (appendix A.10): 5 templates with temporal ids 0 0 1 2 2, three decode
    // targets, one chain, 1280x720.
    private static readonly byte[] L1T3 = Descriptor(0x80, 6, 3, "0 1 1 0 3");

    [Fact]
    public void The_mandatory_fields_are_read()
    {
        Assert.True(DependencyDescriptor.TryRead([0x95, 0x12, 0x34], out var descriptor));
        Assert.Equal(new DependencyDescriptor(StartOfFrame: true, EndOfFrame: false, TemplateId: 21, FrameNumber: 0x1234, HasStructure: false), descriptor);
        Assert.True(DependencyDescriptor.TryRead([0x6A, 0xFF, 0xFF, 0x7F], out descriptor));
        Assert.Equal(new DependencyDescriptor(StartOfFrame: false, EndOfFrame: true, TemplateId: 42, FrameNumber: 0xFFFF, HasStructure: false), descriptor);
        Assert.True(DependencyDescriptor.TryRead(L1T3, out descriptor));
        Assert.True(descriptor.HasStructure);
        Assert.False(DependencyDescriptor.TryRead([0x95, 0x12], out _));
    }

    [Fact]
    public void A_frame_number_is_changed_in_place()
    {
        byte[] value = [0x95, 0x12, 0x34, 0x80];
        DependencyDescriptor.SetFrameNumber(value, 0xABCD);
        Assert.Equal([0x95, 0xAB, 0xCD, 0x80], value);
    }

    [Fact]
    public void A_structure_knows_the_layers_of_its_templates()
    {
        var structure = new DependencyStructure();
        Assert.False(structure.TryGetLayer(0, out _, out _));
        Assert.True(structure.TryUpdate(L1T3));
        Assert.Equal((5, 3, 1, 3), (structure.Templates, structure.DecodeTargets, structure.SpatialLayers, structure.TemporalLayers));
        Assert.Equal("S0T0 S0T0 S0T1 S0T2 S0T2", Layers(structure, 6, 5));
        Assert.False(structure.TryGetLayer(5, out _, out _));
        Assert.False(structure.TryGetLayer(11, out _, out _));
    }

    [Fact]
    public void A_structure_of_Chrome_is_read()
    {
        Assert.True(DependencyDescriptor.TryRead(Captures.L3T3, out var descriptor));
        Assert.Equal(new DependencyDescriptor(StartOfFrame: true, EndOfFrame: true, TemplateId: 1, FrameNumber: 0x172, HasStructure: true), descriptor);
        var structure = new DependencyStructure();
        Assert.True(structure.TryUpdate(Captures.L3T3));
        Assert.Equal((9, 3, 3), (structure.DecodeTargets, structure.SpatialLayers, structure.TemporalLayers));
        Assert.True(structure.TryGetLayer(descriptor.TemplateId, out var spatial, out var temporal));
        Assert.Equal((0, 0), (spatial, temporal));
        Assert.False(structure.TryUpdate(Captures.L3T3.AsSpan(0, Captures.L3T3.Length - 1)));

        // The frames that followed, by template: S1T0, S2T0 and S0T2.
        Assert.Equal("S1T0", Layers(structure, 6, 1));
        Assert.Equal("S2T0", Layers(structure, 11, 1));
    }

    [Fact]
    public void A_frame_knows_whom_it_serves_and_what_it_needs()
    {
        var structure = new DependencyStructure();
        Assert.True(structure.TryRead(Captures.L3T3, out var frame));
        Assert.Equal((0, 0, 0ul), (frame.Spatial, frame.Temporal, frame.References));

        // The base of a key picture serves everybody; Chrome's decode target 3 * s + t has no layer above s and t.
        for (var target = 0; target < 9; target++) Assert.Equal(DecodeTargetIndication.Switch, frame.For(target));
        Assert.True(structure.Choice.Decides);
        for (var target = 0; target < 9; target++)
        {
            Assert.Equal(target, structure.Choice.Find(target / 3, target % 3));
            Assert.Equal(target / 3, structure.Choice.SpatialOf(target));
        }

        Assert.Equal((8, 6), (structure.Choice.Find(255, 255), structure.Choice.Find(255, 0)));
        Assert.Equal(0b000_011_011u, structure.Choice.UpTo(1, 1));

        // A frame of S1T0 of a picture that is no key: it needs the one below it, and its own of four pictures before.
        Assert.True(structure.TryRead([0xC5, 0, 1], out frame));
        Assert.Equal((1, 0, DecodeTargetIndication.NotPresent, DecodeTargetIndication.Switch), (frame.Spatial, frame.Temporal, frame.For(0), frame.For(3)));
        Assert.Equal(1ul << 11 | 1, frame.References);
        Assert.False(structure.TryRead([0xC0 | 60, 0, 1], out _));
    }

    [Fact]
    public void A_frame_may_say_for_itself_what_its_template_says_otherwise()
    {
        var structure = new DependencyStructure();
        Assert.True(structure.TryUpdate(Captures.L3T3));

        // Served are the first three targets; the first is told Required, the others Not present; it needs frames 1, 17 and 273 before.
        var bits = new BitWriter();
        foreach (var (value, count) in new[] { (0xC1, 8), (7, 16), (0b01110, 5), (0b000000111, 9), (3, 2), (0, 16), (1, 2), (0, 4), (2, 2), (16, 8), (3, 2), (272, 12), (0, 2) }) bits.Write(value, count);
        Assert.True(structure.TryRead(bits.ToArray(), out var frame));
        Assert.Equal((3ul, 1ul | 1ul << 16), (frame.Indications, frame.References));
        Assert.Equal((2, 0), (structure.Choice.Find(255, 255), structure.Choice.Find(0, 0)));
        for (var length = DependencyDescriptor.MandatoryLength + 1; length < bits.ToArray().Length; length++) Assert.False(structure.TryRead(bits.ToArray().AsSpan(0, length), out _));
        Assert.True(structure.TryUpdate(Captures.L3T3));
        Assert.Equal(8, structure.Choice.Find(255, 255));
    }

    [Fact]
    public void A_restricted_structure_is_the_same_but_for_the_targets_that_it_serves()
    {
        var restricted = new byte[255];
        Assert.True(DependencyStructure.TryRestrict(Captures.L3T3, 0b111, restricted, out var length));
        var structure = new DependencyStructure();
        Assert.True(structure.TryRead(restricted.AsSpan(0, length), out var frame));
        Assert.Equal((2, 0), (structure.Choice.Find(255, 255), structure.Choice.Find(0, 0)));
        Assert.Equal(0ul, frame.References);

        // Again, and it is only those bits that change.
        var again = new byte[255];
        Assert.True(DependencyStructure.TryRestrict(restricted.AsSpan(0, length), 0b111, again, out var same));
        Assert.Equal(restricted.AsSpan(0, length), again.AsSpan(0, same));
        Assert.False(DependencyStructure.TryRestrict(Captures.L3T3, 0b111, new byte[length - 1], out _));
        Assert.False(DependencyStructure.TryRestrict([0x80, 0, 1], 1, restricted, out _));
    }

    [Fact]
    public void Any_structure_can_be_restricted() =>
        Gen.Select(Gen.Int[0, 63], Gen.Int[1, 32], Gen.UInt, Gen.UInt).Sample((firstId, targets, mask, seed) =>
        {
            var value = Descriptor(0x80, firstId, targets, "0 1 0 2 1 3", targets / 2, seed % 2 == 0, (int)(seed / 2));
            var restricted = new byte[255];
            Assert.True(DependencyStructure.TryRestrict(value, mask, restricted, out var length));
            var (before, after) = (new DependencyStructure(), new DependencyStructure());
            Assert.True(before.TryUpdate(value));
            Assert.True(after.TryUpdate(restricted.AsSpan(0, length)));
            Assert.Equal(Layers(before, firstId, 6), Layers(after, firstId, 6));
            for (var i = 0; i < 6; i++)
            {
                var id = (byte)(firstId + i & 63);
                Assert.True(before.TryRead([id, 0, 0], out var one) & after.TryRead([id, 0, 0], out var other));
                Assert.Equal(one, other);
            }
        });

    [Fact]
    public void Template_ids_wrap_after_63()
    {
        var structure = new DependencyStructure();
        Assert.True(structure.TryUpdate(Descriptor(0x80, 62, 6, "1 2 1 2 1 3")));
        Assert.Equal((6, 3, 2), (structure.Templates, structure.SpatialLayers, structure.TemporalLayers));
        Assert.Equal("S0T0 S0T1 S1T0 S1T1 S2T0 S2T1", Layers(structure, 62, 6));
    }

    [Fact]
    public void A_structure_cut_anywhere_leaves_the_old_one()
    {
        var structure = new DependencyStructure();
        Assert.True(structure.TryUpdate(Descriptor(0x80, 62, 6, "1 2 1 2 1 3")));
        for (var length = 0; length < L1T3.Length; length++) Assert.False(structure.TryUpdate(L1T3.AsSpan(0, length)), $"{length} bytes");
        Assert.Equal("S0T0 S0T1 S1T0 S1T1 S2T0 S2T1", Layers(structure, 62, 6));
        Assert.True(structure.TryUpdate(L1T3));
        Assert.Equal("S0T0 S0T0 S0T1 S0T2 S0T2", Layers(structure, 6, 5));
    }

    [Theory]
    [InlineData("2 2 2 2 3")] // A fifth spatial layer.
    [InlineData("1 1 1 1 1 1 1 1 3")] // A ninth temporal layer.
    [InlineData("0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 3")] // A 65th template.
    public void A_structure_that_AV1_cannot_have_is_refused(string layers) => Assert.False(new DependencyStructure().TryUpdate(Descriptor(0x80, 0, 1, layers)));

    [Fact]
    public void A_descriptor_without_structure_is_none() => Assert.False(new DependencyStructure().TryUpdate([0x80, 0, 1, 0x7F, 0xFF]));

    [Fact]
    public void Any_structure_survives() =>
        Gen.Select(Gen.Int[0, 63], Gen.Int[1, 32], Gen.Int[0, 2].Array[0, 20], Gen.Int[0, 32], Gen.Bool, Gen.UInt).Sample((firstId, targets, steps, chains, resolutions, seed) =>
        {
            var (spatial, temporal) = (0, 0);
            var expected = new List<string> { "S0T0" };
            var kept = new List<int>();
            foreach (var step in steps)
            {
                if ((step == 1 && temporal == 7) || (step == 2 && spatial == 3)) continue;
                kept.Add(step);
                (spatial, temporal) = step switch { 1 => (spatial, temporal + 1), 2 => (spatial + 1, 0), _ => (spatial, temporal) };
                expected.Add($"S{spatial}T{temporal}");
            }

            var value = Descriptor(0x80, firstId, targets, string.Join(' ', [.. kept, 3]), Math.Min(chains, targets), resolutions, (int)seed);
            var structure = new DependencyStructure();
            Assert.True(structure.TryUpdate(value));
            Assert.False(structure.TryUpdate(value.AsSpan(0, value.Length - 1)));
            Assert.Equal(expected.Count, structure.Templates);
            Assert.Equal(targets, structure.DecodeTargets);
            Assert.Equal(string.Join(' ', expected), Layers(structure, firstId, expected.Count));
        });

    /// <summary>A descriptor with a structure, the parts for decoders filled with noise.</summary>
    internal static byte[] Descriptor(byte flags, int firstId, int targets, string layers, int chains = 1, bool resolutions = true, int seed = 1)
    {
        var random = new Random(seed);
        var bits = new BitWriter();
        bits.Write(flags, 8);
        bits.Write(random.Next(65536), 16);
        bits.Write(0b10000, 5);
        bits.Write(firstId, 6);
        bits.Write(targets - 1, 5);
        var steps = layers.Split(' ').Select(int.Parse).ToArray();
        foreach (var step in steps) bits.Write(step, 2);
        for (var i = 0; i < steps.Length * targets; i++) bits.Write(random.Next(4), 2);
        foreach (var _ in steps)
        {
            while (random.Next(2) == 0) bits.Write(0b10000 | random.Next(16), 5);
            bits.Write(0, 1);
        }

        bits.WriteBelow(chains, targets + 1);
        for (var i = 0; i < targets && chains > 0; i++) bits.WriteBelow(random.Next(chains), chains);
        for (var i = 0; i < steps.Length * chains; i++) bits.Write(random.Next(16), 4);
        bits.Write(resolutions ? 1 : 0, 1);
        for (var i = 0; i < 2 * (1 + steps.Count(step => step == 2)) && resolutions; i++) bits.Write(random.Next(65536), 16);
        return bits.ToArray();
    }

    private static string Layers(DependencyStructure structure, int firstId, int count)
    {
        var layers = new List<string>();
        for (var i = 0; i < count; i++)
        {
            Assert.True(structure.TryGetLayer((byte)(firstId + i & 63), out var spatial, out var temporal));
            layers.Add($"S{spatial}T{temporal}");
        }

        return string.Join(' ', layers);
    }

    private sealed class BitWriter
    {
        private readonly List<bool> _bits = [];

        public void Write(int value, int bits)
        {
            while (--bits >= 0) _bits.Add((value >> bits & 1) != 0);
        }

        // ns(n) of the AV1 specification, section 4.10.7.
        public void WriteBelow(int value, int count)
        {
            var bits = 0;
            while (count >> bits != 0) bits++;
            var shorter = (1 << bits) - count;
            if (value < shorter) Write(value, bits - 1);
            else Write(value + shorter, bits);
        }

        public byte[] ToArray()
        {
            var bytes = new byte[(_bits.Count + 7) / 8];
            for (var i = 0; i < _bits.Count; i++) bytes[i / 8] |= (byte)(_bits[i] ? 0x80 >> i % 8 : 0);
            return bytes;
        }
    }
}
