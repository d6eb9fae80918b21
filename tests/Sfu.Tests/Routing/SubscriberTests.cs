using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Tests.Routing.Route;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class SubscriberTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(30, 1)]
    [InlineData(64, 2)]
    public void Sender_reports_of_all_slots_share_a_compound_as_long_as_they_fit(int slots, int compounds)
    {
        var now = 1_000_000L;
        var (reported, sent) = (new List<uint>(), 0);
        var wire = new TestTransport("bo", () => now)
        {
            Link = new LossyLink(1, (time, bytes, index) =>
            {
                if (index != ulong.MaxValue) return;
                sent++;
                Assert.True(RtcpCompound.TryParse(bytes, out var compound));
                var isNamed = false;
                foreach (var packet in compound)
                {
                    if (SenderReport.TryRead(packet, out var report, out _)) reported.Add(report.Ssrc);
                    isNamed |= packet.Type == RtcpType.SourceDescription;
                }

                Assert.True(isNamed);
            }),
        };
        var worker = new WorkerResources(NtpTime.UnixEpoch);
        var codec = new NegotiatedCodec("audio/opus", PayloadFormat.Opus, 48_000, 111, 0, "audio/opus", false);
        var track = new PublisherTrack("t", wire, new IncomingSection("0", MediaKind.Audio, [codec], [(7, 0)], []));
        var publisher = new Publisher(wire, [track], default, 1, worker, now);
        var subscriber = new Subscriber(wire, null, new byte[255], worker);
        for (var i = 0u; i < slots; i++)
        {
            var slot = new Slot(wire, new OutgoingSection($"{i}", MediaKind.Audio, 100 + i, 0, [codec], default), worker.Counters);
            subscriber.Add(slot);
            slot.Assign(track, now);
        }

        subscriber.Connected(now);
        var report = new byte[64];
        var writer = new RtcpWriter(report);
        new SenderReport(7, NtpTime.FromMicroseconds(NtpTime.UnixEpoch + now), 960, 1, 1).Write(ref writer);
        Assert.True(writer.TryFinish(out var length));
        publisher.ReceiveRtcp(now, report.AsSpan(0, length));
        var packet = new byte[20];
        RtpHeader.TryWrite(packet, 111, false, 1, 960, 7);
        publisher.Receive(now, packet, 1);
        now += 1_000_000;
        subscriber.Timeout(now);
        wire.Link.Deliver(now + 1_000_000);
        Assert.Equal(compounds, sent);
        Assert.Equal(Enumerable.Range(100, slots).Select(ssrc => (uint)ssrc), reported);
    }
}
