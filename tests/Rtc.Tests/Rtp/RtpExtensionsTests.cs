using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class RtpExtensionsTests
{
    private static readonly Gen<(int Id, byte[] Value)[]> OneByteElements =
        Gen.Select(Gen.Int[1, 14], Gen.Byte.Array[1, 16]).Array[0, 10];

    private static readonly Gen<(int Id, byte[] Value)[]> AnyElements =
        Gen.Select(Gen.Frequency((4, Gen.Int[1, 14]), (1, Gen.Int[15, 255])), Gen.Frequency((4, Gen.Byte.Array[1, 16]), (1, Gen.Byte.Array[0, 40]))).Array[0, 10];

    // RFC 8285 section 4.2: the drawing, with padding between elements and behind the last.
    [Fact]
    public void The_one_byte_form_is_read()
    {
        var packet = Packet("bede0003" + "10aa" + "21bbbb" + "0000" + "33cccccccc");
        Assert.Equal("1@17=AA 2@19=BBBB 3@24=CCCCCCCC", Read(packet));
    }

    // RFC 8285 section 4.3.
    [Fact]
    public void The_two_byte_form_is_read()
    {
        var packet = Packet("100f0003" + "0100" + "0201bb" + "00" + "ff04cccccccc");
        Assert.Equal("1@18= 2@20=BB 255@24=CCCCCCCC", Read(packet));
    }

    [Theory]
    [InlineData("bede0001" + "10aaf0bb", "1@17=AA")] // Id 15: stop there.
    [InlineData("bede0001" + "10aa01bb", "1@17=AA")] // Id 0 with a length: stop there.
    [InlineData("bede0001" + "10aa22bb", "1@17=AA")] // Reaches beyond the block, though not beyond the packet.
    [InlineData("10000001" + "0101aa02", "1@18=AA")] // An id without a length.
    [InlineData("10000001" + "010301bb", "")]
    [InlineData("bede0000", "")]
    [InlineData("bedf0001" + "10aa0000", "")] // Some other profile.
    [InlineData("bede0001" + "00000000", "")]
    public void What_came_before_the_end_counts(string block, string elements) => Assert.Equal(elements, Read(Packet(block)));

    [Fact]
    public void A_packet_without_the_bit_has_none()
    {
        Assert.True(RtpPacket.TryParse(Convert.FromHexString("8060000100000002" + "00000003" + "bede0001" + "10aa0000"), out var packet));
        Assert.False(packet.Extensions.TryGet(1, out var value));
        Assert.True(value.IsEmpty);
    }

    [Fact]
    public void What_fits_the_one_byte_form_is_written_in_it() => OneByteElements.Sample(elements =>
    {
        var packet = Write(elements, 400);
        Assert.NotNull(packet);
        if (elements.Length > 0) Assert.Equal(0xBE, packet[12]);
        AssertHolds(packet, elements);
    });

    [Fact]
    public void Whatever_is_written_is_read() => AnyElements.Sample(elements =>
    {
        var packet = Write(elements, 1000);
        Assert.NotNull(packet);
        AssertHolds(packet, elements);
    });

    [Fact]
    public void A_block_that_does_not_fit_is_refused_and_one_that_just_fits_is_not() => AnyElements.Sample(elements =>
    {
        var whole = Write(elements, 1000);
        Assert.NotNull(whole);
        for (var room = 12; room < whole.Length; room++) Assert.Null(Write(elements, room));
        Assert.Equal(whole, Write(elements, whole.Length));
    });

    [Fact]
    public void An_id_of_zero_was_not_negotiated_and_is_left_out()
    {
        var packet = Write([(0, [1, 2]), (3, [4]), (0, [])], 100);
        Assert.Equal("3@17=04", Read(packet!));
        Assert.Equal(20, packet!.Length);
    }

    [Fact]
    public void Nothing_added_is_no_block()
    {
        var packet = Write([], 12);
        Assert.Equal(12, packet!.Length);
        Assert.Equal(0x80, packet[0]);
    }

    [Theory]
    [InlineData(256, 1)]
    [InlineData(1, 256)]
    public void What_no_form_carries_is_refused(int id, int length) => Assert.Null(Write([(id, new byte[length])], 1000));

    [Fact]
    public void Reading_and_writing_do_not_allocate()
    {
        var packet = new byte[100];
        RtpHeader.TryWrite(packet, 96, true, 1, 2, 3);
        Run(packet);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Run(packet);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Run(byte[] packet)
        {
            var writer = new RtpExtensionWriter(packet);
            AbsSendTime.Write(writer.Reserve(2, AbsSendTime.Length), 1);
            ShortText.TryRead("0"u8, out var mid);
            mid.CopyTo(writer.Reserve(1, mid.Length));
            writer.Add(200, [1, 2]);
            if (!writer.TryFinish(out var headerLength) || !RtpPacket.TryParse(packet.AsSpan(0, headerLength), out var parsed)) throw new InvalidOperationException();
            var count = 0;
            foreach (var element in parsed.Extensions) count += element.Id;
            if (count != 203 || !parsed.Extensions.TryGet(1, out _)) throw new InvalidOperationException();
        }
    }

    private static byte[] Packet(string block) => Convert.FromHexString("9060000100000002" + "00000003" + block + "10ee20ee");

    private static string Read(byte[] bytes)
    {
        Assert.True(RtpPacket.TryParse(bytes, out var packet));
        var elements = new List<string>();
        foreach (var element in packet.Extensions)
        {
            Assert.True(packet.Extensions.TryFind(element.Id, out _));
            Assert.True(bytes.AsSpan(element.Offset, element.Value.Length).SequenceEqual(element.Value));
            elements.Add($"{element.Id}@{element.Offset}={Convert.ToHexString(element.Value)}");
        }

        return string.Join(' ', elements);
    }

    private static byte[]? Write((int Id, byte[] Value)[] elements, int room)
    {
        var buffer = new byte[room + 8];
        buffer.AsSpan().Fill(0xEE);
        var packet = buffer.AsSpan(0, room);
        Assert.True(RtpHeader.TryWrite(packet, 96, false, 1, 2, 3));
        var writer = new RtpExtensionWriter(packet);
        foreach (var (id, value) in elements) writer.Add(id, value);
        var fits = writer.TryFinish(out var length);
        Assert.Equal(-1, buffer.AsSpan(room).IndexOfAnyExcept((byte)0xEE));
        Assert.Equal(fits && elements.Any(element => element.Id != 0), (packet[0] & 0x10) != 0);
        return fits ? packet[..length].ToArray() : null;
    }

    private static void AssertHolds(byte[] bytes, (int Id, byte[] Value)[] elements)
    {
        Assert.True(RtpPacket.TryParse(bytes, out var packet));
        Assert.True(packet.Payload.IsEmpty);
        var i = 0;
        foreach (var element in packet.Extensions)
        {
            Assert.Equal(elements[i].Id, element.Id);
            Assert.True(element.Value.SequenceEqual(elements[i].Value));
            i++;
        }

        Assert.Equal(elements.Length, i);
    }
}
