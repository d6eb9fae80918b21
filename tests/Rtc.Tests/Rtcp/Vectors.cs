using RtcHub.Rtc.Rtcp;

namespace RtcHub.Rtc.Tests.Rtcp;

/// <summary>Packets as another stack (aiortc 1.4) writes them; the transport-wide feedback is made by hand after the draft.</summary>
internal static class Vectors
{
    public static readonly byte[] SenderReport = Hex(
        "81c8000c6d2453eade46475b151a005c66a8dd3e0000010d000034f5" + "6d2453ea00fffffd00000276000007721122334400010000");

    public static readonly byte[] ReceiverReport = Hex("81c9000730b68407" + "6d2453ea00fffffd00000276000007721122334400010000");
    public static readonly byte[] Cname = Hex("81ca000c6d2453ea01267b36336634353965612d343166652d343437342d396433332d3937303763396565373964317d00000000");
    public static readonly byte[] Bye = Hex("81cb0001ae528b43");
    public static readonly byte[] Nack = Hex("81cd000c8b4477bbf71deee4" + "000c00000020004000360000004c0000006e1000008e000000b7000800df1000010f000001240000");
    public static readonly byte[] Pli = Hex("81ce00025450626523013fb9");
    public static readonly byte[] Fir = Hex("84ce00060000000100000000" + "00000002f0000000" + "0000000307000000");
    public static readonly byte[] Remb = Hex("8fce0006000000010000000052454d420213f7a096be96cf00000005");

    // A run of eight, a vector of two bits, a run of three losses, a vector of one bit of which one packet counts; padded
    // with one byte, as libwebrtc does.
    public static readonly byte[] TransportFeedback = Hex(
        "afcd000a1111111122222222" + "fffa00138899aa07" + "2008e1090003a000" + "0001020304050607" + "fffbff012c0102" + "01");

    // Of a kind that nothing here reads (RFC 3611).
    public static readonly byte[] ExtendedReport = Hex("80cf000400000001" + "040000021122334455667788");

    public static readonly byte[][] All =
        [SenderReport, ReceiverReport, Cname, Bye, Nack, Pli, Fir, Remb, TransportFeedback, ExtendedReport, [.. ReceiverReport, .. Cname, .. Nack, .. Pli]];

    /// <summary>The first packet of a compound that has to parse.</summary>
    public static RtcpPacket First(byte[] bytes)
    {
        Assert.True(RtcpCompound.TryParse(bytes, out var compound));
        var packets = compound.GetEnumerator();
        Assert.True(packets.MoveNext());
        return packets.Current;
    }

    /// <summary>The same packet with a body cut to fewer words, its length made to fit; null when there is nothing left to cut.</summary>
    public static byte[]? Cut(byte[] packet, int words)
    {
        if (packet[3] < words) return null;
        var cut = packet.AsSpan(0, packet.Length - 4 * words).ToArray();
        cut[0] &= 0xDF; // The padding is gone.
        cut[3] -= (byte)words;
        return cut;
    }

    /// <summary>What a writer makes; null when it does not fit into so much room.</summary>
    public static byte[]? Write(int room, Writing write)
    {
        var buffer = new byte[room + 4];
        buffer.AsSpan().Fill(0xEE);
        var writer = new RtcpWriter(buffer.AsSpan(0, room));
        write(ref writer);
        var fits = writer.TryFinish(out var length);
        Assert.Equal(-1, buffer.AsSpan(room).IndexOfAnyExcept((byte)0xEE));
        Assert.Equal(fits ? room - length : 0, fits ? writer.Room : 0);
        Assert.Equal(length, writer.Length);
        return fits ? buffer[..length] : null;
    }

    public delegate void Writing(ref RtcpWriter writer);

    private static byte[] Hex(string text) => Convert.FromHexString(text);
}
