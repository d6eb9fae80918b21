using CsCheck;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class NackGeneratorTests
{
    private const long Millisecond = 1_000;
    private const long Rtt = 50 * Millisecond;

    // Indexes that arrive, one a millisecond; then what is asked for at once behind the last one.
    [Theory]
    [InlineData("1 2 3", "")]
    [InlineData("1 3", "2")]
    [InlineData("1 2 6", "3 4 5")]
    [InlineData("1 3 2", "")]
    [InlineData("1 3 6", "2 4 5")]
    [InlineData("1 3 3 3", "2")] // Twice the same says nothing new.
    [InlineData("65534 65537", "65535 0")] // The index goes on where the sequence number wraps.
    [InlineData("9 5", "")] // From before the first: nobody waits for it.
    public void Gaps_are_asked_for_at_once(string indexes, string asked)
    {
        var generator = new NackGenerator(video: true) { Rtt = Rtt };
        var now = 0L;
        foreach (var index in indexes.Split(' ')) generator.Receive(now += Millisecond, long.Parse(index), retransmitted: false);
        Assert.Equal(asked, string.Join(' ', Poll(generator, now)));
    }

    [Fact]
    public void A_lost_packet_is_asked_for_once_per_round_trip_ten_times_at_most()
    {
        var generator = new NackGenerator(video: true) { Rtt = Rtt };
        generator.Receive(0, 1, false);
        generator.Receive(0, 3, false);
        var times = new List<long>();
        for (var now = 0L; now < 2_000 * Millisecond; now += Millisecond)
        {
            if (Poll(generator, now).Length > 0) times.Add(now / Millisecond);
        }

        Assert.Equal(Enumerable.Range(0, NackGenerator.MaxTries).Select(i => (long)i * 50), times);
        Assert.Equal(0, generator.Missing);
        Assert.Equal(long.MaxValue, generator.NextTimeout);
        Assert.True(generator.TakeKeyframeRequest());
        Assert.False(generator.TakeKeyframeRequest());
    }

    [Fact]
    public void Where_packets_overtake_each_other_a_gap_is_given_time()
    {
        var generator = new NackGenerator(video: true) { Rtt = Rtt };
        foreach (var index in (long[])[1, 3, 2, 5]) generator.Receive(0, index, false);
        Assert.Empty(Poll(generator, 0));
        Assert.Equal(NackGenerator.ReorderWait, generator.NextTimeout);
        Assert.Equal([(ushort)4], Poll(generator, NackGenerator.ReorderWait));
    }

    [Fact]
    public void A_retransmission_is_not_taken_for_an_overtaken_packet()
    {
        var generator = new NackGenerator(video: true) { Rtt = Rtt };
        generator.Receive(0, 1, false);
        generator.Receive(0, 3, false);
        Assert.Single(Poll(generator, 0));
        generator.Receive(Rtt / 4, 2, retransmitted: true); // The round trip was shorter than it was taken for.
        generator.Receive(Rtt / 4, 5, false);
        Assert.Equal([(ushort)4], Poll(generator, Rtt / 4));
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(40, true)]
    [InlineData(40, false)]
    [InlineData(80, false)]
    [InlineData(250, true)] // More than the guess: then it is the first of two requests that is answered.
    public void The_round_trip_is_learnt_from_answers(long milliseconds, bool rtx)
    {
        var generator = new NackGenerator(video: true);
        for (var i = 0; i < 60; i++)
        {
            var now = i * 1_000 * Millisecond;
            generator.Receive(now, i * 2, false);
            Poll(generator, now);
            Poll(generator, now + 100 * Millisecond);
            generator.Receive(now + milliseconds * Millisecond, i * 2 - 1, rtx);
        }

        Assert.InRange(generator.Rtt, (milliseconds - 2) * Millisecond, (milliseconds + 2) * Millisecond);
    }

    [Fact]
    public void When_too_much_is_lost_a_keyframe_is_asked_for_instead()
    {
        var generator = new NackGenerator(video: true);
        generator.Receive(0, 1, false);
        generator.Receive(9, 5_000, false);
        Assert.Equal(9, generator.NextTimeout);
        Assert.Empty(Poll(generator, 9));
        Assert.Equal(long.MaxValue, generator.NextTimeout);
        Assert.True(generator.TakeKeyframeRequest());
        generator.Receive(0, 5_002, false);
        Assert.Equal([(ushort)5_001], Poll(generator, 0));

        var audio = new NackGenerator(video: false);
        audio.Receive(0, 1, false);
        audio.Receive(0, 5_000, false);
        Assert.False(audio.TakeKeyframeRequest());
    }

    [Fact]
    public void A_short_span_is_filled_again_and_again()
    {
        var generator = new NackGenerator(video: true);
        generator.Receive(0, 1, false);
        generator.Receive(0, 12, false);
        var asked = new List<ushort>();
        var span = new ushort[4];
        for (int count; (count = generator.Poll(0, span)) > 0;) asked.AddRange(span[..count]);
        Assert.Equal(Enumerable.Range(2, 10).Select(i => (ushort)i), asked);
    }

    /// <summary>
    /// A link that loses, delays and doubles, under wrap: what has arrived is never asked for, every request is for a packet
    /// that is missing and paced, and what is missing is asked for until it comes or ages.
    /// </summary>
    [Fact]
    public void Whatever_the_link_does_exactly_the_missing_is_asked_for() =>
        Gen.Select(Gen.Long[65_000, 66_000], Gen.Int[0, 20].Array[1, 400]).Sample((first, fates) =>
        {
            var generator = new NackGenerator(video: true) { Rtt = Rtt };
            var arrivals = new SortedDictionary<long, List<long>>(); // millisecond -> indexes
            for (var i = 0; i < fates.Length; i++)
            {
                // 0-3 lost for 200 ms, 4 for ever, 5-6 overtaken by some, 7 twice.
                var delay = fates[i] switch { 0 or 1 or 2 or 3 => 200, 4 => -1, 5 => 3, 6 => 9, _ => 0 };
                if (i == 0) delay = 0;
                if (delay >= 0) At(arrivals, i + delay).Add(first + i);
                if (fates[i] == 7) At(arrivals, i + 1).Add(first + i);
            }

            var (arrived, highest) = (new HashSet<long>(), first);
            var (asked, seen) = (new Dictionary<long, List<long>>(), new Dictionary<long, long>());
            for (var ms = 0L; ms < fates.Length + 2_000; ms++)
            {
                foreach (var index in arrivals.TryGetValue(ms, out var list) ? list : [])
                {
                    generator.Receive(ms * Millisecond, index, retransmitted: false);
                    for (var i = highest + 1; i < index; i++) seen.TryAdd(i, ms);
                    arrived.Add(index);
                    highest = Math.Max(highest, index);
                }

                foreach (var sequence in Poll(generator, ms * Millisecond))
                {
                    var index = first + (ushort)(sequence - (ushort)first);
                    Assert.DoesNotContain(index, arrived);
                    Assert.InRange(index, first, highest);
                    if (!asked.TryGetValue(index, out var times)) asked.Add(index, times = []);
                    if (times.Count > 0) Assert.InRange(ms - times[^1], Rtt / Millisecond, long.MaxValue);
                    times.Add(ms);
                    Assert.InRange(times.Count, 1, NackGenerator.MaxTries);
                    Assert.InRange(ms - seen[index], 0, NackGenerator.MaxAge / Millisecond);
                }
            }

            foreach (var (index, since) in seen)
            {
                var came = arrivals.FirstOrDefault(pair => pair.Value.Contains(index)).Key;
                var expected = arrived.Contains(index) ? (came - since - NackGenerator.ReorderWait / Millisecond) / (Rtt / Millisecond) : NackGenerator.MaxTries;
                if (expected > 0) Assert.InRange(asked[index].Count, expected, NackGenerator.MaxTries);
            }

            Assert.Equal(0, generator.Missing);
            Assert.Equal(arrived.Count < highest - first + 1, generator.TakeKeyframeRequest());
        }, iter: 200);

    private static ushort[] Poll(NackGenerator generator, long now)
    {
        var span = new ushort[600];
        return span[..generator.Poll(now, span)];
    }

    private static List<long> At(SortedDictionary<long, List<long>> arrivals, long ms)
    {
        if (!arrivals.TryGetValue(ms, out var list)) arrivals.Add(ms, list = []);
        return list;
    }
}
