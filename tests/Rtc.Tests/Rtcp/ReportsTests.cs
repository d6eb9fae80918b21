using CsCheck;
using RtcHub.Rtc.Rtcp;

namespace RtcHub.Rtc.Tests.Rtcp;

public sealed class ReportsTests
{
    private static readonly ReportBlock Block = new(1831097322, FractionLost: 0, CumulativeLost: -3, ExtendedHighest: 630, Jitter: 1906, LastReport: 0x11223344, Delay: 65536);

    private static readonly Gen<ReportBlock[]> Blocks =
        Gen.Select(Gen.UInt, Gen.Byte, Gen.Int[-0x80_0000, 0x7F_FFFF], Gen.UInt, Gen.UInt, Gen.UInt, Gen.UInt,
            (ssrc, fraction, lost, highest, jitter, last, delay) => new ReportBlock(ssrc, fraction, lost, highest, jitter, last, delay)).Array[0, 31];

    [Fact]
    public void A_sender_report_is_read()
    {
        Assert.True(SenderReport.TryRead(Vectors.First(Vectors.SenderReport), out var report, out var blocks));
        Assert.Equal(new SenderReport(1831097322, 16016567581311369308, 1722342718, 269, 13557), report);
        Assert.Equal([Block], ToArray(blocks));
        Assert.False(ReceiverReport.TryRead(Vectors.First(Vectors.SenderReport), out _, out _));
    }

    [Fact]
    public void A_receiver_report_is_read()
    {
        Assert.True(ReceiverReport.TryRead(Vectors.First(Vectors.ReceiverReport), out var ssrc, out var blocks));
        Assert.Equal(817267719u, ssrc);
        Assert.Equal([Block], ToArray(blocks));
        Assert.False(SenderReport.TryRead(Vectors.First(Vectors.ReceiverReport), out _, out _));
    }

    [Fact]
    public void A_report_shorter_than_its_count_is_malformed()
    {
        for (var words = 1; Vectors.Cut(Vectors.SenderReport, words) is { } cut; words++) Assert.False(SenderReport.TryRead(Vectors.First(cut), out _, out _));
        for (var words = 1; Vectors.Cut(Vectors.ReceiverReport, words) is { } cut; words++) Assert.False(ReceiverReport.TryRead(Vectors.First(cut), out _, out _));
    }

    [Fact]
    public void Sender_reports_survive() =>
        Gen.Select(Gen.UInt, Gen.ULong, Gen.UInt, Gen.UInt, Gen.UInt, Blocks).Sample((ssrc, ntp, timestamp, packets, octets, blocks) =>
        {
            var report = new SenderReport(ssrc, ntp, timestamp, packets, octets);
            var bytes = Vectors.Write(28 + 24 * blocks.Length, (ref writer) => report.Write(ref writer, blocks));
            Assert.True(SenderReport.TryRead(Vectors.First(bytes!), out var back, out var blocksBack));
            Assert.Equal(report, back);
            Assert.Equal(blocks, ToArray(blocksBack));
            Assert.Null(Vectors.Write(27 + 24 * blocks.Length, (ref writer) => report.Write(ref writer, blocks)));
        });

    [Fact]
    public void Receiver_reports_survive() => Gen.Select(Gen.UInt, Blocks).Sample((ssrc, blocks) =>
    {
        var bytes = Vectors.Write(8 + 24 * blocks.Length, (ref writer) => ReceiverReport.Write(ref writer, ssrc, blocks));
        Assert.True(ReceiverReport.TryRead(Vectors.First(bytes!), out var back, out var blocksBack));
        Assert.Equal(ssrc, back);
        Assert.Equal(blocks, ToArray(blocksBack));
    });

    [Theory]
    [InlineData(int.MaxValue, 0x7F_FFFF)]
    [InlineData(int.MinValue, -0x80_0000)]
    public void More_losses_than_24_bits_hold_stay_at_the_limit(int lost, int expected)
    {
        var bytes = Vectors.Write(100, (ref writer) => ReceiverReport.Write(ref writer, 1, [Block with { CumulativeLost = lost }]));
        Assert.True(ReceiverReport.TryRead(Vectors.First(bytes!), out _, out var blocks));
        Assert.Equal(expected, ToArray(blocks)[0].CumulativeLost);
    }

    // RFC 3550 section 6.4.1, figure 2: the report came at 46864.500, the SR left at 46853.125, 5.250 s lay between.
    [Fact]
    public void The_round_trip_is_that_of_the_drawing()
    {
        var block = new ReportBlock(1, 0, 0, 0, 0, LastReport: 0xB705_2000, Delay: 0x0005_4000);
        Assert.True(block.TryGetRoundTrip(0xB44D_B710_8000_0000, out var microseconds));
        Assert.Equal(6_125_000, microseconds);
    }

    [Fact]
    public void There_is_no_round_trip_before_a_sender_report_and_none_below_zero()
    {
        Assert.False(new ReportBlock(1, 0, 0, 0, 0, LastReport: 0, Delay: 9).TryGetRoundTrip(1UL << 40, out _));
        Assert.True(new ReportBlock(1, 0, 0, 0, 0, LastReport: 100, Delay: 50).TryGetRoundTrip(149UL << 16, out var microseconds));
        Assert.Equal(0, microseconds);
    }

    [Fact]
    public void A_round_trip_survives_the_wrap_of_the_middle_bits() =>
        Gen.Select(Gen.Long[0, 1L << 50], Gen.Long[0, 10_000_000], Gen.Long[0, 60_000_000]).Sample((sent, trip, delay) =>
        {
            var block = new ReportBlock(1, 0, 0, 0, 0, NtpTime.Middle(NtpTime.FromMicroseconds(sent)), (uint)((delay << 16) / 1_000_000));
            if (block.LastReport == 0) return;
            Assert.True(block.TryGetRoundTrip(NtpTime.FromMicroseconds(sent + trip + delay), out var measured));
            Assert.InRange(measured - trip, -50, 50); // Three roundings to 15 µs.
        });

    [Fact]
    public void Microseconds_survive_as_NTP_time() =>
        Gen.Long[0, 4_294_967_295_999_999].Sample(microseconds => Assert.Equal(microseconds, NtpTime.ToMicroseconds(NtpTime.FromMicroseconds(microseconds))));

    [Fact]
    public void The_year_1970_began_2208988800_seconds_after_1900() =>
        Assert.Equal(2_208_988_800UL << 32, NtpTime.FromMicroseconds(NtpTime.UnixEpoch));

    private static ReportBlock[] ToArray(ReportBlocks blocks)
    {
        var array = new List<ReportBlock>();
        foreach (var block in blocks) array.Add(block);
        Assert.Equal(blocks.Count, array.Count);
        return [.. array];
    }
}
