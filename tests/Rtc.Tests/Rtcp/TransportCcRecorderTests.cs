using CsCheck;
using RtcHub.Rtc.Rtcp;

namespace RtcHub.Rtc.Tests.Rtcp;

public sealed class TransportCcRecorderTests
{
    [Fact]
    public void Nothing_received_is_nothing_to_tell()
    {
        var recorder = new TransportCcRecorder();
        Assert.False(recorder.HasNews);
        Assert.Empty(Tell(recorder));
        recorder.Received(0, 5);
        Assert.True(recorder.HasNews);
        Assert.Equal(["5+0"], Tell(recorder));
        Assert.False(recorder.HasNews);
        Assert.Empty(Tell(recorder));
    }

    [Fact]
    public void Times_are_told_to_250_microseconds_across_the_wrap()
    {
        var recorder = new TransportCcRecorder();
        recorder.Received(64_000_000, 65_534);
        recorder.Received(64_001_249, 65_535);
        recorder.Received(64_001_250, 1);
        recorder.Received(64_001_000, 2); // Its time lies before that of the one ahead.
        Assert.Equal(["65534+0 65535+1000 0- 1+1250 2+1000"], Tell(recorder));
        recorder.Received(64_200_000, 5);
        Assert.Equal(["3- 4- 5+8000"], Tell(recorder)); // The reference time is 64.192 s.
    }

    [Fact]
    public void A_gap_in_time_that_no_delta_spans_starts_another_packet()
    {
        var recorder = new TransportCcRecorder();
        recorder.Received(1_000_000, 1);
        recorder.Received(1_000_000 + 32_767 * 250, 2);
        recorder.Received(1_000_000 + (32_767 + 32_768) * 250, 3);
        Assert.Equal(2, Tell(recorder).Count);
    }

    [Fact]
    public void What_comes_late_is_told_with_all_behind_it_again()
    {
        var recorder = new TransportCcRecorder();
        recorder.Received(0, 1);
        recorder.Received(250, 3);
        Assert.Equal(["1+0 2- 3+250"], Tell(recorder));
        recorder.Received(500, 2);
        Assert.True(recorder.HasNews);
        Assert.Equal(["2+500 3+250"], Tell(recorder));
    }

    [Fact]
    public void A_duplicate_changes_nothing()
    {
        var recorder = new TransportCcRecorder();
        recorder.Received(0, 1);
        recorder.Received(0, 2);
        Tell(recorder);
        recorder.Received(9_000, 1);
        recorder.Received(9_000, 2);
        Assert.False(recorder.HasNews);
    }

    [Fact]
    public void What_is_too_old_to_be_remembered_is_left_alone()
    {
        var recorder = new TransportCcRecorder();
        recorder.Received(0, 1);
        recorder.Received(250, TransportCcRecorder.Capacity + 1);
        Assert.Equal($"{2}-", Tell(recorder)[0][..2]); // The first is forgotten; all after it are lost.
        recorder.Received(500, 1);
        Assert.False(recorder.HasNews);
        recorder.Received(500, 2);
        Assert.True(recorder.HasNews);
    }

    [Fact]
    public void A_jump_wider_than_the_memory_forgets_all_before_it()
    {
        var recorder = new TransportCcRecorder();
        for (ushort i = 0; i < 100; i++) recorder.Received(i * 250, i);
        recorder.Received(50_000, 30_000);
        var told = string.Join(' ', Tell(recorder)).Split(' ');
        Assert.Equal(TransportCcRecorder.Capacity, told.Length);
        Assert.Equal("30000", told[^1].Split('+')[0]);
        Assert.All(told[..^1], packet => Assert.EndsWith("-", packet));
    }

    [Fact]
    public void The_feedback_packets_are_counted()
    {
        var recorder = new TransportCcRecorder();
        for (var i = 0; i < 300; i++)
        {
            recorder.Received(i * 100_000, (ushort)i);
            var bytes = Vectors.Write(1200, (ref writer) => Assert.True(recorder.TryWrite(ref writer, 1, 2)));
            Assert.True(TransportFeedback.TryRead(Vectors.First(bytes!), out var feedback));
            Assert.Equal((byte)i, feedback.FeedbackCount);
            Assert.Equal((1u, 2u), (feedback.SenderSsrc, feedback.MediaSsrc));
        }
    }

    [Fact]
    public void Without_room_nothing_is_told_nothing_lost_and_what_was_written_remains()
    {
        var recorder = new TransportCcRecorder();
        recorder.Received(0, 5);
        var bytes = Vectors.Write(12 + 35, (ref writer) =>
        {
            new Pli(1, 2).Write(ref writer);
            Assert.False(recorder.TryWrite(ref writer, 1, 2));
        });
        Assert.Equal(12, bytes!.Length);
        Assert.Equal(["5+0"], Tell(recorder, 36));
    }

    [Fact]
    public void A_run_takes_one_chunk()
    {
        var recorder = new TransportCcRecorder();
        for (ushort i = 0; i < 500; i++) recorder.Received(i * 250, i);
        var bytes = Vectors.Write(1200, (ref writer) => recorder.TryWrite(ref writer, 1, 2));
        Assert.Equal(20 + 2 + 500 + 2, bytes!.Length); // Made up to a word.
    }

    // Loss, reorder, duplicates, long gaps, feedback at odd moments into rooms of any size: what the other side knows in the end
    // is when each packet first came.
    [Fact]
    public void The_other_side_learns_of_every_packet_when_it_came() =>
        Gen.Select(Gen.UShort, Gen.Int, Gen.Int[36, 400], Gen.Int[0, 60]).Sample((first, seed, room, lossPercent) =>
        {
            var random = new Random(seed);
            var recorder = new TransportCcRecorder();
            var (now, next) = (random.NextInt64(1L << 40), (long)first);
            var sent = new Dictionary<long, long>();
            var known = new Dictionary<long, long>();
            var held = new List<long>();
            var jumps = 0;
            for (var i = 0; i < 400; i++)
            {
                now += random.Next(20) switch { 0 => random.NextInt64(10_000_000), 1 => 0, _ => random.Next(5_000) };
                if (random.Next(100) == 0 && jumps++ < 3) next += random.Next(200); // Altogether no more than is remembered.
                var number = next++;
                if (random.Next(100) < lossPercent) continue;
                if (random.Next(10) == 0) held.Add(number);
                else Receive(number);
                if (held.Count > 0 && random.Next(5) == 0)
                {
                    Receive(held[0]);
                    held.RemoveAt(0);
                }

                if (random.Next(30) == 0 && sent.Count > 0) Receive(sent.Keys.ElementAt(random.Next(sent.Count)));
                if (random.Next(15) == 0) Learn();
            }

            Learn();
            Assert.Equal(sent.Count, known.Count);
            foreach (var (number, arrival) in sent) Assert.Equal(arrival, known[number]);

            void Receive(long number)
            {
                recorder.Received(now, (ushort)number);
                if (sent.TryAdd(number, now / 250)) Assert.True(recorder.HasNews);
            }

            void Learn()
            {
                while (true)
                {
                    var buffer = new byte[room];
                    var writer = new RtcpWriter(buffer);
                    if (!recorder.TryWrite(ref writer, 1, 2)) break;
                    Assert.True(writer.TryFinish(out var length));
                    Assert.True(TransportFeedback.TryRead(Vectors.First(buffer[..length]), out var feedback));

                    // Time and sequence number at their full width, by what is known here anyway.
                    var reference = now - (((now / TransportFeedback.ReferenceUnit - feedback.ReferenceTime) & 0xFF_FFFF) * TransportFeedback.ReferenceUnit) - now % TransportFeedback.ReferenceUnit;
                    foreach (var arrival in feedback)
                    {
                        if (!arrival.Received) continue;
                        var number = next - (ushort)(next - arrival.SequenceNumber);
                        known[number] = (reference + arrival.Arrival) / 250;
                    }
                }

                Assert.False(recorder.HasNews);
            }
        });

    private static List<string> Tell(TransportCcRecorder recorder, int room = 1200)
    {
        var told = new List<string>();
        while (true)
        {
            var wrote = false;
            var bytes = Vectors.Write(room, (ref writer) => wrote = recorder.TryWrite(ref writer, 1, 2));
            Assert.Equal(wrote, bytes is not null);
            if (!wrote) return told;
            Assert.True(TransportFeedback.TryRead(Vectors.First(bytes!), out var feedback));
            told.Add(TransportFeedbackTests.Read(feedback));
        }
    }
}
