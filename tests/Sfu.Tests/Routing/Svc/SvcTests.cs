using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Tests.Routing.Svc;

/// <summary>Streams that hold several layers: each subscriber gets those that it is to get, and nothing that it could not decode.</summary>
public sealed class SvcTests
{
    public static TheoryData<SvcFormat> Formats => new(
        new SvcFormat(PayloadFormat.Vp9, 3),
        new SvcFormat(PayloadFormat.Vp9, 3, Flexible: true),
        new SvcFormat(PayloadFormat.Vp9, 3, KeyOnly: true),
        new SvcFormat(PayloadFormat.Vp9, 1),
        new SvcFormat(PayloadFormat.Av1, 3),
        new SvcFormat(PayloadFormat.Av1, 3, KeyOnly: true),
        new SvcFormat(PayloadFormat.Av1, 2),
        new SvcFormat(PayloadFormat.Av1, 1));

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_quality_is_what_its_layers_are_and_the_marker_ends_each_picture(SvcFormat format)
    {
        for (var spatial = 0; spatial < format.Spatial; spatial++)
        {
            for (var temporal = 0; temporal < 3; temporal++)
            {
                var source = new SvcSource(1, 10 * spatial + temporal, format);
                var slot = new SvcSlot(source, format.Payload) { Rewriter = { MaxSpatial = spatial, MaxTemporal = temporal } };
                for (var i = 0; i < 60; i++) Next(source, slot, i, keyframe: i % 24 == 0);
                slot.Check();

                // VP9's descriptor does not say that the lower layers of K-SVC are not needed, so they come along.
                bool Belongs(Svc.SvcFrame frame) => format.Payload == PayloadFormat.Vp9
                    ? frame.Spatial <= spatial && frame.Temporal <= temporal
                    : source.Serves(frame, spatial, temporal);
                Assert.Equal(source.Frames.Values.Where(Belongs), slot.Outputs.Select(output => output.Packet.Frame).Distinct());
                Assert.Equal(Enumerable.Range(0, slot.Outputs.Count), slot.Outputs.Select(output => (int)(output.Numbers.Sequence - slot.Outputs[0].Numbers.Sequence)));
                foreach (var picture in slot.Outputs.GroupBy(output => output.Packet.Frame.Picture))
                    Assert.Equal([.. picture.SkipLast(1).Select(_ => false), true], picture.Select(output => output.Numbers.Marker));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Less_comes_at_once_and_more_with_the_next_keyframe_or_switching_point(SvcFormat format)
    {
        var source = new SvcSource(1, 5, format);
        var slot = new SvcSlot(source, format.Payload);
        var now = 0;
        void Run(int pictures)
        {
            slot.Outputs.Clear();
            for (var i = 0; i < pictures; i++) Next(source, slot, now++, keyframe: slot.Rewriter.NeedsKeyframe);
        }

        (int Spatial, int Temporal) Highest() => (slot.Outputs.Max(output => output.Packet.Frame.Spatial), slot.Outputs.Max(output => output.Packet.Frame.Temporal));
        Run(8);
        Assert.Equal((format.Spatial - 1, 2), Highest());
        (slot.Rewriter.MaxSpatial, slot.Rewriter.MaxTemporal) = (0, 0);
        Run(5);
        Run(8);
        Assert.Equal((0, 0), Highest());
        slot.Rewriter.MaxTemporal = 2;
        Run(8);
        Assert.Equal((0, 2), Highest());
        Assert.DoesNotContain(slot.Outputs, output => output.Packet.Frame.IsKey);
        slot.Rewriter.MaxSpatial = 255;
        Assert.Equal(format.Spatial > 1, slot.Rewriter.NeedsKeyframe);
        Run(2);
        Assert.Equal(format.Spatial - 1, Highest().Spatial);
        Assert.False(slot.Rewriter.NeedsKeyframe);
        Run(8);
        slot.Check();
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Whatever_is_lost_late_or_wanted_only_frames_come_whose_references_were_sent_and_no_number_is_missing(SvcFormat format) =>
        Gen.Select(Gen.Int[0, 999_999], Gen.Int[0, 30], Gen.Int[1, 150]).Sample((seed, trouble, pictures) => Run(format, seed, trouble, pictures, operations: 5), iter: 100);

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_stream_that_outlives_its_counters_goes_on(SvcFormat format) => Run(format, seed: 1, trouble: 5, pictures: 24_000, operations: 100);

    private static void Run(SvcFormat format, int seed, int trouble, int pictures, int operations)
    {
        var random = new Random(seed);
        var source = new SvcSource(1, seed, format);
        var slot = new SvcSlot(source, format.Payload);
        var due = new PriorityQueue<SvcPacket, (long At, int Order)>();
        var (order, sent) = (0, 0L);
        for (var i = 0; i < pictures; i++)
        {
            if (random.Next(operations) == 0) (slot.Rewriter.MaxSpatial, slot.Rewriter.MaxTemporal) = (random.Next(4), random.Next(4));
            if (random.Next(operations * 10) == 0) slot.Rewriter.Stop();
            slot.Rewriter.Select(source.Clock);
            foreach (var packet in source.NextPicture(keyframe: i % 50 == 49 || (slot.Rewriter.NeedsKeyframe && random.Next(3) == 0))) Send(packet);
            Deliver(i);
        }

        (trouble, slot.Rewriter.MaxSpatial, slot.Rewriter.MaxTemporal) = (0, 255, 255);
        var quiet = source.Frames.Count;
        for (var i = 0; i < 60; i++)
        {
            foreach (var packet in source.NextPicture(keyframe: i == 30)) Send(packet);
            Deliver(pictures + i);
        }

        slot.Check();
        var last = source.Frames.Values.Where(frame => frame.Number >= quiet + 40 * format.Spatial && source.Serves(frame, format.Spatial - 1, 2));
        Assert.Subset(slot.Outputs.Select(output => output.Packet.Frame).ToHashSet(), last.ToHashSet());

        void Deliver(int picture)
        {
            while (due.TryPeek(out var packet, out var at) && at.At <= sent)
            {
                due.Dequeue();
                slot.Receive(picture * 33_333L, packet);
            }
        }

        // A quarter of the trouble each: lost, come twice, overtaken by a few, repaired by retransmission later on.
        void Send(SvcPacket packet)
        {
            sent++;
            var fate = random.Next(100) < trouble ? random.Next(4) : 4;
            if (fate == 0) return;
            due.Enqueue(packet, (sent + (fate switch { 2 => random.Next(1, 8), 3 => random.Next(10, 80), _ => 0 }), order++));
            if (fate == 1) due.Enqueue(packet, (sent + random.Next(20), order++));
        }
    }

    private static void Next(SvcSource source, SvcSlot slot, int picture, bool keyframe)
    {
        foreach (var packet in source.NextPicture(keyframe)) slot.Receive(picture * 33_333L, packet);
    }
}
