using CsCheck;
using RtcHub.Rtc.Rtcp;

namespace RtcHub.Rtc.Tests.Rtcp;

public sealed class ReceptionStatisticsTests
{
    private const int Rate = 8000;
    private const long Interval = 20_000;

    [Fact]
    public void Loss_is_counted_for_the_interval_and_from_the_beginning()
    {
        var statistics = new ReceptionStatistics(Rate);
        Feed(statistics, 65_530, 10); // Across the wrap: 65530 to 3.
        var report = statistics.Report(0, 7);
        Assert.Equal((7u, 0, 0, 65_539u), (report.Ssrc, report.FractionLost, report.CumulativeLost, report.ExtendedHighest));

        Feed(statistics, 6, 2); // 4 and 5 lost: two of four.
        report = statistics.Report(0, 7);
        Assert.Equal((128, 2, 65_543u), (report.FractionLost, report.CumulativeLost, report.ExtendedHighest));

        Feed(statistics, 8, 4);
        report = statistics.Report(0, 7);
        Assert.Equal((0, 2), (report.FractionLost, report.CumulativeLost));
        Assert.Equal((18, 16, 2), (statistics.Expected, statistics.Received, statistics.Lost));
    }

    [Fact]
    public void Duplicates_count_against_losses_and_a_fraction_is_never_negative()
    {
        var statistics = new ReceptionStatistics(Rate);
        Feed(statistics, 1, 2);
        Feed(statistics, 1, 2);
        var report = statistics.Report(0, 7);
        Assert.Equal((0, -2), (report.FractionLost, report.CumulativeLost));
    }

    [Fact]
    public void Nothing_received_in_an_interval_is_no_loss_yet()
    {
        var statistics = new ReceptionStatistics(Rate);
        Assert.Equal(default(ReportBlock) with { Ssrc = 7 }, statistics.Report(0, 7));
        Feed(statistics, 1, 2);
        statistics.Report(0, 7);
        Assert.Equal(0, statistics.Report(0, 7).FractionLost);
    }

    [Fact]
    public void A_fraction_of_all_but_one_fits_its_byte()
    {
        var statistics = new ReceptionStatistics(Rate);
        Feed(statistics, 1, 1);
        Feed(statistics, 30_000, 1);
        Assert.Equal(255, statistics.Report(0, 7).FractionLost);
    }

    [Fact]
    public void What_comes_late_is_no_loss() =>
        Gen.Select(Gen.UShort, Gen.Shuffle(Enumerable.Range(0, 50).ToArray())).Sample((first, order) =>
        {
            var statistics = new ReceptionStatistics(Rate);
            foreach (var i in order) statistics.Receive(0, (ushort)(first + i), 0);
            Assert.Equal((50, 50, 0), (statistics.Expected, statistics.Received, statistics.Lost));
        });

    // RFC 3550 appendix A.8, computed here in floating point: J += (|D| - J) / 16.
    [Fact]
    public void Jitter_follows_the_formula() =>
        Gen.Select(Gen.UInt, Gen.Int[-5000, 5000].Array[2, 200]).Sample((start, delays) =>
        {
            var statistics = new ReceptionStatistics(Rate);
            var expected = 0.0;
            for (var i = 0; i < delays.Length; i++)
            {
                // Whole units of the timestamp, 125 µs each, so that nothing is rounded before the formula.
                statistics.Receive(10_000_000 + i * Interval + delays[i] * 125, (ushort)i, (uint)(start + i * 160));
                if (i > 0) expected += (Math.Abs(delays[i] - delays[i - 1]) - expected) / 16;
            }

            Assert.InRange(statistics.Jitter - expected, -1.5, 1);
        });

    [Fact]
    public void Jitter_survives_the_wrap_of_the_timestamp()
    {
        var statistics = new ReceptionStatistics(Rate);
        for (var i = 0; i < 100; i++) statistics.Receive(i * Interval, (ushort)i, (uint)(uint.MaxValue - 50 * 160 + i * 160));
        Assert.Equal(0u, statistics.Jitter);
    }

    [Fact]
    public void The_arrival_of_a_sender_report_is_told()
    {
        var statistics = new ReceptionStatistics(Rate);
        statistics.ReceiveReport(1_000_000, 0x1234_5678_9ABC_DEF0);
        var report = statistics.Report(1_500_000, 7);
        Assert.Equal((0x5678_9ABCu, 32_768u), (report.LastReport, report.Delay));
    }

    private static void Feed(ReceptionStatistics statistics, int first, int count)
    {
        for (var i = first; i < first + count; i++) statistics.Receive(i * Interval, (ushort)i, (uint)(i * 160));
    }
}
