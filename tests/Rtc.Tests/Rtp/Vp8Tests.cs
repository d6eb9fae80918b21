using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class Vp8Tests
{
    [Fact]
    public void The_captures_are_read()
    {
        Assert.True(Vp8.TryRead(Captures.Payload(Captures.Vp8Keyframe), out var info));
        Assert.Equal(new PayloadInfo { IsKeyframeStart = true, StartOfFrame = true, PictureIdBits = 15, PictureId = 0x2F83, PictureIdOffset = 2, DescriptorLength = 4 }, info);
        Assert.True(Vp8.TryRead(Captures.Payload(Captures.Vp8KeyframeGoesOn), out info));
        Assert.Equal(new PayloadInfo { PictureIdBits = 15, PictureId = 0x2F83, PictureIdOffset = 2, DescriptorLength = 4 }, info);
        Assert.True(Vp8.TryRead(Captures.Payload(Captures.Vp8Delta), out info));
        Assert.Equal(new PayloadInfo { StartOfFrame = true, PictureIdBits = 15, PictureId = 0x2F84, PictureIdOffset = 2, DescriptorLength = 4 }, info);
    }

    [Theory]
    [InlineData("1000", true, true)] // No extension: a keyframe.
    [InlineData("1001", true, false)]
    [InlineData("0000", false, false)] // Goes on.
    [InlineData("1100", false, false)] // Starts a partition, but not the first.
    public void A_keyframe_starts_with_the_first_partition(string payload, bool starts, bool keyframe)
    {
        Assert.True(Vp8.TryRead(Convert.FromHexString(payload), out var info));
        Assert.Equal((starts, keyframe), (info.StartOfFrame, info.IsKeyframeStart));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")] // A descriptor and nothing behind it.
    [InlineData("90")]
    [InlineData("9080")]
    [InlineData("908001")]
    [InlineData("908081")] // A picture id of two bytes that has one.
    [InlineData("90808122")]
    [InlineData("904011")] // TL0PICIDX.
    [InlineData("902020")] // TID.
    [InlineData("90f0812211e0")]
    public void A_payload_that_ends_within_its_descriptor_is_malformed(string payload) => Assert.False(Vp8.TryRead(Convert.FromHexString(payload), out _));

    [Fact]
    public void Every_combination_of_fields_is_read_and_patched_in_place() =>
        Gen.Select(Gen.Int[0, 255], Gen.Int[0, 255], Gen.UShort, Gen.Byte, Gen.Byte, Gen.UShort, Gen.Byte, Gen.Byte).Sample((first, flags, id, tl0, layer, newId, newTl0, codec) =>
        {
            var payload = new List<byte> { (byte)first };
            if ((first & 0x80) == 0) flags = 0;
            else payload.Add((byte)flags);
            var isLong = id >= 0x8000;
            var idAt = payload.Count;
            if ((flags & 0x80) != 0) payload.AddRange(isLong ? [(byte)(id >> 8), (byte)id] : [(byte)(id & 0x7F)]);
            var tl0At = payload.Count;
            if ((flags & 0x40) != 0) payload.Add(tl0);
            if ((flags & 0x30) != 0) payload.Add(layer);
            payload.Add(codec);

            var bytes = payload.ToArray();
            Assert.False(Vp8.TryRead(bytes.AsSpan(0, bytes.Length - 1), out _));
            Assert.True(Vp8.TryRead(bytes, out var info));
            var hasLayers = (flags & 0x20) != 0;
            var starts = (first & 0x17) == 0x10;
            Assert.Equal(new PayloadInfo
            {
                IsKeyframeStart = starts && codec % 2 == 0,
                StartOfFrame = starts,
                Discardable = (first & 0x20) != 0,
                HasLayers = hasLayers,
                TemporalLayer = (byte)(hasLayers ? layer >> 6 : 0),
                SwitchUp = hasLayers && (layer & 0x20) != 0,
                PictureIdBits = (byte)((flags & 0x80) == 0 ? 0 : isLong ? 15 : 7),
                PictureId = (ushort)((flags & 0x80) == 0 ? 0 : id & (isLong ? 0x7FFF : 0x7F)),
                PictureIdOffset = (byte)((flags & 0x80) == 0 ? 0 : idAt),
                HasTl0 = (flags & 0x40) != 0,
                Tl0 = (flags & 0x40) != 0 ? tl0 : (byte)0,
                Tl0Offset = (byte)((flags & 0x40) != 0 ? tl0At : 0),
                DescriptorLength = (byte)(bytes.Length - 1),
            }, info);

            var patched = (byte[])bytes.Clone();
            Assert.True(info.TryPatch(patched, newId, newTl0));
            Assert.True(Vp8.TryRead(patched, out var after));
            Assert.Equal(info with
            {
                PictureId = (ushort)(newId & (1 << info.PictureIdBits) - 1),
                Tl0 = info.HasTl0 ? newTl0 : (byte)0,
            }, after);
            Assert.True(info.TryPatch(patched, info.PictureId, info.Tl0));
            Assert.Equal(bytes, patched);
        });

    [Fact]
    public void A_payload_shorter_than_the_one_that_was_read_is_not_patched()
    {
        byte[] payload = [0x90, 0xC0, 0x81, 0x22, 0x33, 0x00];
        Assert.True(Vp8.TryRead(payload, out var info));
        for (var length = 0; length < 5; length++) Assert.False(info.TryPatch(payload.AsSpan(0, length), 1, 1));
        Assert.Equal([0x90, 0xC0, 0x81, 0x22, 0x33, 0x00], payload);
        Assert.True(info.TryPatch(payload.AsSpan(0, 5), 1, 2));
        Assert.Equal([0x90, 0xC0, 0x80, 0x01, 0x02, 0x00], payload);
    }
}
