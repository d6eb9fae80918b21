using CsCheck;
using RtcHub.Rtc.Rtcp;

namespace RtcHub.Rtc.Tests.Rtcp;

public sealed class FeedbackTests
{
    [Fact]
    public void A_NACK_is_read_and_written_as_another_stack_does()
    {
        Assert.True(Nack.TryRead(Vectors.First(Vectors.Nack), out var nack));
        Assert.Equal((2336520123u, 4145934052u), (nack.SenderSsrc, nack.MediaSsrc));
        ushort[] missing = [12, 32, 39, 54, 76, 110, 123, 142, 183, 187, 223, 236, 271, 292];
        Assert.Equal(missing, ToArray(nack));
        Assert.Equal(Vectors.Nack, Vectors.Write(100, (ref writer) => Nack.Write(ref writer, 2336520123, 4145934052, missing)));
    }

    [Fact]
    public void Missing_numbers_survive_in_as_few_entries_as_their_distances_allow() =>
        Gen.Select(Gen.UShort, Gen.Frequency((5, Gen.Int[1, 4]), (1, Gen.Int[1, 1000])).Array[1, 60]).Sample((first, steps) =>
        {
            var missing = new List<ushort> { first };
            foreach (var step in steps) missing.Add((ushort)(missing[^1] + step));
            var bytes = Vectors.Write(1000, (ref writer) => Nack.Write(ref writer, 1, 2, [.. missing]));
            Assert.True(Nack.TryRead(Vectors.First(bytes!), out var nack));
            Assert.Equal(missing, ToArray(nack));

            // An entry reaches over 17 numbers.
            var (entries, reach) = (0, -1);
            for (int i = 0, at = 0; i < missing.Count; at += i < steps.Length ? steps[i] : 0, i++)
            {
                if (at <= reach) continue;
                entries++;
                reach = at + 16;
            }

            Assert.Equal(12 + 4 * entries, bytes!.Length);
            Assert.Null(Vectors.Write(bytes.Length - 1, (ref writer) => Nack.Write(ref writer, 1, 2, [.. missing])));
        });

    [Fact]
    public void Numbers_in_any_order_survive_as_a_set() => Gen.UShort.Array[1, 60].Sample(missing =>
    {
        var bytes = Vectors.Write(1000, (ref writer) => Nack.Write(ref writer, 1, 2, missing));
        Assert.True(Nack.TryRead(Vectors.First(bytes!), out var nack));
        Assert.Equal(missing.Order().Distinct(), ToArray(nack).Order().Distinct());
    });

    [Fact]
    public void Nothing_missing_is_no_NACK()
    {
        Assert.Null(Vectors.Write(100, (ref writer) => Nack.Write(ref writer, 1, 2, [])));
        Assert.False(Nack.TryRead(Vectors.First(Convert.FromHexString("81cd00020000000100000002")), out _));
        Assert.False(Nack.TryRead(Vectors.First(Convert.FromHexString("81cd000100000001")), out _));
        Assert.False(Nack.TryRead(Vectors.First(Vectors.Pli), out _));
        Assert.False(Nack.TryRead(Vectors.First(Vectors.TransportFeedback), out _));
    }

    [Fact]
    public void A_PLI_is_read_and_written()
    {
        Assert.True(Pli.TryRead(Vectors.First(Vectors.Pli), out var pli));
        Assert.Equal(new Pli(1414554213, 587284409), pli);
        Assert.Equal(Vectors.Pli, Vectors.Write(12, (ref writer) => pli.Write(ref writer)));
        Assert.False(Pli.TryRead(Vectors.First(Vectors.Cut(Vectors.Pli, 1)!), out _));
        Assert.False(Pli.TryRead(Vectors.First(Vectors.Nack), out _));
        Assert.False(Pli.TryRead(Vectors.First(Vectors.Fir), out _));
    }

    [Fact]
    public void A_FIR_is_read_and_written()
    {
        Assert.True(Fir.TryRead(Vectors.First(Vectors.Fir), out var fir));
        Assert.Equal(1u, fir.SenderSsrc);
        FirEntry[] entries = [new(2, 0xF0), new(3, 7)];
        Assert.Equal(entries, ToArray(fir));
        Assert.Equal(Vectors.Fir, Vectors.Write(28, (ref writer) => Fir.Write(ref writer, 1, entries)));
        Assert.True(Fir.TryRead(Vectors.First(Vectors.Cut(Vectors.Fir, 1)!), out fir)); // Half of the second command is left.
        Assert.Equal(entries[..1], ToArray(fir));
        Assert.False(Fir.TryRead(Vectors.First(Vectors.Cut(Vectors.Fir, 3)!), out _));
        Assert.False(Fir.TryRead(Vectors.First(Vectors.Pli), out _));
    }

    [Fact]
    public void FIRs_survive() => Gen.Select(Gen.UInt, Gen.Select(Gen.UInt, Gen.Byte, (ssrc, number) => new FirEntry(ssrc, number)).Array[1, 20]).Sample((sender, entries) =>
    {
        var bytes = Vectors.Write(12 + 8 * entries.Length, (ref writer) => Fir.Write(ref writer, sender, entries));
        Assert.True(Fir.TryRead(Vectors.First(bytes!), out var fir));
        Assert.Equal(sender, fir.SenderSsrc);
        Assert.Equal(entries, ToArray(fir));
    });

    [Fact]
    public void A_REMB_is_read_and_written()
    {
        Assert.True(Remb.TryRead(Vectors.First(Vectors.Remb), out var remb));
        Assert.Equal((1u, 4_160_000ul, 2), (remb.SenderSsrc, remb.Bitrate, remb.Count));
        Assert.Equal((2529072847u, 5u), (remb.Ssrc(0), remb.Ssrc(1)));
        Assert.Equal(Vectors.Remb, Vectors.Write(100, (ref writer) => Remb.Write(ref writer, 1, 4_160_000, [2529072847, 5])));
        for (var words = 1; Vectors.Cut(Vectors.Remb, words) is { } cut; words++) Assert.False(Remb.TryRead(Vectors.First(cut), out _));
        var other = (byte[])Vectors.Remb.Clone();
        other[12] = (byte)'X';
        Assert.False(Remb.TryRead(Vectors.First(other), out _));
        Assert.False(Remb.TryRead(Vectors.First(Vectors.Pli), out _));
    }

    [Fact]
    public void A_bit_rate_survives_but_for_rounding_down() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 63], Gen.UInt, Gen.UInt.Array[0, 255]).Sample((number, shift, sender, ssrcs) =>
        {
            var bitrate = number >> shift;
            var bytes = Vectors.Write(20 + 4 * ssrcs.Length, (ref writer) => Remb.Write(ref writer, sender, bitrate, ssrcs));
            Assert.True(Remb.TryRead(Vectors.First(bytes!), out var remb));
            Assert.Equal(sender, remb.SenderSsrc);
            Assert.InRange(remb.Bitrate, bitrate - (bitrate >> 17), bitrate);
            Assert.Equal(ssrcs.Length, remb.Count);
            for (var i = 0; i < ssrcs.Length; i++) Assert.Equal(ssrcs[i], remb.Ssrc(i));
        });

    [Fact]
    public void A_bit_rate_beyond_64_bits_is_the_highest_there_is()
    {
        Assert.True(Remb.TryRead(Vectors.First(Convert.FromHexString("8fce0004000000010000000052454d4200ffffff")), out var remb));
        Assert.Equal(ulong.MaxValue, remb.Bitrate);
        Assert.True(Remb.TryRead(Vectors.First(Convert.FromHexString("8fce0004000000010000000052454d4200fc0000")), out remb));
        Assert.Equal(0ul, remb.Bitrate);
    }

    [Fact]
    public void A_CNAME_is_read_and_written()
    {
        var name = "{63f459ea-41fe-4474-9d33-9707c9ee79d1}"u8;
        Assert.True(SourceDescription.TryGetCname(Vectors.First(Vectors.Cname), 1831097322, out var cname));
        Assert.True(cname.SequenceEqual(name));
        Assert.False(SourceDescription.TryGetCname(Vectors.First(Vectors.Cname), 1, out _));
        Assert.False(SourceDescription.TryGetCname(Vectors.First(Vectors.Bye), 0xAE528B43, out _));
        Assert.Equal(Vectors.Cname, Vectors.Write(100, (ref writer) => SourceDescription.Write(ref writer, 1831097322, "{63f459ea-41fe-4474-9d33-9707c9ee79d1}"u8)));
    }

    [Fact]
    public void A_CNAME_is_found_behind_other_chunks_and_items()
    {
        // A chunk of another source, one without items; then NAME (2) ahead of CNAME.
        var packet = Vectors.First(Convert.FromHexString("83ca0008" + "0000000101016100" + "0000000200000000" + "00000003" + "0202787801036f6e65" + "000000"));
        Assert.True(SourceDescription.TryGetCname(packet, 1, out var cname));
        Assert.True(cname.SequenceEqual("a"u8));
        Assert.False(SourceDescription.TryGetCname(packet, 2, out _));
        Assert.True(SourceDescription.TryGetCname(packet, 3, out cname));
        Assert.True(cname.SequenceEqual("one"u8));
    }

    [Theory]
    [InlineData("81ca000100000001")] // No end of the chunk.
    [InlineData("81ca00020000000101056162")] // An item longer than the packet.
    [InlineData("81ca00020000000102016101")] // An item without length.
    [InlineData("82ca0003" + "0000000200000000" + "00000001")]
    [InlineData("81ca0000")]
    public void A_malformed_chunk_has_no_CNAME(string packet) => Assert.False(SourceDescription.TryGetCname(Vectors.First(Convert.FromHexString(packet)), 1, out _));

    [Fact]
    public void A_CNAME_of_any_length_survives() => Gen.Byte.Array[0, 255].Sample(name =>
    {
        var bytes = Vectors.Write(300, (ref writer) => SourceDescription.Write(ref writer, 9, name));
        Assert.True(SourceDescription.TryGetCname(Vectors.First(bytes!), 9, out var cname));
        Assert.True(cname.SequenceEqual(name));
    });

    [Fact]
    public void A_BYE_is_read_and_written()
    {
        Assert.True(Bye.TryRead(Vectors.First(Vectors.Bye), out var bye));
        Assert.Equal(1, bye.Count);
        Assert.Equal(0xAE528B43, bye.Ssrc(0));
        Assert.True(bye.Reason.IsEmpty);
        Assert.Equal(Vectors.Bye, Vectors.Write(8, (ref writer) => Bye.Write(ref writer, [0xAE528B43])));
        Assert.False(Bye.TryRead(Vectors.First(Vectors.Cut(Vectors.Bye, 1)!), out _));
        Assert.False(Bye.TryRead(Vectors.First(Vectors.Pli), out _));
    }

    [Theory]
    [InlineData("81cb000200000001" + "03656e64", "656E64")]
    [InlineData("81cb000200000001" + "04656e64", "")] // Longer than the packet.
    [InlineData("80cb0000", "")] // From nobody.
    public void The_reason_of_a_BYE_is_read_when_it_is_whole(string packet, string reason)
    {
        Assert.True(Bye.TryRead(Vectors.First(Convert.FromHexString(packet)), out var bye));
        Assert.Equal(reason, Convert.ToHexString(bye.Reason));
    }

    private static List<ushort> ToArray(Nack nack)
    {
        var numbers = new List<ushort>();
        foreach (var number in nack) numbers.Add(number);
        return numbers;
    }

    private static List<FirEntry> ToArray(Fir fir)
    {
        var entries = new List<FirEntry>();
        foreach (var entry in fir) entries.Add(entry);
        return entries;
    }
}
