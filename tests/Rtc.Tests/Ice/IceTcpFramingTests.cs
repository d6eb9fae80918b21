using CsCheck;
using RtcHub.Rtc.Ice;

namespace RtcHub.Rtc.Tests.Ice;

public sealed class IceTcpFramingTests
{
    private const int MaxPacket = 300;

    private static readonly Gen<byte[][]> Packets = Gen.Byte.Array[0, MaxPacket].Array[0, 20];

    [Fact]
    public void However_the_stream_is_cut_the_packets_are_the_same() =>
        Gen.Select(Packets, Gen.Int[1, 700].Array[1, 50]).Sample((packets, cuts) =>
        {
            var stream = Frame(packets);
            var reader = new IceTcpReader(MaxPacket);
            var read = new List<byte[]>();
            var at = 0;
            for (var i = 0; at < stream.Length; i++)
            {
                var room = reader.GetRoom();
                Assert.False(room.IsEmpty);
                var count = Math.Min(Math.Min(cuts[i % cuts.Length], room.Length), stream.Length - at);
                stream.AsSpan(at, count).CopyTo(room);
                reader.Advance(count);
                at += count;
                while (reader.TryRead(out var packet)) read.Add(packet.ToArray());
            }

            Assert.False(reader.IsBroken);
            Assert.Equal(packets.Where(packet => packet.Length > 0), read);
        });

    [Fact]
    public void A_packet_that_is_too_long_breaks_the_stream_at_its_header()
    {
        var reader = new IceTcpReader(MaxPacket);
        byte[] stream = [0, 1, 7, (MaxPacket + 1) >> 8, (MaxPacket + 1) & 0xFF];
        stream.CopyTo(reader.GetRoom());
        reader.Advance(stream.Length);
        Assert.True(reader.TryRead(out var packet));
        Assert.Equal(7, Assert.Single(packet.ToArray()));
        Assert.False(reader.TryRead(out _));
        Assert.True(reader.IsBroken);
    }

    [Fact]
    public void What_does_not_fit_is_not_written()
    {
        Assert.False(IceTcpFraming.TryWrite(new byte[10], new byte[11], out var length));
        Assert.Equal(0, length);
        Assert.False(IceTcpFraming.TryWrite(new byte[65536], new byte[70_000], out _));
        Assert.True(IceTcpFraming.TryWrite(new byte[65535], new byte[65537], out length));
        Assert.Equal(65537, length);
    }

    private static byte[] Frame(byte[][] packets)
    {
        var stream = new byte[packets.Sum(packet => IceTcpFraming.HeaderLength + packet.Length)];
        var at = 0;
        foreach (var packet in packets)
        {
            Assert.True(IceTcpFraming.TryWrite(packet, stream.AsSpan(at), out var length));
            at += length;
        }

        return stream;
    }
}
