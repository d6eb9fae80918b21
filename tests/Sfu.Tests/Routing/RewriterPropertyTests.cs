using CsCheck;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

/// <summary>
/// Two sources run side by side into one slot, over links that lose, delay and double, while the slot switches between them,
/// pauses, and changes its temporal layer. What comes out is held against what the receiver must see.
/// </summary>
public sealed class RewriterPropertyTests
{
    private sealed record Sent(TestPacket Packet, Rewritten As, int Run, bool InOrder);

    [Theory]
    [InlineData(true, 15)]
    [InlineData(true, 7)]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    public void Whatever_happens_the_receiver_sees_one_stream(bool video, byte idBits) =>
        Gen.Select(Gen.Int[0, 999_999], Gen.Int[0, 2_499].Array[0, 500]).Sample((seed, steps) =>
        {
            var sources = new[] { new TestSource(1, seed, video, idBits), new TestSource(2, seed + 1, video, idBits) };
            var rewriter = new Rewriter((ulong)(seed % 32_768), (uint)seed * 5_000, (ushort)(seed % 32_768));
            Assert.False(rewriter.NeedsKeyframe);
            rewriter.Select(sources[0].Clock);
            var (sent, left) = (new List<Sent>(), new Dictionary<(TestSource, long, int Run), DropReason>());
            var (leftOut, newest) = (new HashSet<(int Run, int Picture)>(), -1);
            var late = new List<(int Due, TestPacket Packet)>();
            var run = 0;
            for (var i = 0; i < steps.Length; i++)
            {
                var (first, second, operation) = (steps[i] % 10, steps[i] / 10 % 10, steps[i] / 100);
                if (operation is 1 or 2) rewriter.Select(sources[operation - 1].Clock);
                if (operation == 3) rewriter.Stop();
                if (operation is 4 or 5 or 6) rewriter.MaxTemporal = operation - 4;
                Arrive(i, first, sources[0].Next());
                Arrive(i, second, sources[1].Next());
                foreach (var (_, packet) in late.Where(one => one.Due == i)) Decide(i, packet);
            }

            CheckSequences(sent, left);
            CheckTimestamps(sent);
            if (video) CheckPictures(sent, leftOut, idBits);

            // The fates: 0-6 arrive, 7 is lost, 8 is overtaken by some, 9 comes twice.
            void Arrive(int i, int fate, TestPacket packet)
            {
                if (fate == 8) late.Add((i + 1 + (int)(packet.Index % 9), packet));
                if (fate == 9) late.Add((i + 2, packet));
                if (fate is not 7 and not 8) Decide(i, packet);
            }

            void Decide(int i, TestPacket packet)
            {
                var highest = sent.LastOrDefault(one => one.Run == run && one.InOrder)?.Packet.Index ?? long.MinValue;
                var (before, wanted) = (rewriter.Current, rewriter.Wanted);
                var rewritten = rewriter.Decide(i * 10_000L, packet.Source.Clock, packet.Index, packet.Facts);
                if (rewritten.IsSwitch)
                {
                    run++;
                    Assert.Same(packet.Source.Clock, wanted);
                    Assert.True(!video || packet.Facts.StartsKeyframe);
                    (highest, newest) = (long.MinValue, -1);
                }

                // Only what is current goes out, and what is wanted becomes current.
                Assert.Equal(rewritten.IsSwitch ? packet.Source.Clock : before, rewriter.Current);
                if (rewritten.IsForward) Assert.Same(packet.Source.Clock, rewriter.Current);
                if (rewritten.IsEmpty) Assert.True(packet.Facts.PayloadLength == 0 || packet.Facts.Picture.TemporalId > 0);
                if (rewritten.IsForward) sent.Add(new Sent(packet, rewritten, run, packet.Index > highest));
                if (packet.Source.Clock != rewriter.Current) return;
                if (rewritten.Drop is DropReason.Padding or DropReason.UnwantedLayer) left[(packet.Source, packet.Index, run)] = rewritten.Drop;

                // A picture is left out with its first packet, unless one behind it has its number already.
                if (packet.Facts.PayloadLength == 0 || rewritten.Drop is not DropReason.None and not DropReason.UnwantedLayer) return;
                if ((rewritten.IsEmpty || !rewritten.IsForward) && packet.Picture > newest) leftOut.Add((run, packet.Picture));
                newest = Math.Max(newest, packet.Picture);
            }
        }, iter: 400);

    // Unique; in the order of the source; a gap is as long as what did not come; runs follow each other without a gap.
    private static void CheckSequences(List<Sent> sent, Dictionary<(TestSource Source, long Index, int Run), DropReason> left)
    {
        Assert.Equal(sent.Count, sent.Select(one => one.As.Sequence).Distinct().Count());
        var end = 0ul;
        foreach (var run in sent.GroupBy(one => one.Run).OrderBy(group => group.Key))
        {
            var first = run.First();
            Assert.True(first.As.IsSwitch);
            if (run.Key > 1) Assert.Equal(end, first.As.Sequence);
            Assert.Single(run.Select(one => one.Packet.Source).Distinct());
            var inOrder = run.OrderBy(one => one.Packet.Index).ToList();
            Assert.Same(first, inOrder[0]); // Nothing from before the switch.
            foreach (var (a, b) in inOrder.Zip(inOrder.Skip(1)))
            {
                var between = b.Packet.Index - a.Packet.Index - 1 - left.Keys.Count(one => one.Run == run.Key && one.Index > a.Packet.Index && one.Index < b.Packet.Index);
                Assert.Equal((ulong)between + 1, b.As.Sequence - a.As.Sequence);
            }

            var last = inOrder[^1];
            var behind = left.Keys.Where(one => one.Run == run.Key && one.Index > last.Packet.Index).Select(one => one.Index).ToList();
            end = last.As.Sequence + 1 + (ulong)(behind.Count == 0 ? 0 : behind.Max() - last.Packet.Index - behind.Count);
        }
    }

    // Within a run the source's distances; from run to run forward.
    private static void CheckTimestamps(List<Sent> sent)
    {
        foreach (var run in sent.GroupBy(one => one.Run))
        {
            Assert.Single(run.Select(one => one.As.Timestamp - one.Packet.Facts.Timestamp).Distinct());
        }

        foreach (var (a, b) in sent.Where(one => one.InOrder).Zip(sent.Where(one => one.InOrder).Skip(1)))
        {
            var step = SequenceNumber.Difference(b.As.Timestamp, a.As.Timestamp);
            if (a.Run == b.Run && a.Packet.Picture == b.Packet.Picture) Assert.Equal(0, step);
            else Assert.InRange(step, 1, 90_000 * 6);
        }
    }

    private static void CheckPictures(List<Sent> sent, HashSet<(int Run, int Picture)> leftOut, byte idBits)
    {
        var pictures = sent.Where(one => !one.As.IsEmpty).GroupBy(one => (one.Run, one.Packet.Picture)).OrderBy(group => group.Key.Run).ThenBy(group => group.Key.Picture).ToList();
        foreach (var picture in pictures)
        {
            // One number for all packets of a picture. Its id is what remembers that it was left out.
            Assert.Single(picture.Select(one => (one.As.PictureId, one.As.Tl0, one.As.Timestamp)).Distinct());
            if (idBits > 0) Assert.DoesNotContain(picture.Key, leftOut);
        }

        foreach (var (a, b) in pictures.Zip(pictures.Skip(1)))
        {
            var (first, second) = (a.First(), b.First());
            if (a.Key.Run != b.Key.Run)
            {
                Assert.True(second.As.IsSwitch);
                Assert.Equal((byte)(first.As.Tl0 + 1), second.As.Tl0);
                continue;
            }

            // Pictures of which nothing came keep their numbers; those that were left out have none.
            Assert.Equal((byte)(second.Packet.Facts.Picture.Tl0 - first.Packet.Facts.Picture.Tl0), (byte)(second.As.Tl0 - first.As.Tl0));
            var step = Enumerable.Range(a.Key.Picture + 1, b.Key.Picture - a.Key.Picture).Count(picture => !leftOut.Contains((a.Key.Run, picture)));
            if (idBits > 0) Assert.Equal(step, (second.As.PictureId - first.As.PictureId) & (1 << idBits) - 1);
        }
    }
}
