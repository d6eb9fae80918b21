using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class AllocationTests
{
    /// <summary>A minute of a lossy stream through everything that a packet, a NACK and a report touch.</summary>
    [Fact]
    public void The_steady_state_allocates_nothing()
    {
        var stream = new TestSource(1, 5, video: true);
        var packets = Enumerable.Range(0, 8_000).Select(_ => stream.Next()).ToArray();
        var source = stream.Clock;
        var cache = new PacketPool().Rent(video: true);
        var (rewriter, sent, nacks, keyframes) = (new Rewriter(100, 1_000, 50), new SentPackets(512), new NackGenerator(video: true), new Keyframes());
        var bytes = new byte[1_200];
        rewriter.Select(source);
        Run(packets.AsSpan(0, 2_000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var forwarded = Run(packets.AsSpan(2_000));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(forwarded, 4_000, 6_000);

        int Run(ReadOnlySpan<TestPacket> packets)
        {
            var count = 0;
            Span<ushort> asked = stackalloc ushort[64];
            foreach (var packet in packets)
            {
                var now = packet.Index * 8_000;
                if (packet.Index % 97 == 0) source.Receive(now, (ulong)packet.Index << 24, packet.Facts.Timestamp);
                if (packet.Index % 50 == 0) keyframes.Request();
                if (keyframes.TryPoll(now)) keyframes.Received();
                if (packet.Index % 20 == 0) continue; // Lost.
                nacks.Receive(now, packet.Index, retransmitted: false);
                while (nacks.Poll(now, asked) > 0) ;
                if (cache.Store(packet.Index, bytes.AsSpan(0, 12 + packet.Facts.PayloadLength), packet.Facts, out var stored) != DropReason.None) continue;
                var rewritten = rewriter.Decide(now, source, stored.Index, stored.Facts);
                if (!rewritten.IsForward) continue;
                count++;
                stored.Facts.Picture.Patch(stored.Bytes, rewritten.PictureId, rewritten.Tl0);
                sent.Add(new SentPacket { Sequence = rewritten.Sequence, Index = stored.Index });
                if (sent.Answer(now, 0, (ushort)(rewritten.Sequence - 9), out var again) != NackAnswer.Resend || !cache.TryGet(again.Index, out var old)) continue;
                using var rtx = new RtxPayload(old, again);
                rewriter.TryGetTimestamp(now, out _);
            }

            return count;
        }
    }
}
