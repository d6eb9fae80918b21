using System.Buffers.Binary;
using RtcHub.Rtc.Rtcp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Route;

/// <summary>
/// A publisher and a subscriber that have their keys and misuse them: packets of a camera and feedback of a player, mutated by
/// a seed, with indexes that jump. The oracle: no exception; no SRTP index seals two different packets; and a camera and a
/// screen beside them see nothing of it.
/// </summary>
public sealed class RouteFuzzTests
{
    private const int Inputs = 200_000;
    private const uint Ssrc = 5_000_000;

    [Fact]
    public void No_packet_and_no_feedback_does_harm()
    {
        var route = new TestRoute(seed: 11);
        var (bad, up) = route.AddPublisher();
        var (good, track, _) = route.AddCamera();
        var (screen, _, _) = route.AddScreen(track);
        var wire = new TestTransport("victim", () => route.Now);
        var slot = new Slot(wire, new OutgoingSection("0", MediaKind.Video, Ssrc, 0, [route.Codec()], default), route.Counters);
        var subscriber = new Subscriber(wire, null, "hub"u8.ToArray(), new WorkerResources(NtpTime.UnixEpoch));
        subscriber.Add(slot);
        subscriber.Connected(route.Now);
        slot.Assign(bad, route.Now);

        var random = new Random(20_261_123);
        var (media, feedback) = (Media(), Feedback());
        var index = 70_000L;
        for (var i = 0; i < Inputs; i++)
        {
            index = Math.Max(0, index + (random.Next(500) == 0 ? random.Next(-600, 1_000) : random.Next(3)));
            var packet = Mutate(random, media[i % media.Count]);
            Mend(random, packet, (ushort)(index - random.Next(3)));
            up.Send(route.Now, packet, random.Next(50) == 0 ? ulong.MaxValue : (ulong)index); // Which is RTCP, to the link.
            if (i % 5 == 0) subscriber.ReceiveRtcp(route.Now, Mutate(random, feedback[random.Next(feedback.Count)]));
            if (i % 5 == 1) subscriber.ReceiveRtcp(route.Now, Feedback(Ssrc, (ushort)(wire.LastSequence - random.Next(600)))[0]);
            if (i % 100 == 0) route.Run(0.002);
        }

        Assert.InRange(wire.Packets, Inputs / 20, Inputs); // Else nothing came through to be seen.
        Assert.InRange(route.Counters.Retransmitted, 1_000, Inputs);
        Assert.InRange(screen.Shown.Count, good.Pictures - 2, good.Pictures);
        Assert.Equal(0, good.Nacks);

        // And one that has carried all this can still carry something else.
        slot.Assign(track, route.Now);
        var before = wire.Packets;
        route.Run(1);
        Assert.InRange(wire.Packets - before, 80, 200);
    }

    private static List<byte[]> Media()
    {
        var recorded = new List<byte[]>();
        var link = new LossyLink(1, (_, bytes, _) => recorded.Add(bytes)) { Delay = 0 };
        var camera = new TestCamera(1, 1_000, 1_001, link);
        for (var now = 0L; now < 5_000_000; now += 1_000)
        {
            camera.Tick(now);
            if (now % 500_000 == 0) camera.ReceiveRtcp(now, Feedback(1_000, 65_400)[0]);
            link.Deliver(now);
        }

        return recorded;
    }

    private static List<byte[]> Feedback() => [.. Enumerable.Range(0, 8).SelectMany(i => Feedback(Ssrc, (ushort)(i * 8_000)))];

    // A compound with a NACK and a PLI; a report with a FIR.
    private static List<byte[]> Feedback(uint media, ushort sequence)
    {
        var buffer = new byte[200];
        var writer = new RtcpWriter(buffer);
        Nack.Write(ref writer, 1, media, [sequence, (ushort)(sequence + 1), (ushort)(sequence + 9)]);
        new Pli(1, media).Write(ref writer);
        Assert.True(writer.TryFinish(out var first));
        var report = new RtcpWriter(buffer.AsSpan(first));
        ReceiverReport.Write(ref report, 1, [new ReportBlock(media, 1, 2, 3, 4, 5, 6)]);
        Fir.Write(ref report, 1, [new FirEntry(media, 7)]);
        Assert.True(report.TryFinish(out var second));
        return [buffer[..first], buffer[first..(first + second)]];
    }

    // Most packets keep their SSRC, and the number that is theirs: else nearly all would fall at the first check.
    private static void Mend(Random random, byte[] packet, ushort sequence)
    {
        if (packet.Length < 16 || random.Next(10) == 0) return;
        var isRtx = packet[1] % 128 == TestCamera.RtxPayloadType;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), isRtx ? 1_001u : 1_000u);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(isRtx ? 12 : 2), sequence);
    }

    private static byte[] Mutate(Random random, byte[] seed)
    {
        var bytes = seed.ToArray();
        for (var edits = random.Next(4); edits > 0; edits--)
        {
            // Mostly where the headers are.
            var at = random.Next(random.Next(4) == 0 ? bytes.Length : Math.Min(bytes.Length, 30));
            switch (random.Next(5))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)0 : byte.MaxValue; break;
                case 3 when random.Next(4) == 0: bytes = bytes[..(at + 1)]; break;
                case 4 when bytes.Length > 30: BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(14), (ushort)random.Next(0x10000)); break; // Picture id, OSN.
            }
        }

        return bytes;
    }
}
