using System.Buffers.Binary;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests;

/// <summary>The whole way of a packet, from socket to socket, with real clients on loopback.</summary>
public sealed class ForwardingTests
{
    [Fact]
    public async Task A_player_gets_what_the_publisher_sends_and_answers_reach_it()
    {
        await using var sfu = TestSfu.Start();
        using var publisher = await PublishAsync(sfu);
        using var player = await PlayAsync(sfu);

        // It asks for a keyframe by itself, and gets everything from there on.
        publisher.Pump(() => publisher.Rtcp.Exists(HasPli));
        for (var i = 100ul; i < 150; i++) publisher.SendFrame(i, keyframe: i == 100, (byte)i);
        player.Pump(() => Video(player).Count >= 50);
        var video = Video(player);
        Assert.Equal(Enumerable.Range(100, 50).Select(i => (byte)i), video.Select(packet => packet[^1]));
        Assert.Equal(Enumerable.Range(0, 50), video.Select(packet => (ushort)(RtpHeader.SequenceNumber(packet) - RtpHeader.SequenceNumber(video[0])) + 0));
        Assert.All(video.Zip(video.Skip(1)), pair => Assert.Equal(3_000u, RtpHeader.Timestamp(pair.Second) - RtpHeader.Timestamp(pair.First)));

        // A lost packet comes again, as RTX with the number of the original in front.
        var lost = RtpHeader.SequenceNumber(video[20]);
        var nack = new byte[64];
        var writer = new RtcpWriter(nack);
        Nack.Write(ref writer, 1, RtpHeader.Ssrc(video[0]), [lost]);
        Assert.True(writer.TryFinish(out var length));
        player.SendRtcp(nack.AsSpan(0, length));
        player.Pump(() => player.Rtp.Exists(packet => RtpHeader.PayloadType(packet) == TestClient.Vp8Rtx));
        var again = player.Rtp.Find(packet => RtpHeader.PayloadType(packet) == TestClient.Vp8Rtx)!;
        Assert.True(RtpPacket.TryParse(again, out var rtx));
        Assert.Equal(lost, BinaryPrimitives.ReadUInt16BigEndian(rtx.Payload));
        Assert.Equal(video[20][^1], again[^1]);
        Assert.Equal(1, sfu.Counters.Retransmitted);

        // What the publisher failed to deliver is asked of it.
        publisher.Rtcp.Clear();
        publisher.SendFrame(155, false, 155);
        publisher.Pump(() => publisher.Rtcp.Exists(HasNack));
    }

    [Fact]
    public async Task Audio_follows_from_the_first_packet_with_sender_reports_for_lip_sync()
    {
        await using var sfu = TestSfu.Start();
        using var publisher = await PublishAsync(sfu);
        using var player = await PlayAsync(sfu);
        var report = new byte[64];
        var writer = new RtcpWriter(report);
        new SenderReport(publisher.AudioSsrc, NtpTime.FromMicroseconds(NtpTime.UnixEpoch + 1_700_000_000_000_000), 960, 1, 1).Write(ref writer);
        Assert.True(writer.TryFinish(out var length));
        publisher.SendRtcp(report.AsSpan(0, length));
        for (var i = 1ul; i <= 20; i++) publisher.Send(TestClient.Opus, false, i, (uint)(960 * i), publisher.AudioSsrc, [(byte)i, 1, 2, 3]);
        player.Pump(() => player.Rtp.Count(packet => RtpHeader.PayloadType(packet) == TestClient.Opus) == 20);
        player.Pump(() => player.Rtcp.Exists(HasSenderReport));
    }

    [Fact]
    public async Task Who_cannot_take_redundant_audio_gets_what_is_in_it()
    {
        await using var sfu = TestSfu.Start();
        using var publisher = new TestClient(sends: true) { HasRed = true };
        Assert.True(publisher.Connect((await sfu.Sfu.ConnectAsync(new ConnectRequest("r", "ada", publisher.Offer()), TestContext.Current.CancellationToken)).Sdp));
        using var plain = await PlayAsync(sfu);
        using var able = new TestClient(sends: false) { HasRed = true };
        Assert.True(able.Connect((await sfu.Sfu.ConnectAsync(new ConnectRequest("r", "cy", able.Offer(), "*"), TestContext.Current.CancellationToken)).Sdp));

        // One packet with the one before in it, one as it is, and one that contradicts itself.
        byte[] redundant = [0x80 | TestClient.Opus, 960 >> 6, (960 & 0x3F) << 2, 2, TestClient.Opus, 1, 1, 2, 2, 2];
        publisher.Send(TestClient.Red, false, 1, 960, publisher.AudioSsrc, redundant);
        publisher.Send(TestClient.Opus, false, 2, 1_920, publisher.AudioSsrc, [3, 3, 3]);
        publisher.Send(TestClient.Red, false, 3, 2_880, publisher.AudioSsrc, [0x80 | TestClient.Opus, 0]);
        publisher.Send(TestClient.Red, false, 4, 3_840, publisher.AudioSsrc, [TestClient.Opus, 4, 4]);
        plain.Pump(() => plain.Rtp.Count == 4);
        able.Pump(() => able.Rtp.Count == 4);
        static IEnumerable<(byte, string)> Heard(TestClient client)
        {
            foreach (var bytes in client.Rtp)
            {
                Assert.True(RtpPacket.TryParse(bytes, out var packet));
                yield return (packet.PayloadType, Convert.ToHexString(packet.Payload));
            }
        }

        Assert.Equal([(TestClient.Opus, "020202"), (TestClient.Opus, "030303"), (TestClient.Opus, ""), (TestClient.Opus, "0404")], Heard(plain));
        Assert.Equal([(TestClient.Red, Convert.ToHexString(redundant)), (TestClient.Opus, "030303"), (TestClient.Red, "EF00"), (TestClient.Red, "6F0404")], Heard(able));
    }

    [Fact]
    public async Task What_is_forged_replayed_or_broken_is_dropped_and_harms_nobody()
    {
        await using var sfu = TestSfu.Start();
        using var publisher = await PublishAsync(sfu);
        using var player = await PlayAsync(sfu);
        publisher.Pump(() => publisher.Rtcp.Exists(HasPli));
        publisher.SendFrame(100, keyframe: true, 100);
        player.Pump(() => Video(player).Count == 1);

        // Replayed, damaged, cut off, too long, from elsewhere, and plain noise.
        var genuine = publisher.Send(TestClient.Vp8, true, 101, 303_000, publisher.VideoSsrc, [0x10, 1, 101]);
        publisher.SendRaw(genuine);
        var damaged = (byte[])genuine.Clone();
        damaged[3]++;
        publisher.SendRaw(damaged);
        publisher.SendRaw(genuine.AsSpan(0, 15));
        publisher.SendRaw(new byte[4_000]);
        using (var stranger = new TestClient(sends: true))
        {
            using var socket = new System.Net.Sockets.UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
            await socket.SendAsync(genuine, publisher.Server, TestContext.Current.CancellationToken);
        }

        var random = new Random(1);
        for (var i = 0; i < 1_000; i++)
        {
            var noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);
            publisher.SendRaw(noise);
        }

        publisher.SendFrame(102, keyframe: false, 102);
        player.Pump(() => Video(player).Count == 3);
        Assert.Equal((byte)102, Video(player)[2][^1]);
        var drops = sfu.Counters.Drops;
        Assert.True(drops[(int)DropReason.SrtpReplay] > 0, "replays");
        Assert.True(drops[(int)DropReason.SrtpAuth] > 0, "forgeries");
        Assert.True(drops[(int)DropReason.UnknownSource] > 0, "strangers");
        Assert.Equal(0, sfu.Counters.Exceptions);
    }

    [Fact]
    public async Task A_certificate_that_was_not_announced_gets_no_media_and_costs_nobody_anything()
    {
        await using var sfu = TestSfu.Start();
        using var honest = await PublishAsync(sfu);
        using var impostor = new TestClient(sends: false);
        var closed = FirstAsync(sfu, happened => happened is { Kind: SfuEvent.Closed });
        var answer = await sfu.Sfu.ConnectAsync(
            new ConnectRequest("r", "impostor", impostor.Offer("sha-256 " + string.Join(':', Enumerable.Repeat("AB", 32))), "*"), TestContext.Current.CancellationToken);
        impostor.Connect(answer.Sdp);
        Assert.Equal("wrongFingerprint", (await closed).Reason);
        Assert.NotNull(await sfu.Sfu.GetRoomAsync("r", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Muted_means_muted_and_unmuted_goes_on_at_a_keyframe()
    {
        await using var sfu = TestSfu.Start();
        using var publisher = await PublishAsync(sfu);
        using var player = await PlayAsync(sfu);
        publisher.Pump(() => publisher.Rtcp.Exists(HasPli));
        publisher.SendFrame(1, keyframe: true, 1);
        player.Pump(() => Video(player).Count == 1);
        var room = await sfu.Sfu.GetRoomAsync("r", TestContext.Current.CancellationToken);
        var track = room!.Tracks.Single(each => each.Kind == "video");
        await sfu.Sfu.MuteAsync(track.Id, true, TestContext.Current.CancellationToken);
        for (var i = 2ul; i < 10; i++) publisher.SendFrame(i, keyframe: false, (byte)i);
        publisher.Rtcp.Clear();
        await sfu.Sfu.MuteAsync(track.Id, false, TestContext.Current.CancellationToken);
        publisher.Pump(() => publisher.Rtcp.Exists(HasPli));
        publisher.SendFrame(10, keyframe: true, 10);
        player.Pump(() => Video(player).Count == 2);
        Assert.Equal(1, (ushort)(RtpHeader.SequenceNumber(Video(player)[1]) - RtpHeader.SequenceNumber(Video(player)[0])));
    }

    [Fact]
    public async Task A_publisher_that_goes_and_comes_back_is_played_on()
    {
        await using var sfu = TestSfu.Start();
        TestClient player;
        using (var first = await PublishAsync(sfu))
        {
            player = await PlayAsync(sfu);
            first.Pump(() => first.Rtcp.Exists(HasPli));
            first.SendFrame(7, keyframe: true, 7);
            player.Pump(() => Video(player).Count == 1);
        }

        using (player)
        {
            using var second = await PublishAsync(sfu);
            second.Pump(() => second.Rtcp.Exists(HasPli));
            second.SendFrame(9_000, keyframe: true, 42);
            player.Pump(() => Video(player).Count == 2);
            Assert.Equal(1, (ushort)(RtpHeader.SequenceNumber(Video(player)[1]) - RtpHeader.SequenceNumber(Video(player)[0])));
            Assert.True(SequenceNumber.IsNewer(RtpHeader.Timestamp(Video(player)[1]), RtpHeader.Timestamp(Video(player)[0])));
        }
    }

    [Fact]
    public async Task Forwarding_allocates_nothing()
    {
        await using var sfu = TestSfu.Start();
        using var publisher = await PublishAsync(sfu);
        using var player = await PlayAsync(sfu);
        publisher.Pump(() => publisher.Rtcp.Exists(HasPli));
        var next = 1ul;
        void Send(int count)
        {
            for (var i = 0; i < count; i++)
            {
                publisher.SendFrame(next, keyframe: next == 1, (byte)next);
                next++;
                if (next % 20 == 0) player.Pump(() => Video(player).Count >= (int)next - 20);
            }

            player.Pump(() => Video(player).Count == (int)next - 1);
        }

        Send(2_000); // the first tier of the code, and the caches full
        var before = await OnWorkerAsync(sfu, GC.GetAllocatedBytesForCurrentThread);
        Send(2_000);
        var allocated = await OnWorkerAsync(sfu, GC.GetAllocatedBytesForCurrentThread) - before;

        // Not of packets: each of the two commands above is an object or two, a handful of reports a second are none.
        Assert.InRange(allocated, 0, 4_000);
    }

    private static async Task<TestClient> PublishAsync(TestSfu sfu)
    {
        var client = new TestClient(sends: true);
        var answer = await sfu.Sfu.ConnectAsync(new ConnectRequest("r", "ada", client.Offer()), TestContext.Current.CancellationToken);
        Assert.True(client.Connect(answer.Sdp));
        return client;
    }

    private static async Task<TestClient> PlayAsync(TestSfu sfu)
    {
        var client = new TestClient(sends: false);
        var answer = await sfu.Sfu.ConnectAsync(new ConnectRequest("r", "bo", client.Offer(), "*"), TestContext.Current.CancellationToken);
        Assert.True(client.Connect(answer.Sdp));
        return client;
    }

    private static List<byte[]> Video(TestClient client) => client.Rtp.FindAll(packet => RtpHeader.PayloadType(packet) == TestClient.Vp8);

    private static async Task<SfuEvent> FirstAsync(TestSfu sfu, Func<SfuEvent, bool> wanted)
    {
        await foreach (var happened in sfu.Sfu.EventsAsync(TestContext.Current.CancellationToken))
        {
            if (wanted(happened)) return happened;
        }

        throw new InvalidOperationException("The events ended.");
    }

    private static Task<T> OnWorkerAsync<T>(TestSfu sfu, Func<T> ask)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        sfu.Workers.Workers[0].Post(_ => answer.SetResult(ask()));
        return answer.Task;
    }

    private static bool HasPli(byte[] compound) => Has(compound, RtcpType.PayloadFeedback, 1);

    private static bool HasNack(byte[] compound) => Has(compound, RtcpType.TransportFeedback, 1);

    private static bool HasSenderReport(byte[] compound) => compound[1] == (byte)RtcpType.SenderReport;

    private static bool Has(byte[] compound, RtcpType type, int format)
    {
        if (!RtcpCompound.TryParse(compound, out var packets)) return false;
        foreach (var packet in packets)
        {
            if (packet.Type == type && packet.Count == format) return true;
        }

        return false;
    }
}
