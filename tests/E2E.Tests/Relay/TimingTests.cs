namespace RtcHub.E2E.Tests.Relay;

/// <summary>The bad network is as bad as it says, and no worse.</summary>
public sealed class TimingTests
{
    private const int Packet = 1000;

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.2)]
    [InlineData(1)]
    public void So_many_are_lost_as_are_said_to_be(double loss)
    {
        var timing = new Timing(seed: 7);
        var lost = Enumerable.Range(0, 10_000).Count(i => timing.Arrival(new(Loss: loss), i, Packet, out _) is null);
        Assert.InRange(lost / 10_000.0, loss * 0.9, Math.Min(1, loss * 1.1));
    }

    [Fact]
    public void A_perfect_network_changes_nothing()
    {
        var timing = new Timing(seed: 7);
        for (var now = 0L; now < 1000; now++)
            Assert.Equal(now, timing.Arrival(Conditions.Perfect, now, Packet, out _));
    }

    [Fact]
    public void Delay_and_jitter_keep_the_order()
    {
        var timing = new Timing(seed: 7);
        var before = 0L;
        for (var now = 0L; now < 10_000_000; now += 1000)
        {
            var due = timing.Arrival(new(DelayMs: 50, JitterMs: 30), now, Packet, out _)!.Value;
            Assert.InRange(due, Math.Max(before, now + 50_000), now + 80_000);
            before = due;
        }
    }

    [Fact]
    public void So_many_are_overtaken_as_are_said_to_be_and_all_others_keep_the_order()
    {
        var timing = new Timing(seed: 7);
        var (overtaken, before) = (0, 0L);
        for (var now = 0L; now < 10_000_000; now += 1000)
        {
            var due = timing.Arrival(new(DelayMs: 50, JitterMs: 5, Detour: 0.1, DetourMs: 30), now, Packet, out var isOvertaken)!.Value;
            if (isOvertaken)
            {
                Assert.InRange(due, now + 80_000, now + 85_000);
                overtaken++;
                continue;
            }

            Assert.InRange(due, Math.Max(before, now + 50_000), now + 55_000);
            before = due;
        }

        Assert.InRange(overtaken, 900, 1100);
    }

    [Fact]
    public void A_rate_passes_so_much_and_its_queue_drops_the_rest()
    {
        var timing = new Timing(seed: 7);
        var conditions = new Conditions(KbitPerSecond: 800, QueueMs: 100); // 10 ms for each packet of 1,000 bytes.
        var arrivals = new List<long>();
        for (var now = 0L; now < 1_000_000; now += 2_000)
        {
            if (timing.Arrival(conditions, now, Packet, out _) is not { } due) continue;
            Assert.InRange(due - now, 0, 110_000);
            arrivals.Add(due);
        }

        Assert.InRange(arrivals.Count, 100, 112); // A second's worth, and what the queue still holds.
        Assert.All(arrivals.Zip(arrivals.Skip(1)), pair => Assert.Equal(10_000, pair.Second - pair.First));
    }

    [Fact]
    public async Task Candidates_of_a_description_name_the_relay_and_nothing_else_changes()
    {
        await using var relay = new LossyRelay();
        const string Sdp = "a=ice-ufrag:x\r\na=candidate:1 1 udp 2130706431 192.0.2.2 7882 typ host\r\na=candidate:2 1 udp 1 fd00::2 7882 typ host\r\na=candidate:3 1 udp 1 192.0.2.2 7882 typ host generation 0\r\n";
        var rewritten = relay.Rewrite(Sdp);
        Assert.Matches(@"^a=ice-ufrag:x\r\na=candidate:1 1 udp 2130706431 127\.0\.0\.1 (\d+) typ host\r\na=candidate:2 1 udp 1 127\.0\.0\.1 9 typ host\r\na=candidate:3 1 udp 1 127\.0\.0\.1 \1 typ host generation 0\r\n$", rewritten);
    }
}
