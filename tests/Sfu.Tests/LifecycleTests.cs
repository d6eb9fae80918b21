using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests;

/// <summary>What comes goes again, and leaves nothing behind.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task Ten_thousand_who_join_and_leave_leave_nothing_behind()
    {
        const int Cycles = 10_000;
        await using var sfu = TestSfu.Start();
        using var publisher = new TestClient(sends: true);
        using var player = new TestClient(sends: false);
        var (offer, wish) = (publisher.Offer(), player.Offer());
        async Task CycleAsync(int count)
        {
            for (var i = 0; i < count; i += 2)
            {
                var cancel = TestContext.Current.CancellationToken;
                var published = await sfu.Sfu.ConnectAsync(new ConnectRequest($"r{i % 7}", "ada", offer), cancel);
                var played = await sfu.Sfu.ConnectAsync(new ConnectRequest($"r{i % 7}", "bo", wish, "*"), cancel);
                await sfu.Sfu.CloseAsync(i % 4 == 0 ? published.Transport : played.Transport, cancel);
                await sfu.Sfu.CloseAsync(i % 4 == 0 ? played.Transport : published.Transport, cancel);
            }
        }

        await CycleAsync(Cycles / 5);
        var before = Resident();
        await CycleAsync(Cycles * 4 / 5);
        var status = await sfu.Sfu.GetStatusAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, 0, 0), (status.Rooms, status.Transports, status.Tracks));
        var worker = sfu.Workers.Workers[0];
        Assert.Empty(worker.Rooms);
        Assert.Empty(worker.Transports);
        Assert.Equal(0, worker.Timers.Count);
        Assert.Equal(0, worker.Known);
        Assert.Equal(0, worker.Resources.Packets.Rented);
        Assert.InRange(Resident() - before, long.MinValue, 64 << 20);
    }

    [Fact]
    public async Task Who_never_comes_is_given_up()
    {
        await using var sfu = TestSfu.Start(configure: options => options.ConnectSeconds = 1);
        using var client = new TestClient(sends: true);
        var closed = FirstClosedAsync(sfu);
        await sfu.Sfu.ConnectAsync(new ConnectRequest("r", "ada", client.Offer()), TestContext.Current.CancellationToken);
        Assert.Equal("connectTimeout", (await closed).Reason);
        Assert.Null(await sfu.Sfu.GetRoomAsync("r", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Who_says_goodbye_is_gone_at_once()
    {
        await using var sfu = TestSfu.Start();
        var client = new TestClient(sends: true);
        var answer = await sfu.Sfu.ConnectAsync(new ConnectRequest("r", "ada", client.Offer()), TestContext.Current.CancellationToken);
        Assert.True(client.Connect(answer.Sdp));
        var closed = FirstClosedAsync(sfu);
        client.Dispose();
        Assert.Equal("peerClosed", (await closed).Reason);
    }

    [Fact]
    public async Task A_service_that_is_full_says_so()
    {
        await using var sfu = TestSfu.Start(configure: options => options.MaxTransports = 1);
        using var client = new TestClient(sends: true);
        await sfu.Sfu.ConnectAsync(new ConnectRequest("r", "ada", client.Offer()), TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<SfuException>(() => sfu.Sfu.ConnectAsync(new ConnectRequest("r", "bo", client.Offer()), TestContext.Current.CancellationToken));
        Assert.Equal(SfuError.Full, refused.Error);
    }

    [Theory]
    [InlineData("", SfuError.Invalid, "no SDP")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio nine UDP/TLS/RTP/SAVPF 111\r\n", SfuError.Invalid, "Line 5")]
    [InlineData("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n", SfuError.NotAcceptable, "neither audio nor video")]
    public async Task A_bad_offer_is_refused_in_words(string sdp, SfuError error, string words)
    {
        await using var sfu = TestSfu.Start();
        var refused = await Assert.ThrowsAsync<SfuException>(() => sfu.Sfu.ConnectAsync(new ConnectRequest("r", "ada", sdp), TestContext.Current.CancellationToken));
        Assert.Equal(error, refused.Error);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await sfu.Sfu.GetStatusAsync(TestContext.Current.CancellationToken)).Transports);
    }

    [Fact]
    public async Task Nobody_to_play_is_an_answer_of_its_own()
    {
        await using var sfu = TestSfu.Start();
        using var client = new TestClient(sends: false);
        var refused = await Assert.ThrowsAsync<SfuException>(() => sfu.Sfu.ConnectAsync(new ConnectRequest("r", "bo", client.Offer(), "*"), TestContext.Current.CancellationToken));
        Assert.Equal(SfuError.NothingToPlay, refused.Error);
    }

    private static long Resident()
    {
        GC.Collect();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static async Task<SfuEvent> FirstClosedAsync(TestSfu sfu)
    {
        await foreach (var happened in sfu.Sfu.EventsAsync(TestContext.Current.CancellationToken))
        {
            if (happened.Kind == SfuEvent.Closed) return happened;
        }

        throw new InvalidOperationException("The events ended.");
    }
}
