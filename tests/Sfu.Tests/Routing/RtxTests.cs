using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class RtxTests
{
    // V=2 X CC=1, M, payload type 96, seq 0x1234, timestamp, SSRC, one CSRC, one-byte extension with id 3 (RFC 8285).
    private const string Header = "91E01234" + "AABBCCDD" + "01020304" + "0000CAFE" + "BEDE0001" + "30FF0000";
    private const string Payload = "10AF0102030405";

    [Fact]
    public void A_retransmission_carries_the_original_number_and_payload_and_leaves_the_cache_as_it_was()
    {
        var cache = new PacketCache(64, 8192);
        var bytes = Convert.FromHexString(Header + Payload);
        cache.Store(9, bytes, new PacketFacts { HeaderLength = 24, PayloadLength = 7 }, out var packet);
        using (var rtx = new RtxPayload(packet, new SentPacket { Sequence = 0x5_4321 }))
            Assert.Equal("4321" + Payload, Convert.ToHexString(rtx.Bytes));
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(packet.Bytes));
    }

    [Fact]
    public void A_packet_that_went_without_payload_goes_again_without()
    {
        var cache = new PacketCache(64, 8192);
        cache.Store(9, Convert.FromHexString(Header + Payload), new PacketFacts { HeaderLength = 24, PayloadLength = 7 }, out var packet);
        using var rtx = new RtxPayload(packet, new SentPacket { Sequence = 0x4321, IsEmpty = true });
        Assert.Equal("4321", Convert.ToHexString(rtx.Bytes));
    }

    [Fact]
    public void The_original_is_restored_from_a_publishers_retransmission()
    {
        // The same with P, payload type 97, a sequence number and an SSRC of its own, OSN in front and two bytes of padding behind.
        var packet = Convert.FromHexString("B1E10077" + "AABBCCDD" + "0D0E0F00" + "0000CAFE" + "BEDE0001" + "30FF0000" + "1234" + Payload + "0002");
        Assert.Equal(DropReason.None, RtxReceiver.Unwrap(packet, 24, 9, 96, 0x0102_0304, out var original));
        Assert.Equal(Header + Payload, Convert.ToHexString(original));
    }

    [Fact]
    public void A_retransmission_without_anything_in_it_is_padding()
    {
        var packet = Convert.FromHexString("A0610077" + "AABBCCDD" + "0D0E0F00" + "00000004");
        Assert.Equal(DropReason.Padding, RtxReceiver.Unwrap(packet, 12, 0, 96, 1, out _));
        Assert.Equal(DropReason.Padding, RtxReceiver.Unwrap(packet, 12, 1, 96, 1, out _));
    }
}
