using System.Diagnostics;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests.Control;

/// <summary>A media service as a process of its own: media through it, and its sudden death.</summary>
public sealed class KilledServiceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_forwards_and_when_it_is_killed_that_is_told_and_a_fresh_one_takes_over()
    {
        Uri address;
        var watch = new Stopwatch();
        using (var service = await ServiceProcess.StartAsync())
        {
            address = service.Address;
            var sfu = SfuService.Connect(address);
            await using var events = sfu.EventsAsync(Cancel).GetAsyncEnumerator(Cancel);
            Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
            await ForwardAsync(sfu);
            var instance = (await sfu.GetStatusAsync(Cancel)).Instance;

            watch.Start();
            service.Kill();
            while ((await NextAsync(events)).Kind != SfuEvent.Lost)
            {
                // What happened before.
            }

            // Three seconds without a sign of life, of which there is one each second; the rest is a machine that has other things to do.
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
            Assert.Equal(SfuError.Unavailable, (await Assert.ThrowsAsync<SfuException>(() => sfu.GetStatusAsync(Cancel))).Error);

            using var fresh = await ServiceProcess.StartAsync(address);
            Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
            await ForwardAsync(SfuService.Connect(address));
            Assert.NotEqual(instance, (await SfuService.Connect(address).GetStatusAsync(Cancel)).Instance);
        }
    }

    private static async Task ForwardAsync(RemoteSfu sfu)
    {
        using var publisher = new TestClient(sends: true);
        using var player = new TestClient(sends: false);
        Assert.True(publisher.Connect((await sfu.ConnectAsync(new ConnectRequest("r", "ada", publisher.Offer()), Cancel)).Sdp));
        Assert.True(player.Connect((await sfu.ConnectAsync(new ConnectRequest("r", "bo", player.Offer(), "*"), Cancel)).Sdp));
        var index = 1ul;
        player.Pump(() =>
        {
            publisher.SendFrame(index, keyframe: true, (byte)index++);
            return player.Rtp.Exists(packet => RtpHeader.PayloadType(packet) == TestClient.Vp8);
        });
    }

    private static async Task<SfuEvent> NextAsync(IAsyncEnumerator<SfuEvent> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        return events.Current;
    }
}
