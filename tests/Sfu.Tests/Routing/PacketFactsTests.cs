using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class PacketFactsTests
{
    private const string Fixed = "90E01234" + "AABBCCDD" + "01020304";

    [Fact]
    public void A_vp8_packet_with_all_of_its_descriptor()
    {
        // One-byte extensions: 1 = orientation; then X, S, PID 0; I L T; picture id 0x1234; TL0PICIDX 9; TID 2, Y; a keyframe.
        var facts = Read(Fixed + "BEDE0001" + "10090000" + "90E0" + "9234" + "09" + "A0" + "10", PayloadFormat.Vp8);
        Assert.Equal((20, 7, 96, true, true), (facts.HeaderLength, facts.PayloadLength, facts.PayloadType, facts.Marker, facts.StartsKeyframe));
        Assert.Equal((0xAABB_CCDDu, 5L, (byte)9, PacketFacts.NoLevel), (facts.Timestamp, facts.Arrival, facts.Orientation, facts.AudioLevel));
        var picture = facts.Picture;
        Assert.Equal((15, 0x1234, 22, 24, 9, 2), (picture.IdBits, picture.Id, picture.IdOffset, picture.Tl0Offset, picture.Tl0, picture.TemporalId));
        Assert.Equal((true, false, true), (picture.IsSync, picture.OpensLayers, picture.ClosesGaps));
    }

    [Fact]
    public void A_vp9_packet_may_open_the_layers_above_it()
    {
        // I P L B E; picture id 5 in 7 bits; TID 1, U; TL0PICIDX 3.
        var facts = Read(Fixed + "BEDE0000" + "E8" + "05" + "30" + "03" + "FF", PayloadFormat.Vp9);
        var picture = facts.Picture;
        Assert.Equal((7, 5, 17, 1), (picture.IdBits, picture.Id, picture.IdOffset, picture.TemporalId));
        Assert.Equal((false, true, false), (picture.IsSync, picture.OpensLayers, picture.ClosesGaps));
    }

    [Fact]
    public void The_level_of_sound_and_whether_it_is_speech()
    {
        var facts = Read(Fixed + "BEDE0001" + "20AA0000" + "78FFFE", PayloadFormat.Opus);
        Assert.Equal((42, true, PacketFacts.NoOrientation, 0), (facts.AudioLevel, facts.Voice, facts.Orientation, facts.Picture.IdBits));
        Assert.False(facts.StartsKeyframe);
    }

    [Fact]
    public void Where_there_is_no_picture_id_the_frame_number_takes_its_place()
    {
        // 3 = dependency descriptor of three bytes: start of frame, frame number 0xBEEF. Then an AV1 payload: W 1, N: a new coded sequence.
        var bytes = Convert.FromHexString(Fixed + "BEDE0001" + "3280BEEF" + "18" + "0A");
        var facts = Read(bytes, PayloadFormat.Av1);
        Assert.Equal((16, 0xBEEF, 18, 17, 3), (facts.Picture.IdBits, facts.Picture.Id, facts.Picture.IdOffset, facts.DependencyOffset, facts.DependencyLength));
        facts.Picture.Patch(bytes, 0x0102, 0);
        Assert.Equal("3280" + "0102", Convert.ToHexString(bytes.AsSpan(16, 4)));
    }

    [Theory]
    [InlineData(PayloadFormat.Vp8, 1100, 4)]
    [InlineData(PayloadFormat.Vp8, 1101, 3)]
    [InlineData(PayloadFormat.H264, 1097, 7)]
    [InlineData(PayloadFormat.Vp9, 1104, 0)]
    [InlineData(PayloadFormat.Av1, 256, 0)]
    [InlineData(PayloadFormat.Av1, 257, 7)]
    [InlineData(PayloadFormat.Vp8, 255, 0)] // The end of a frame: it may be shorter as it is.
    [InlineData(PayloadFormat.Opus, 1100, 0)]
    [InlineData(PayloadFormat.Opaque, 1100, 0)]
    public void Video_packets_are_padded_to_lengths_that_others_have_too(PayloadFormat format, int payloadLength, int padding)
    {
        byte[] bytes = [.. Convert.FromHexString(Fixed + "BEDE0000" + "10"), .. new byte[payloadLength - 1]];
        Assert.Equal((payloadLength, padding), (Read(bytes, format).PayloadLength, Read(bytes, format).Padding));
    }

    [Fact]
    public void Padding_alone_is_known_as_such()
    {
        var facts = Read("B0E01234" + "AABBCCDD" + "01020304" + "BEDE0000" + "00000004", PayloadFormat.Vp8);
        Assert.Equal(0, facts.PayloadLength);
    }

    [Fact]
    public void A_payload_that_ends_within_its_descriptor_is_refused()
    {
        Assert.True(RtpPacket.TryParse(Convert.FromHexString(Fixed + "BEDE0000" + "9080"), out var packet));
        Assert.False(PacketFacts.TryRead(0, packet, PayloadFormat.Vp8, default, out _));
        Assert.True(PacketFacts.TryRead(0, packet, PayloadFormat.Opaque, default, out _));
    }

    private static PacketFacts Read(string hex, PayloadFormat format) => Read(Convert.FromHexString(hex), format);

    private static PacketFacts Read(byte[] bytes, PayloadFormat format)
    {
        var map = default(ExtensionMap);
        Assert.True(map.TryAdd(1, ExtensionUris.VideoOrientation));
        Assert.True(map.TryAdd(2, ExtensionUris.AudioLevel));
        Assert.True(map.TryAdd(3, ExtensionUris.DependencyDescriptor));
        Assert.True(RtpPacket.TryParse(bytes, out var packet));
        Assert.True(PacketFacts.TryRead(5, packet, format, map, out var facts));
        return facts;
    }
}
