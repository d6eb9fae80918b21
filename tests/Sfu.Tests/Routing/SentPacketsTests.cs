using CsCheck;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class SentPacketsTests
{
    private const long Rtt = 50_000;

    [Fact]
    public void A_packet_is_given_as_it_was_sent()
    {
        var sent = new SentPackets(64);
        var packet = new SentPacket
        {
            Sequence = 70_000,
            Index = 123,
            Source = 4,
            Timestamp = 5,
            PictureId = 8,
            Tl0 = 9,
            Marker = true,
            IsEmpty = true,
        };
        sent.Add(packet);
        Assert.Equal(NackAnswer.Resend, sent.Answer(0, Rtt, 70_000 - 65_536, out var again));
        Assert.Equal(packet, again);
    }

    [Fact]
    public void A_storm_of_requests_is_answered_once_per_round_trip_and_ten_times_in_all()
    {
        var sent = new SentPackets(64);
        sent.Add(new SentPacket { Sequence = 1 });
        var answers = new List<NackAnswer>();
        for (var now = 0L; now < 2_000_000; now += 1_000) answers.Add(sent.Answer(now, Rtt, 1, out _));
        Assert.Equal(SentPackets.MaxResends, answers.Count(answer => answer == NackAnswer.Resend));
        Assert.All(answers.Take(450).Where((_, i) => i % 50 != 0), answer => Assert.Equal(NackAnswer.TooSoon, answer));
        Assert.All(answers.Skip(451), answer => Assert.Equal(NackAnswer.TooOften, answer));
    }

    [Fact]
    public void Before_the_first_packet_nothing_is_known() => Assert.Equal(NackAnswer.Unknown, new SentPackets(64).Answer(0, Rtt, 0, out _));

    /// <summary>Against a dictionary: of the last 64 numbers every one that was sent is known, as it was sent last; no other is.</summary>
    [Fact]
    public void Exactly_the_last_packets_are_known() =>
        Gen.Select(Gen.Long[0, 200_000], Gen.Int[-100, 10].Array[0, 200]).Sample((first, steps) =>
        {
            var (sent, model, highest) = (new SentPackets(64), new Dictionary<long, long>(), first);
            foreach (var step in steps)
            {
                var sequence = Math.Max(0, highest + step);
                sent.Add(new SentPacket { Sequence = (ulong)sequence, Index = step });
                model[sequence] = step;
                highest = model.Count == 1 ? sequence : Math.Max(highest, sequence);
            }

            for (var sequence = Math.Max(0, highest - 100); sequence <= highest + 100; sequence++)
            {
                var known = model.TryGetValue(sequence, out var index) && sequence > highest - 64;
                Assert.Equal(known ? NackAnswer.Resend : NackAnswer.Unknown, sent.Answer(0, Rtt, (ushort)sequence, out var again));
                if (known) Assert.Equal((index, (ulong)sequence), (again.Index, again.Sequence));
            }
        });
}
