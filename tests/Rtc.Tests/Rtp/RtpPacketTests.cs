using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class RtpPacketTests
{
    // Two CSRCs, an extension of one word (id 1: 3 bytes), five bytes of payload, three of padding.
    internal static readonly byte[] Full = Convert.FromHexString(
        "b2e1fffe" + "00000001" + "0badcafe" + "11111111" + "22222222" + "bede0001" + "12aabbcc" + "0102030405" + "000003");

    [Fact]
    public void Every_field_is_read()
    {
        Assert.True(RtpPacket.TryParse(Full, out var packet));
        Assert.True(packet.Marker);
        Assert.Equal(97, packet.PayloadType);
        Assert.Equal(65534, packet.SequenceNumber);
        Assert.Equal(1u, packet.Timestamp);
        Assert.Equal(0x0BADCAFEu, packet.Ssrc);
        Assert.Equal(2, packet.CsrcCount);
        Assert.Equal(0x11111111u, packet.Csrc(0));
        Assert.Equal(0x22222222u, packet.Csrc(1));
        Assert.Equal(28, packet.HeaderLength);
        Assert.Equal(3, packet.PaddingLength);
        Assert.True(packet.Payload.SequenceEqual(new byte[] { 1, 2, 3, 4, 5 }));
        Assert.True(packet.Extensions.TryGet(1, out var value));
        Assert.True(value.SequenceEqual(new byte[] { 0xAA, 0xBB, 0xCC }));
    }

    [Fact]
    public void A_header_cut_anywhere_is_no_packet()
    {
        for (var length = 0; length < 28; length++) Assert.False(RtpPacket.TryParse(Full.AsSpan(0, length), out _), $"{length} bytes");
    }

    [Theory]
    [InlineData("7260fffe00000001" + "0badcafe")] // Version 1.
    [InlineData("a060fffe00000001" + "0badcafe")] // Padding, but not a byte behind the header.
    [InlineData("a060fffe00000001" + "0badcafe" + "0100")] // Padding of no byte: it counts itself.
    [InlineData("a060fffe00000001" + "0badcafe" + "0103")] // Padding that reaches into the header.
    [InlineData("9060fffe00000001" + "0badcafe" + "bede0001")] // An extension longer than the packet.
    [InlineData("9060fffe00000001" + "0badcafe" + "bedeffff" + "00000000")]
    [InlineData("8160fffe00000001" + "0badcafe")] // A CSRC that is not there.
    public void What_contradicts_itself_is_no_packet(string packet) => Assert.False(RtpPacket.TryParse(Convert.FromHexString(packet), out _));

    [Fact]
    public void A_packet_may_be_nothing_but_padding()
    {
        Assert.True(RtpPacket.TryParse(Convert.FromHexString("a060fffe" + "00000001" + "0badcafe" + "0002"), out var packet));
        Assert.True(packet.Payload.IsEmpty);
        Assert.Equal(2, packet.PaddingLength);
    }

    [Fact]
    public void The_length_of_a_header_does_not_depend_on_what_is_encrypted()
    {
        var packet = (byte[])Full.Clone();
        packet[^1] = 0xFF; // Where the padding was counted stands a byte of cipher text now.
        Assert.True(RtpHeader.TryGetLength(packet, out var length));
        Assert.Equal(28, length);
        Assert.False(RtpPacket.TryParse(packet, out _));
    }

    [Fact]
    public void A_header_survives() =>
        Gen.Select(Gen.Byte[0, 127], Gen.Bool, Gen.UShort, Gen.UInt, Gen.UInt).Sample((payloadType, marker, sequenceNumber, timestamp, ssrc) =>
        {
            var bytes = new byte[12];
            Assert.True(RtpHeader.TryWrite(bytes, payloadType, marker, sequenceNumber, timestamp, ssrc));
            Assert.True(RtpPacket.TryParse(bytes, out var packet));
            Assert.Equal((payloadType, marker, sequenceNumber, timestamp, ssrc),
                (packet.PayloadType, packet.Marker, packet.SequenceNumber, packet.Timestamp, packet.Ssrc));
            Assert.True(packet.Payload.IsEmpty);
            Assert.False(RtpHeader.TryWrite(bytes.AsSpan(0, 11), payloadType, marker, sequenceNumber, timestamp, ssrc));
        });

    [Fact]
    public void A_setter_changes_its_field_alone() =>
        Gen.Select(Gen.Byte[0, 127], Gen.Bool, Gen.UShort, Gen.UInt, Gen.UInt).Sample((payloadType, marker, sequenceNumber, timestamp, ssrc) =>
        {
            var bytes = (byte[])Full.Clone();
            RtpHeader.SetPayloadType(bytes, payloadType);
            Assert.True(RtpHeader.Marker(bytes));
            RtpHeader.SetMarker(bytes, marker);
            RtpHeader.SetSequenceNumber(bytes, sequenceNumber);
            RtpHeader.SetTimestamp(bytes, timestamp);
            RtpHeader.SetSsrc(bytes, ssrc);
            Assert.Equal((payloadType, marker, sequenceNumber, timestamp, ssrc),
                (RtpHeader.PayloadType(bytes), RtpHeader.Marker(bytes), RtpHeader.SequenceNumber(bytes), RtpHeader.Timestamp(bytes), RtpHeader.Ssrc(bytes)));
            Assert.Equal(Full[0], bytes[0]);
            Assert.True(bytes.AsSpan(12).SequenceEqual(Full.AsSpan(12)));
            RtpHeader.SetPadding(bytes, false);
            Assert.True(RtpPacket.TryParse(bytes, out var packet));
            Assert.Equal(8, packet.Payload.Length);
            RtpHeader.SetPadding(bytes, true);
            Assert.Equal(Full[0], bytes[0]);
        });
}
