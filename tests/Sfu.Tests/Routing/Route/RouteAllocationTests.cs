using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Route;

public sealed class RouteAllocationTests
{
    /// <summary>Packets in, twenty slots out, with losses on both sides, NACKs, keyframe requests and reports.</summary>
    [Fact]
    public void Ten_seconds_of_a_room_allocate_nothing()
    {
        var worker = new WorkerResources(NtpTime.UnixEpoch);
        var codec = new NegotiatedCodec("video/VP8", PayloadFormat.Vp8, 90_000, TestCamera.PayloadType, TestCamera.RtxPayloadType, "VP8", Nack: true);
        var wire = new Wire();
        var track = new PublisherTrack("track", wire, new IncomingSection("0", MediaKind.Video, [codec], [(1_000, 1_001)], []));
        var publisher = new Publisher(wire, [track], default, ssrc: 7, worker, now: 0);
        var subscribers = Enumerable.Range(0, 20).Select(i => Subscribe(track, worker, codec, (uint)i)).ToArray();

        // What a camera sends in 20 s, recorded.
        var recorded = new List<(long Now, byte[] Bytes, ulong Index)>();
        var link = new LossyLink(1, (now, bytes, index) => recorded.Add((now, bytes, index))) { Delay = 0 };
        var camera = new TestCamera(1, 1_000, 1_001, link);
        for (var now = 0L; now < 20_000_000; now += 1_000)
        {
            camera.Tick(now);
            link.Deliver(now);
        }

        var packets = recorded.ToArray();
        var half = Array.FindIndex(packets, packet => packet.Now > 10_000_000);
        Run(packets.AsSpan(0, half));
        var sent = Sent();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(packets.AsSpan(half));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(Sent() - sent, 18_000, 24_000);
        Assert.True(worker.Counters.Retransmitted > 100);

        int Sent() => subscribers.Sum(one => one.Wire.Packets);

        void Run(ReadOnlySpan<(long Now, byte[] Bytes, ulong Index)> packets)
        {
            Span<byte> feedback = stackalloc byte[100];
            var count = 0;
            foreach (var (now, bytes, index) in packets)
            {
                count++;
                if (index == ulong.MaxValue) publisher.ReceiveRtcp(now, bytes);
                else if (count % 20 != 0) publisher.Receive(now, bytes, index);
                if (publisher.NextTimeout <= now) publisher.Timeout(now);
                var (subscriber, own, ssrc) = subscribers[count % subscribers.Length];
                if (subscriber.NextTimeout <= now) subscriber.Timeout(now);
                if (count % 5 != 0) continue;
                var writer = new RtcpWriter(feedback);
                Nack.Write(ref writer, 1, ssrc, [(ushort)(own.LastSequence - 3), (ushort)(own.LastSequence - 1)]);
                new Pli(1, ssrc).Write(ref writer);
                writer.TryFinish(out var length);
                subscriber.ReceiveRtcp(now, feedback[..length]);
            }
        }
    }

    private static (Subscriber Subscriber, Wire Wire, uint Ssrc) Subscribe(PublisherTrack track, WorkerResources worker, NegotiatedCodec codec, uint number)
    {
        var (wire, ssrc) = (new Wire(), 1_000_000 + number * 10);
        var slot = new Slot(wire, new OutgoingSection("0", MediaKind.Video, ssrc, ssrc + 1, [codec], default), worker.Counters);
        var subscriber = new Subscriber(wire, null, "hub"u8.ToArray(), worker);
        subscriber.Add(slot);
        subscriber.Connected(0);
        slot.Assign(track, 0);
        return (subscriber, wire, ssrc);
    }

    private sealed class Wire : ITransport
    {
        private readonly byte[] _header = new byte[256];

        public string Id => "";

        public string Participant => "";

        public bool IsConnected => true;

        public int Packets { get; private set; }

        public ushort LastSequence { get; private set; }

        public Span<byte> BeginRtp() => _header;

        public void SendRtp(int headerLength, ReadOnlySpan<byte> payload, ulong index)
        {
            Packets++;
            if (RtpHeader.PayloadType(_header) == TestCamera.PayloadType) LastSequence = (ushort)index;
        }

        public void SendRtcp(ReadOnlySpan<byte> packet) => Packets++;

        public void Reschedule()
        {
        }
    }
}
