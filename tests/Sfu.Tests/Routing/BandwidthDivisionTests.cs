using CsCheck;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class BandwidthDivisionTests
{
    private static readonly Gen<Demand> AnyDemand = Gen.Select(Gen.Int[-2, 2], Gen.Int[0, 3].Select(i => 90 << i), Gen.Long[20_000, 800_000].Array[0, 8], Gen.Int[-1, 7])
        .Select((priority, size, steps, current) =>
        {
            var demand = new Demand { Priority = priority, Size = size };
            foreach (var step in steps.Order()) demand.TryAdd(step);
            demand.Current = Math.Min(current, demand.Count - 1);
            return demand;
        });

    private static readonly Gen<(Demand[] Demands, long Bandwidth)> Any = Gen.Select(AnyDemand.Array[0, 30], Gen.Long[0, 10_000_000]);

    [Fact]
    public void What_is_given_never_exceeds_what_there_is() => Any.Sample((demands, bandwidth) =>
    {
        var granted = Divide(bandwidth, demands);
        Assert.InRange(Given(demands, granted), 0, bandwidth);
    }, iter: 2_000);

    [Fact]
    public void Who_cannot_be_paused_gets_the_first_step_and_no_more_than_fits() => Any.Sample((demands, bandwidth) =>
    {
        for (var i = 0; i < demands.Length; i += 2) demands[i].IsUnpausable = true;
        var granted = Divide(bandwidth, demands);
        Assert.All(demands.Zip(granted), pair => Assert.True(!pair.First.IsUnpausable || pair.First.Count == 0 || pair.Second >= 0));
        var least = demands.Where(demand => demand is { IsUnpausable: true, Count: > 0 }).Sum(demand => demand[0]);
        Assert.InRange(Given(demands, granted), 0, Math.Max(bandwidth, least));
    }, iter: 2_000);

    [Fact]
    public void Nobody_has_what_one_of_a_higher_priority_could_have_used() => Any.Sample((demands, bandwidth) =>
    {
        var granted = Divide(bandwidth, demands);
        foreach (var priority in demands.Select(demand => demand.Priority).Distinct())
        {
            // What was left for the lower ones would not have paid for a step here.
            var left = bandwidth - demands.Zip(granted).Where(pair => pair.First.Priority >= priority).Sum(pair => pair.First[pair.Second]);
            foreach (var (demand, step) in demands.Zip(granted).Where(pair => pair.First.Priority == priority && pair.Second + 1 < pair.First.Count))
            {
                var next = demand[step + 1] - demand[step] + Allocation.Margin(bandwidth, demand, step + 1);
                Assert.True(next > left, $"{left} were left where {next} were wanted.");
            }
        }
    }, iter: 2_000);

    [Fact]
    public void Among_equals_nobody_gets_a_second_step_while_another_could_have_a_first() => Any.Sample((demands, bandwidth) =>
    {
        var granted = Divide(bandwidth, demands);
        var pairs = demands.Zip(granted).ToList();
        foreach (var (paused, _) in pairs.Where(pair => pair is { First.Count: > 0, Second: Demand.Nothing }))
        {
            var firsts = pairs.Where(pair => pair.First.Priority > paused.Priority).Sum(pair => pair.First[pair.Second])
                + pairs.Where(pair => pair.First.Priority == paused.Priority && pair.Second >= 0).Sum(pair => pair.First[0]);
            Assert.True(paused[0] + Allocation.Margin(bandwidth, paused, 0) > bandwidth - firsts);
        }
    }, iter: 2_000);

    [Fact]
    public void What_was_decided_stays_decided_while_nothing_changes() => Any.Sample((demands, bandwidth) =>
    {
        var granted = Divide(bandwidth, demands);
        for (var i = 0; i < demands.Length; i++) demands[i].Current = granted[i];
        Assert.Equal(granted, Divide(bandwidth, demands));
    }, iter: 2_000);

    [Fact]
    public void A_bandwidth_that_trembles_comes_to_rest() =>
        Gen.Select(Any, Gen.Int[-50, 0].Array[100]).Sample((any, random) =>
        {
            // Up and down by 5 %, then anywhere between.
            var (demands, bandwidth) = any;
            int[] before = [];
            int[] tremble = [.. Enumerable.Range(0, 2 * Demand.MaxSteps).Select(i => -50 * (i % 2)), .. random];
            for (var k = 0; k < tremble.Length; k++)
            {
                var granted = Divide(bandwidth + bandwidth * tremble[k] / 1_000, demands);
                if (k >= 2 * Demand.MaxSteps) Assert.Equal(before, granted);
                for (var i = 0; i < demands.Length; i++) demands[i].Current = granted[i];
                before = granted;
            }
        }, iter: 2_000);

    [Fact]
    public void A_large_tile_comes_before_small_ones_and_a_pinned_one_before_all()
    {
        Demand Of(int priority, int size, params long[] steps)
        {
            var demand = new Demand { Priority = priority, Size = size, Current = steps.Length - 1 };
            foreach (var step in steps) demand.TryAdd(step);
            return demand;
        }

        Demand[] demands = [Of(0, 180, 100, 400), Of(0, 720, 100, 400, 1_500), Of(0, 180, 100, 400)];
        Assert.Equal([-1, 0, -1], Divide(150, demands));
        Assert.Equal([0, 0, 0], Divide(300, demands));
        Assert.Equal([0, 1, 0], Divide(650, demands));
        Assert.Equal([1, 1, 1], Divide(1_300, demands));
        Assert.Equal([1, 2, 1], Divide(2_300, demands));
        demands[2].Priority = 1;
        Assert.Equal([-1, 0, 1], Divide(500, demands));
    }

    private static int[] Divide(long bandwidth, Demand[] demands)
    {
        var granted = new int[demands.Length];
        Allocation.Divide(bandwidth, demands, new int[demands.Length], granted);
        return granted;
    }

    private static long Given(Demand[] demands, int[] granted) => demands.Zip(granted).Sum(pair => pair.First[pair.Second]);
}
