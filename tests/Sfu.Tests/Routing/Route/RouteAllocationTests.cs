using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Route;

public sealed class RouteAllocationTests
{
    /// <summary>Packets in, twenty slots out, with losses on both sides, NACKs, keyframe requests and reports; and with adaptation: feedback on every packet, probes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ten_seconds_of_a_room_allocate_nothing(bool transportCc)
    {
        var worker = new WorkerResources(NtpTime.UnixEpoch);
        var codec = new NegotiatedCodec("video/VP8", PayloadFormat.Vp8, 90_000, TestCamera.PayloadType, TestCamera.RtxPayloadType, "VP8", Nack: true);
        var camera = new Wire();
        var track = new PublisherTrack("track", camera, new IncomingSection("0", MediaKind.Video, [codec], [(1_000, 1_001)], []));
        var publisher = new Publisher(camera, [track], default, ssrc: 7, worker, now: 0);
        var subscribers = Enumerable.Range(0, 20).Select(i => Subscribe(track, worker, codec, (uint)i, transportCc)).ToArray();

        // What a camera sends in 20 s, recorded.
        var recorded = new List<(long Now, byte[] Bytes, ulong Index)>();
        var link = new LossyLink(1, (now, bytes, index) => recorded.Add((now, bytes, index))) { Delay = 0 };
        var recorder = new TestCamera(1, 1_000, 1_001, link);
        var keyframeRequest = KeyframeRequest();
        for (var now = 0L; now < 20_000_000; now += 1_000)
        {
            if (now % 500_000 == 0) recorder.ReceiveRtcp(now, keyframeRequest);
            recorder.Tick(now);
            link.Deliver(now);
        }

        var packets = recorded.ToArray();
        var half = Array.FindIndex(packets, packet => packet.Now > 10_000_000);
        Run(packets.AsSpan(0, half));
        var sent = Sent();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(packets.AsSpan(half));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(Sent() - sent, 18_000, 26_000);
        Assert.True(worker.Counters.Retransmitted > 100);
        if (transportCc) Assert.True(worker.Counters is { Probes: >= 20, Estimated: 20 } && subscribers.All(one => one.Wire.Feedback > 100));

        int Sent() => subscribers.Sum(one => one.Wire.Packets);

        void Run(ReadOnlySpan<(long Now, byte[] Bytes, ulong Index)> packets)
        {
            Span<byte> feedback = stackalloc byte[1_000];
            var count = 0;
            foreach (var (now, bytes, index) in packets)
            {
                count++;
                foreach (var (one, wire, _) in subscribers)
                {
                    wire.Now = now;
                    if (one.NextTimeout <= now) one.Timeout(now);
                }

                if (index == ulong.MaxValue) publisher.ReceiveRtcp(now, bytes);
                else if (count % 20 != 0) publisher.Receive(now, bytes, index);
                if (publisher.NextTimeout <= now) publisher.Timeout(now);
                var (subscriber, own, ssrc) = subscribers[count % subscribers.Length];
                if (transportCc && own.TryWriteFeedback(feedback, out var told)) subscriber.ReceiveRtcp(now, feedback[..told]);
                if (count % 5 != 0) continue;
                var writer = new RtcpWriter(feedback);
                Nack.Write(ref writer, 1, ssrc, [(ushort)(own.LastSequence - 3), (ushort)(own.LastSequence - 1)]);
                new Pli(1, ssrc).Write(ref writer);
                writer.TryFinish(out var length);
                subscriber.ReceiveRtcp(now, feedback[..length]);
            }
        }
    }

    // A camera that is only recorded hears nothing of those who wait for a keyframe.
    private static byte[] KeyframeRequest()
    {
        Span<byte> buffer = stackalloc byte[100];
        var writer = new RtcpWriter(buffer);
        new Pli(1, 1_000).Write(ref writer);
        Assert.True(writer.TryFinish(out var length));
        return buffer[..length].ToArray();
    }

    private static (Subscriber Subscriber, Wire Wire, uint Ssrc) Subscribe(PublisherTrack track, WorkerResources worker, NegotiatedCodec codec, uint number, bool transportCc)
    {
        var (wire, ssrc) = (new Wire(), 1_000_000 + number * 10);
        var extensions = default(ExtensionMap);
        if (transportCc) extensions.TryAdd(TestScreen.TransportCcId, ExtensionUris.TransportCc);
        var slot = new Slot(wire, new OutgoingSection("0", MediaKind.Video, ssrc, ssrc + 1, [codec], extensions), worker.Counters);
        var subscriber = new Subscriber(wire, null, "hub"u8.ToArray(), worker);
        subscriber.Add(slot);
        subscriber.Connected(0);
        slot.Assign(track, 0);
        return (subscriber, wire, ssrc);
    }

    private sealed class Wire : ITransport
    {
        private const long FeedbackInterval = 50_000;
        private readonly byte[] _header = new byte[256];
        private readonly TransportCcRecorder _recorder = new();
        private long _toldAt;

        public string Id => "";

        public string Participant => "";

        public bool IsConnected => true;

        public int Packets { get; private set; }

        public ushort LastSequence { get; private set; }

        public long Now { get; set; }

        public int Feedback { get; private set; }

        public Span<byte> BeginRtp() => _header;

        public void SendRtp(int headerLength, ReadOnlySpan<byte> payload, ulong index)
        {
            Packets++;
            if (RtpHeader.PayloadType(_header) == TestCamera.PayloadType) LastSequence = (ushort)index;
            if (RtpPacket.TryParse(_header.AsSpan(0, headerLength), out var packet) && packet.Extensions.TryGet(TestScreen.TransportCcId, out var value)
                && TransportSequence.TryRead(value, out var sequence)) _recorder.Received(Now, sequence);
        }

        public bool TryWriteFeedback(Span<byte> feedback, out int length)
        {
            length = 0;
            if (Now - _toldAt < FeedbackInterval) return false;
            _toldAt = Now;
            var writer = new RtcpWriter(feedback);
            while (_recorder.TryWrite(ref writer, 1, 1)) Feedback++;
            return writer.TryFinish(out length) && length > 0;
        }

        public void SendRtcp(ReadOnlySpan<byte> packet) => Packets++;

        public void Reschedule()
        {
        }
    }
}
