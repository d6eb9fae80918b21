using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

/// <summary>
/// Packets, payloads and dependency descriptors that are nearly right. The oracle: no exception, nothing lies outside of what it
/// is part of, what is patched can be patched back, and nothing beside it changes.
/// </summary>
public sealed class RtpFuzzTests
{
    private const int Inputs = 250_000;

    private static readonly byte[][] Payloads =
    [
        [.. Captures.Payload(Captures.Vp8Keyframe)], [.. Captures.Payload(Captures.Vp8Delta)], Hex("90f0812211e0" + "30009d012a"), Hex("90a01145" + "31"),
        [.. Captures.Payload(Captures.Vp9Keyframe)], [.. Captures.Payload(Captures.Vp9DeltaEnds)], Hex("fe8122" + "07" + "0504" + "38000102030405060708" + "0204aa18bbccddee"), Hex("b9812241" + "07" + "a2"),
        [.. Captures.Payload(Captures.H264ParameterSets)], [.. Captures.Payload(Captures.H264IdrStarts)], [.. Captures.Payload(Captures.H264SingleIdr)],
        Hex("28" + "03080000" + "344830aabb"), Hex("08" + "0308000003344800"), Hex("a00208aa080000"), Hex("90aabbcc"),
        Hex("ef0f0004" + "6f" + "01020304" + "0506"),
    ];

    private static readonly byte[][] Packets =
    [
        RtpPacketTests.Full,
        .. Payloads.Select(payload => (byte[])[.. Hex("9060000100000002" + "00000003" + "bede0003" + "10aa21bbbb0000" + "33cccccccc"), .. payload]),
        Hex("91e0000100000002" + "00000003" + "00000004" + "10000003" + "0100" + "0201bb" + "00" + "ff04cccccccc" + "0102"),
        Hex("8060000100000002" + "00000003"),
    ];

    [Fact]
    public void No_packet_does_harm()
    {
        var mutator = new Mutator(20_261_123, Packets);
        var (parsed, elements) = (0, 0);
        for (var i = 0; i < Inputs; i++)
        {
            var input = mutator.Next();
            Datagram.Classify(input);
            if (!RtpPacket.TryParse(input, out var packet)) continue;
            parsed++;
            var whole = packet.HeaderLength >= RtpHeader.FixedLength + 4 * packet.CsrcCount
                && packet.HeaderLength + packet.Payload.Length + packet.PaddingLength == input.Length;
            for (var index = 0; index < packet.CsrcCount; index++) packet.Csrc(index);
            var at = RtpHeader.FixedLength;
            foreach (var element in packet.Extensions)
            {
                elements++;
                whole &= element.Id > 0 && element.Offset > at && element.Offset + element.Value.Length <= packet.HeaderLength
                    && packet.Extensions.TryFind(element.Id, out var first) && first.Offset <= element.Offset;
                at = element.Offset + element.Value.Length;
                AudioLevel.TryRead(element.Value, out _);
                AbsSendTime.TryRead(element.Value, out _);
                TransportSequence.TryRead(element.Value, out _);
                VideoOrientation.TryRead(element.Value, out _);
                if (ShortText.TryRead(element.Value, out var text)) whole &= text.Length == element.Value.Length;
            }

            if (!whole) Assert.Fail($"input {i}: {Convert.ToHexString(input)}");
        }

        // A mutator whose output is all refused at the door would test nothing.
        Assert.InRange(parsed, Inputs / 4, Inputs);
        Assert.InRange(elements, Inputs / 4, int.MaxValue);
    }

    [Fact]
    public void No_payload_does_harm()
    {
        var mutator = new Mutator(20_261_124, Payloads);
        var before = new byte[1024];
        var (read, keyframes, patched) = (0, 0, 0);
        for (var i = 0; i < Inputs; i++)
        {
            var input = mutator.Next();
            input.CopyTo(before);
            for (var format = PayloadFormat.Vp8; format <= PayloadFormat.Av1; format++)
            {
                if (!PayloadDescriptor.TryRead(format, input, out var info)) continue;
                read++;
                if (info.IsKeyframeStart) keyframes++;
                var whole = info.PictureIdOffset + (info.PictureIdBits + 7) / 8 <= input.Length && info.Tl0Offset < input.Length && (!info.IsKeyframeStart || info.StartOfFrame);
                if (info.PictureIdBits > 0 || info.HasTl0)
                {
                    patched++;
                    var (id, tl0) = ((ushort)(mutator.Random.Next(65536) & (1 << info.PictureIdBits) - 1), info.HasTl0 ? (byte)mutator.Random.Next(256) : (byte)0);
                    whole &= info.TryPatch(input, id, tl0)
                        && PayloadDescriptor.TryRead(format, input, out var after) && after == info with { PictureId = id, Tl0 = tl0 }
                        && info.TryPatch(input, info.PictureId, info.Tl0);
                }

                if (!whole || !input.SequenceEqual(before.AsSpan(0, input.Length))) Assert.Fail($"input {i} as {format}: {Convert.ToHexString(before.AsSpan(0, input.Length))}");
            }

            if (Red.TryGetPrimary(input, out _, out var primary) && !input.EndsWith(primary)) Assert.Fail($"input {i}: {Convert.ToHexString(input)}");
        }

        Assert.InRange(read, Inputs, 4 * Inputs);
        Assert.InRange(keyframes, Inputs / 10, Inputs);
        Assert.InRange(patched, Inputs / 10, 2 * Inputs);
    }

    [Fact]
    public void No_dependency_descriptor_does_harm()
    {
        var mutator = new Mutator(20_261_125, [Captures.L3T3, DependencyDescriptorTests.Descriptor(0x80, 6, 3, "0 1 1 0 3"), DependencyDescriptorTests.Descriptor(0x80, 60, 6, "1 2 1 2 1 3", chains: 0), Hex("860173")]);
        var structure = new DependencyStructure();
        var restricted = new byte[255];
        var taken = 0;
        for (var i = 0; i < Inputs; i++)
        {
            var input = mutator.Next();
            var before = (structure.Templates, structure.DecodeTargets, structure.SpatialLayers, structure.TemporalLayers);
            if (structure.TryUpdate(input)) taken++;
            else if (before != (structure.Templates, structure.DecodeTargets, structure.SpatialLayers, structure.TemporalLayers)) Assert.Fail($"input {i} was half taken over: {Convert.ToHexString(input)}");

            // Whatever names a frame names a target that there may be, and what is a structure stays one.
            if (structure.TryRead(input, out _) && structure.Choice.Find(i & 3, i >> 2 & 3) >= structure.DecodeTargets) Assert.Fail($"input {i}: {Convert.ToHexString(input)}");
            if (DependencyStructure.TryRestrict(input, (uint)i, restricted, out var length) && !structure.TryUpdate(restricted.AsSpan(0, length))) Assert.Fail($"input {i} was spoilt: {Convert.ToHexString(input)}");

            var known = 0;
            for (byte id = 0; id < 64; id++)
            {
                if (!structure.TryGetLayer(id, out var spatial, out var temporal)) continue;
                known++;
                if (spatial >= structure.SpatialLayers || temporal >= structure.TemporalLayers) Assert.Fail($"input {i}: {Convert.ToHexString(input)}");
            }

            if (known != structure.Templates) Assert.Fail($"input {i} has {structure.Templates} templates, of which {known} are there: {Convert.ToHexString(input)}");
        }

        Assert.InRange(taken, Inputs / 4, Inputs);
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text);
}
