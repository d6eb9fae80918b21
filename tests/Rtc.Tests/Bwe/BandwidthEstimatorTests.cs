using RtcHub.Rtc.Bwe;

namespace RtcHub.Rtc.Tests.Bwe;

public sealed class BandwidthEstimatorTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_path_that_carries_all_that_is_wanted_gives_it_within_two_seconds(int seed)
    {
        var path = new SimulatedPath(seed) { Capacity = 20_000_000 };
        path.Run(2);
        Assert.Equal(2_500_000, path.Sending);
        path.Run(60);
        Assert.All(path.Log.Where(one => one.Time > 7_000_000), one => Assert.Equal(2_500_000, one.Layer));
    }

    [Theory]
    [InlineData(1, 300_000)]
    [InlineData(2, 300_000)]
    [InlineData(3, 60_000)]
    [InlineData(4, 1_500_000)]
    public void A_capacity_that_drops_is_noticed_within_five_seconds_and_used_again_within_fifteen(int seed, long queue)
    {
        var path = new SimulatedPath(seed) { Queue = queue };
        path.Run(20);
        Show(path, "3 Mbit/s");
        Assert.Equal(2_500_000, path.Sending);
        path.Capacity = 300_000;
        path.Run(5);
        var since = path.Log.Count;
        path.Run(25);
        Show(path, "300 kbit/s");
        Assert.All(path.Log.Skip(since), one => Assert.Equal(150_000, one.Layer));
        Assert.All(path.Log.Skip(since), one => Assert.InRange(one.Estimate, 100_000, 330_000));
        path.Capacity = 3_000_000;
        path.Run(15);
        Show(path, "3 Mbit/s");
        Assert.Equal(2_500_000, path.Sending);
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.05)]
    public void Loss_without_a_queue_does_not_take_the_estimate_down(double loss)
    {
        var path = new SimulatedPath(5) { Capacity = 10_000_000, Loss = loss, Jitter = 4_000 };
        path.Run(60);
        Show(path, $"loss {loss}");
        Assert.All(path.Log.Where(one => one.Time > 10_000_000), one => Assert.Equal(2_500_000, one.Layer));
    }

    [Fact]
    public void Much_loss_takes_it_down_also_where_nothing_queues()
    {
        var path = new SimulatedPath(6) { Queue = 5_000 };
        path.Run(10);
        path.Capacity = 300_000;
        path.Run(5);
        Assert.InRange(path.Estimator.Estimate, BandwidthEstimator.Least, 600_000);
    }

    [Fact]
    public void Without_padding_the_estimate_rises_until_it_proves_too_high()
    {
        var path = new SimulatedPath(7, canProbe: false) { Capacity = 4_000_000 };
        path.Run(30);
        Assert.Equal(0, path.Estimator.Probes);
        Assert.Equal(2_500_000, path.Sending);
    }

    [Fact]
    public void A_receiver_that_falls_silent_takes_it_down_and_one_that_never_spoke_sets_no_limit()
    {
        var path = new SimulatedPath(8) { Capacity = 20_000_000 };
        path.Run(5);
        path.IsDeaf = true;
        path.Run(6);
        Assert.InRange(path.Estimator.Estimate, BandwidthEstimator.Least, 400_000);

        var mute = new SimulatedPath(9) { IsDeaf = true };
        mute.Run(1.5);
        Assert.Equal(BandwidthEstimator.Start, mute.Estimator.Estimate);
        mute.Run(1);
        Assert.Equal((long.MaxValue, false), (mute.Estimator.Estimate, mute.Estimator.IsTransportWide));
    }

    [Fact]
    public void Where_nobody_wants_more_nothing_is_probed()
    {
        var path = new SimulatedPath(10) { Layers = [400_000] };
        path.Run(20);
        Assert.Equal(0, path.Estimator.Probes);
        Assert.True(path.Estimator.Estimate >= 400_000);
    }

    [Fact]
    public void Probes_cost_next_to_nothing_where_they_find_nothing()
    {
        var path = new SimulatedPath(11) { Capacity = 1_300_000 };
        path.Run(60);
        Show(path, "1.3 Mbit/s");
        Assert.InRange(path.Estimator.Probes, 5, 25);
        Assert.True(path.Log.Count(one => one is { Layer: 1_000_000, Time: > 20_000_000 }) > 0.8 * path.Log.Count(one => one.Time > 20_000_000));
    }

    [Fact]
    public void What_the_receiver_estimates_itself_is_heard_where_there_is_no_feedback()
    {
        var estimator = new BandwidthEstimator { CanProbe = true };
        Assert.Equal(long.MaxValue, estimator.Estimate);
        estimator.ReceiveRemb(1_000_000, 700_000);
        Assert.Equal(700_000, estimator.Estimate);
        Assert.False(estimator.TryProbe(2_000_000, out _));

        var other = new BandwidthEstimator { CanProbe = true };
        other.UseTransportFeedback();
        other.ReceiveRemb(1_000_000, 700_000);
        Assert.Equal(BandwidthEstimator.Start, other.Estimate);
    }

    [Fact]
    public void Reports_of_loss_bound_what_was_sent_and_give_it_back_slowly()
    {
        var estimator = new BandwidthEstimator();
        var now = 1_000_000L;
        void Report(int received, int lost)
        {
            for (var end = now + 1_000_000; now < end; now += 5_000) estimator.Send(now, 1_000); // 1.6 Mbit/s
            estimator.ReceiveReport(now, received, lost, 50_000);
        }

        Report(200, 0);
        Report(195, 5);
        Assert.Equal(long.MaxValue, estimator.Estimate);
        Report(140, 60);
        Assert.InRange(estimator.Estimate, 1_250_000, 1_400_000);
        Report(190, 10);
        Assert.InRange(estimator.Estimate, 1_250_000, 1_400_000);
        for (var i = 0; i < 5; i++) Report(200, 0);
        Assert.InRange(estimator.Estimate, 1_800_000, 2_100_000);
    }

    private void Show(SimulatedPath path, string what) => output.WriteLine(
        $"{what}: {string.Join(' ', path.Log.TakeLast(300).Where((_, i) => i % 5 == 4).Select(one => $"{one.Estimate / 1_000}/{one.Layer / 1_000}"))}");
}
