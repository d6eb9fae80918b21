using System.Diagnostics;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests;

/// <summary>Layers on the wire: a camera in two sizes, a tile that changes, a path whose receiver tells of every packet.</summary>
public sealed class SwitchingTests
{
    private const byte RidId = 6, TransportCcId = 3;

    [Fact]
    public async Task A_tile_that_changes_its_size_changes_the_layer_and_the_stream_has_no_seam()
    {
        await using var sfu = TestSfu.Start();
        using var camera = new SimulcastCamera();
        await camera.ConnectAsync(sfu);
        using var viewer = new TestClient(sends: false);
        var offer = await sfu.Sfu.SubscribeAsync(new SubscribeRequest("r", "bo", 0, 1), TestContext.Current.CancellationToken);
        await sfu.Sfu.AnswerAsync(offer.Transport, viewer.Answer(offer.Sdp), TestContext.Current.CancellationToken);
        Assert.True(viewer.Connect(offer.Sdp));

        viewer.Pump(() =>
        {
            camera.Turn();
            return camera.Pictures >= 3;
        });
        await AssignAsync(maxHeight: 1_000);
        Watch(until: "h");
        await AssignAsync(maxHeight: 180);
        Watch(until: "l");
        await AssignAsync(maxHeight: 1_000);
        Watch(until: "h");

        // One stream: no number is missing, none comes twice, whichever layer it is of.
        var pictures = viewer.Rtp.Where(packet => RtpHeader.PayloadType(packet) == TestClient.Vp8).Select(Read).OrderBy(picture => picture.Sequence).ToList();
        // It may have begun with the small layer, before it was measured what the large one takes.
        var runs = pictures.Select(picture => picture.Rid).Aggregate(new List<string>(), (runs, rid) => runs.LastOrDefault() == rid ? runs : [.. runs, rid]);
        Assert.Equal(["h", "l", "h"], runs.TakeLast(3));
        foreach (var (a, b) in pictures.Zip(pictures.Skip(1)))
        {
            Assert.Equal(a.Sequence + 1, b.Sequence);
            Assert.Equal((a.PictureId + 1) & 0x7FFF, b.PictureId);
            Assert.Equal((byte)(a.Tl0 + 1), b.Tl0);
            Assert.InRange(SequenceNumber.Difference(b.Timestamp, a.Timestamp), 1, 90_000);
            Assert.True(a.Rid == b.Rid || b.IsKeyframe);
        }

        // Every packet has its number on the transport, whatever stream it is of.
        var numbers = viewer.Rtp.Select(Number).Order().ToList();
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Count), numbers);
        Assert.Equal(runs.Count - 1, sfu.Counters.LayerSwitches);
        Assert.Equal(0, sfu.Counters.Exceptions);

        async Task AssignAsync(int maxHeight)
        {
            var room = await sfu.Sfu.GetRoomAsync("r", TestContext.Current.CancellationToken);
            await sfu.Sfu.AssignAsync(offer.Transport, [new SlotAssignment(offer.Slots[0].Mid, room!.Tracks.Single(track => track.Kind == "video").Id, maxHeight)], TestContext.Current.CancellationToken);
        }

        void Watch(string until)
        {
            viewer.Pump(() =>
            {
                camera.Turn();
                return viewer.Rtp.Count > 5 && viewer.Rtp.TakeLast(5).All(packet => Read(packet).Rid == until);
            });
        }
    }

    [Fact]
    public async Task Who_tells_that_little_comes_through_gets_the_small_layer_and_who_tells_of_more_gets_the_large_one_back()
    {
        await using var sfu = TestSfu.Start();
        using var camera = new SimulcastCamera();
        await camera.ConnectAsync(sfu);
        using var viewer = new TestClient(sends: false);
        var answer = await sfu.Sfu.ConnectAsync(new ConnectRequest("r", "bo", viewer.Offer().Replace("nack\r\n", "nack\r\na=rtcp-fb:96 goog-remb\r\n", StringComparison.Ordinal), "*"), TestContext.Current.CancellationToken);
        Assert.Contains("goog-remb", answer.Sdp, StringComparison.Ordinal);
        Assert.True(viewer.Connect(answer.Sdp));
        viewer.Pump(() =>
        {
            camera.Turn();
            return camera.Pictures >= 3;
        });
        WatchUntil("h");
        Tell(60_000);
        WatchUntil("l");
        Tell(50_000_000);
        WatchUntil("h");

        void WatchUntil(string rid) => viewer.Pump(() =>
        {
            camera.Turn();
            return viewer.Rtp.Count > 5 && viewer.Rtp.TakeLast(5).All(packet => Read(packet).Rid == rid);
        });

        void Tell(ulong bitrate)
        {
            var packet = new byte[64];
            var writer = new RtcpWriter(packet);
            Remb.Write(ref writer, 1, bitrate, [RtpHeader.Ssrc(viewer.Rtp[^1])]);
            Assert.True(writer.TryFinish(out var length));
            viewer.SendRtcp(packet.AsSpan(0, length));
        }
    }

    private static int Number(byte[] bytes)
    {
        Assert.True(RtpPacket.TryParse(bytes, out var packet));
        Assert.True(packet.Extensions.TryGet(TransportCcId, out var value) && TransportSequence.TryRead(value, out _));
        TransportSequence.TryRead(value, out var number);
        return number;
    }

    private static (int Sequence, string Rid, int PictureId, byte Tl0, uint Timestamp, bool IsKeyframe) Read(byte[] bytes)
    {
        Assert.True(RtpPacket.TryParse(bytes, out var packet));
        Assert.True(Vp8.TryRead(packet.Payload, out var info));
        return (packet.SequenceNumber, ((char)packet.Payload[^1]).ToString(), info.PictureId, info.Tl0, packet.Timestamp, info.IsKeyframeStart);
    }

    /// <summary>A publisher of two layers, 180 and 720 pixels high; a picture of each is a packet that ends with the rid.</summary>
    private sealed class SimulcastCamera : IDisposable
    {
        private readonly TestClient _client = new(sends: true);
        private readonly Dictionary<string, bool> _asked = new() { ["l"] = true, ["h"] = true };
        private uint _picture;
        private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
        private int _seen;

        public uint Pictures => _picture;

        public async Task ConnectAsync(TestSfu sfu)
        {
            var answer = await sfu.Sfu.ConnectAsync(new ConnectRequest("r", "ada", Offer()), TestContext.Current.CancellationToken);
            Assert.True(_client.Connect(answer.Sdp));
        }

        /// <summary>Sends a picture of each layer if it is time.</summary>
        public void Turn()
        {
            _client.Turn();
            if (_sinceLast.ElapsedMilliseconds < 20) return;
            _sinceLast.Restart();
            foreach (var compound in _client.Rtcp.Skip(_seen)) Listen(compound);
            _seen = _client.Rtcp.Count;
            _picture++;
            Send("l", 3_001, 100, height: 180);
            Send("h", 3_002, 900, height: 720);
        }

        public void Dispose() => _client.Dispose();

        private void Send(string rid, uint ssrc, int size, int height)
        {
            var payload = new byte[size];
            byte[] head = [0x90, 0xE0, (byte)(0x80 | (_picture >> 8 & 0x7F)), (byte)_picture, (byte)_picture, 0];
            byte[] frame = _asked[rid] ? [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0, 1, (byte)height, (byte)(height >> 8)] : [0x11];
            _asked[rid] = false;
            head.CopyTo(payload, 0);
            frame.CopyTo(payload, head.Length);
            payload[^1] = (byte)rid[0];
            var packet = new byte[RtpHeader.FixedLength + 8 + size + _client.Sender!.Overhead];
            RtpHeader.TryWrite(packet, TestClient.Vp8, true, (ushort)_picture, 3_000 * _picture, ssrc);
            var extensions = new RtpExtensionWriter(packet);
            extensions.Add(RidId, [(byte)rid[0]]);
            Assert.True(extensions.TryFinish(out var header));
            _client.Sender.SealRtp(packet, header, payload, _picture);
            _client.SendRaw(packet);
        }

        private string Offer() =>
            string.Join("\r\n", _client.Offer().Split("\r\n").Where(line => !line.StartsWith("a=ssrc", StringComparison.Ordinal)))
            + $"a=extmap:{RidId} {ExtensionUris.Rid}\r\na=rid:l send\r\na=rid:h send\r\na=simulcast:send l;h\r\n";

        private void Listen(byte[] bytes)
        {
            Assert.True(RtcpCompound.TryParse(bytes, out var compound));
            foreach (var packet in compound)
            {
                if (Pli.TryRead(packet, out var pli)) _asked[pli.MediaSsrc == 3_001 ? "l" : "h"] = true;
            }
        }
    }
}
