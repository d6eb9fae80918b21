using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class Vp9Tests
{
    [Fact]
    public void The_captures_are_read()
    {
        Assert.True(Vp9.TryRead(Captures.Payload(Captures.Vp9Keyframe), out var info));
        Assert.Equal(new PayloadInfo { IsKeyframeStart = true, StartOfFrame = true, PictureIdBits = 15, PictureId = 0x2341, PictureIdOffset = 1, StructureOffset = 3 }, info);
        Assert.True(Vp9.TryRead(Captures.Payload(Captures.Vp9KeyframeGoesOn), out info));
        Assert.Equal(new PayloadInfo { PictureIdBits = 15, PictureId = 0x2341, PictureIdOffset = 1 }, info);
        Assert.True(Vp9.TryRead(Captures.Payload(Captures.Vp9DeltaEnds), out info));
        Assert.Equal(new PayloadInfo { EndOfFrame = true, InterPicture = true, PictureIdBits = 15, PictureId = 0x2345, PictureIdOffset = 1 }, info);
    }

    [Theory]
    [InlineData("0800", true)] // Neither picture id nor layers.
    [InlineData("4800", false)] // P: needs an earlier picture.
    [InlineData("0000", false)] // Goes on.
    [InlineData("28000700", true)] // Spatial layer 0.
    [InlineData("28030700", false)] // Layer 1 of a keyframe: the start was before.
    public void A_keyframe_starts_with_its_lowest_layer(string payload, bool keyframe)
    {
        Assert.True(Vp9.TryRead(Convert.FromHexString(payload), out var info));
        Assert.Equal(keyframe, info.IsKeyframeStart);
    }

    [Theory]
    [InlineData("")]
    [InlineData("08")]
    [InlineData("88")]
    [InlineData("8801")]
    [InlineData("888101")]
    [InlineData("2800")] // TL0PICIDX is not there.
    [InlineData("5003")] // References that go on.
    [InlineData("50030303ff")] // More than three references.
    [InlineData("0a")]
    [InlineData("0a10000000")] // A resolution cut short.
    [InlineData("0a08")]
    [InlineData("0a0801")]
    [InlineData("0a080108aa")] // A picture group cut short.
    public void A_payload_that_ends_within_its_descriptor_is_malformed(string payload) => Assert.False(Vp9.TryRead(Convert.FromHexString(payload), out _));

    [Fact]
    public void Every_combination_of_fields_is_read() =>
        Gen.Select(Gen.Byte, Gen.UShort, Gen.Byte, Gen.Byte, Gen.Int[1, 3], Gen.Byte, Gen.Int[0, 3].Array[0, 20]).Sample((first, id, layers, tl0, references, structure, group) =>
        {
            var (hasId, inter, hasLayers, flexible, hasStructure) = ((first & 0x80) != 0, (first & 0x40) != 0, (first & 0x20) != 0, (first & 0x10) != 0, (first & 0x02) != 0);
            var payload = new List<byte> { first };
            var isLong = id >= 0x8000;
            if (hasId) payload.AddRange(isLong ? [(byte)(id >> 8), (byte)id] : [(byte)(id & 0x7F)]);
            if (hasLayers) payload.Add(layers);
            var tl0At = payload.Count;
            if (hasLayers && !flexible) payload.Add(tl0);
            for (var i = 1; i <= references && inter && flexible; i++) payload.Add((byte)(i << 1 | (i < references ? 1 : 0)));
            var structureAt = payload.Count;
            if (hasStructure)
            {
                payload.Add(structure);
                if ((structure & 0x10) != 0) payload.AddRange(new byte[4 * ((structure >> 5) + 1)]);
                if ((structure & 0x08) != 0)
                {
                    payload.Add((byte)group.Length);
                    foreach (var count in group) payload.AddRange([(byte)(count << 2), .. new byte[count]]);
                }
            }

            payload.Add(0xA2);
            var bytes = payload.ToArray();
            Assert.False(Vp9.TryRead(bytes.AsSpan(0, bytes.Length - 1), out _));
            Assert.True(Vp9.TryRead(bytes, out var info));
            Assert.Equal(new PayloadInfo
            {
                IsKeyframeStart = (first & 0x48) == 0x08 && (!hasLayers || (layers & 0x0E) == 0),
                StartOfFrame = (first & 0x08) != 0,
                EndOfFrame = (first & 0x04) != 0,
                InterPicture = inter,
                Discardable = (first & 0x01) != 0,
                HasLayers = hasLayers,
                TemporalLayer = (byte)(hasLayers ? layers >> 5 : 0),
                SwitchUp = hasLayers && (layers & 0x10) != 0,
                SpatialLayer = (byte)(hasLayers ? layers >> 1 & 7 : 0),
                InterLayer = hasLayers && (layers & 1) != 0,
                PictureIdBits = (byte)(!hasId ? 0 : isLong ? 15 : 7),
                PictureId = (ushort)(!hasId ? 0 : id & (isLong ? 0x7FFF : 0x7F)),
                PictureIdOffset = (byte)(hasId ? 1 : 0),
                HasTl0 = hasLayers && !flexible,
                Tl0 = hasLayers && !flexible ? tl0 : (byte)0,
                Tl0Offset = (byte)(hasLayers && !flexible ? tl0At : 0),
                StructureOffset = (byte)(hasStructure ? structureAt : 0),
            }, info);
        });
}
