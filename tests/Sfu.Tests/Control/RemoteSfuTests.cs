using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests.Control;

/// <summary>Requests to a service on another machine: carried exactly, repeated safely, given up early.</summary>
public sealed class RemoteSfuTests : IAsyncLifetime
{
    private readonly RecordingSfu _asked = new();
    private SfuService _service = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _service = await SfuService.StartAsync(_asked);

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task Everything_arrives_as_it_was_said()
    {
        var sfu = SfuService.Connect(_service.Address);
        var connect = new ConnectRequest("rö/m?&#%2F +", "Ada\u0001", "v=0\r\n", "*");
        var subscribe = new SubscribeRequest("room", "Bo", 3, 4, "0-abc");
        Assert.Equal(_asked.Answer, await sfu.ConnectAsync(connect, Cancel));
        var offer = await sfu.SubscribeAsync(subscribe, Cancel);
        Assert.Equal((_asked.Offer.Transport, _asked.Offer.Sdp), (offer.Transport, offer.Sdp));
        Assert.Equal(_asked.Offer.Slots, offer.Slots);
        await sfu.AnswerAsync("0-a?b", "v=0\r\n", Cancel);
        await sfu.AssignAsync("0-abc", [new SlotAssignment("0", null), new SlotAssignment("1", "0-x/1", 360, -5)], Cancel);
        Assert.Equal(_asked.Restart, await sfu.TrickleAsync("0-abc", "a=x", Cancel));
        _asked.Restart = null;
        Assert.Null(await sfu.TrickleAsync("0-abc", "a=y", Cancel));
        await sfu.MuteAsync("0-abc/mid 1&2", muted: false, Cancel);
        await sfu.CloseAsync("0-abc", Cancel);
        await sfu.CloseRoomAsync("rö/m?&#%2F +", Cancel);
        var room = await sfu.GetRoomAsync("rö/m?&#%2F +", Cancel);
        Assert.Equal(_asked.Room!.Tracks, room!.Tracks);
        Assert.Equal(_asked.Room.Transports.Select(each => (each.Id, each.State, each.Protocol, each.Slots.Count)), room.Transports.Select(each => (each.Id, each.State, each.Protocol, each.Slots.Count)));
        _asked.Room = null;
        Assert.Null(await sfu.GetRoomAsync("nobody", Cancel));
        Assert.Equal(_asked.Status.Candidates, (await sfu.GetStatusAsync(Cancel)).Candidates);
        Assert.Equal(
            [
                connect, subscribe, ("answer", "0-a?b", "v=0\r\n"), ("assign", "0-abc", "SlotAssignment { Mid = 0, Track = , MaxHeight = 0, Priority = 0 } SlotAssignment { Mid = 1, Track = 0-x/1, MaxHeight = 360, Priority = -5 }"),
                ("trickle", "0-abc", "a=x"), ("trickle", "0-abc", "a=y"), ("mute", "0-abc/mid 1&2", false), ("close", "0-abc"), ("close room", "rö/m?&#%2F +"),
                ("room", "rö/m?&#%2F +"), ("room", "nobody"),
            ],
            _asked.Asked);
    }

    [Theory]
    [InlineData(SfuError.Invalid)]
    [InlineData(SfuError.NotFound)]
    [InlineData(SfuError.Conflict)]
    [InlineData(SfuError.NotAcceptable)]
    [InlineData(SfuError.NothingToPlay)]
    [InlineData(SfuError.Full)]
    public async Task A_refusal_keeps_its_kind_and_its_sentence_and_is_not_asked_for_again(SfuError error)
    {
        _asked.Refusal = new SfuException(error, "Line 3: “why”");
        var refusal = await Assert.ThrowsAsync<SfuException>(() => SfuService.Connect(_service.Address).CloseAsync("0-abc", Cancel));
        Assert.Equal((error, "Line 3: “why”"), (refusal.Error, refusal.Message));
        Assert.Single(_asked.Asked);
    }

    [Fact]
    public async Task A_bug_over_there_is_told_once_and_breaks_nothing_for_the_others()
    {
        var sfu = SfuService.Connect(_service.Address);
        for (var i = 0; i < 10; i++)
        {
            _asked.Refusal = new InvalidOperationException("a secret of the house");
            var refusal = await Assert.ThrowsAsync<SfuException>(() => sfu.CloseAsync("0-abc", Cancel));
            Assert.Equal(SfuError.Unavailable, refusal.Error);
            Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
            _asked.Refusal = null;
            await sfu.CloseAsync("0-abc", Cancel);
        }

        Assert.Equal(20, _asked.Asked.Count);
    }

    [Fact]
    public async Task An_answer_that_was_lost_is_given_again_and_nothing_is_done_twice()
    {
        using var wire = new LossyHandler { LoseAnswers = 2 };
        var sfu = Connect(wire);
        Assert.Equal(_asked.Answer, await sfu.ConnectAsync(new ConnectRequest("room", "Ada", "v=0"), Cancel));
        Assert.Equal((3, 1), (wire.Tries, _asked.Asked.Count));
        Assert.Equal(_asked.Answer, await sfu.ConnectAsync(new ConnectRequest("room", "Ada", "v=0"), Cancel));
        Assert.Equal((4, 2), (wire.Tries, _asked.Asked.Count));
    }

    [Fact]
    public async Task An_answer_that_is_late_is_waited_for_by_the_next_try()
    {
        var late = new TaskCompletionSource();
        _asked.Held = late.Task;
        var time = new FakeTimeProvider();
        using var wire = new LossyHandler();
        var answer = Connect(wire, time).ConnectAsync(new ConnectRequest("room", "Ada", "v=0"), Cancel);
        await PassAsync(time, until: () => wire.Tries == 2);
        late.SetResult();
        await PassAsync(time, until: () => answer.IsCompleted, TimeSpan.Zero);
        Assert.Equal(_asked.Answer, await answer);
        Assert.Single(_asked.Asked);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_given_up_after_three_tries_of_two_seconds()
    {
        _asked.Held = new TaskCompletionSource().Task;
        var time = new FakeTimeProvider();
        var start = time.GetTimestamp();
        using var wire = new LossyHandler();
        var asked = Connect(wire, time).CloseAsync("0-abc", Cancel);
        await PassAsync(time, until: () => asked.IsCompleted);
        Assert.Equal(SfuError.Unavailable, (await Assert.ThrowsAsync<SfuException>(() => asked)).Error);
        Assert.Equal(3, wire.Tries);
        Assert.True(time.GetElapsedTime(start) >= 3 * RemoteSfu.TryTimeout);
    }

    [Fact]
    public async Task While_nobody_is_there_nobody_waits_and_afterwards_one_goes_to_see()
    {
        var time = new FakeTimeProvider();
        using var wire = new LossyHandler { IsDown = true };
        var sfu = Connect(wire, time);
        await FailAsync();
        Assert.Equal(3, wire.Tries);
        for (var i = 0; i < 5; i++)
        {
            var asked = sfu.CloseAsync("0-abc", Cancel);
            Assert.Equal(SfuError.Unavailable, (await Assert.ThrowsAsync<SfuException>(() => asked)).Error);
        }

        Assert.Equal(3, wire.Tries);
        wire.IsDown = false;
        time.Advance(RemoteSfu.Break + TimeSpan.FromMilliseconds(1));
        await sfu.CloseAsync("0-abc", Cancel);
        Assert.Equal(4, wire.Tries);

        async Task FailAsync()
        {
            var asked = sfu.CloseAsync("0-abc", Cancel);
            await PassAsync(time, until: () => asked.IsCompleted);
            Assert.Equal(SfuError.Unavailable, (await Assert.ThrowsAsync<SfuException>(() => asked)).Error);
        }
    }

    [Fact]
    public async Task Another_program_at_that_address_is_not_taken_for_a_service()
    {
        using var wire = new LossyHandler { Instead = "<html>hello</html>" };
        var refusal = await Assert.ThrowsAsync<SfuException>(() => Connect(wire).GetStatusAsync(Cancel));
        Assert.Equal(SfuError.Unavailable, refusal.Error);
        Assert.Contains("no media service of this version", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_is_said_to_be_one()
    {
        var refusal = await Assert.ThrowsAsync<SfuException>(() => SfuService.Connect(_service.Address, secret: new string('x', 32)).GetStatusAsync(Cancel));
        Assert.Equal(SfuError.Unavailable, refusal.Error);
        Assert.Contains("Sfu:Secret", refusal.Message, StringComparison.Ordinal);
    }

    private RemoteSfu Connect(LossyHandler wire, TimeProvider? time = null)
    {
        var http = new HttpClient(wire, disposeHandler: false) { BaseAddress = new Uri(_service.Address, "/sfu/v1/"), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new("Bearer", SfuService.Secret);
        return new RemoteSfu(http, new RemoteEvents(_service.Address, null, TimeProvider.System, NullLogger<RemoteEvents>.Instance), time ?? TimeProvider.System);
    }

    // The clock goes on by itself while real sockets do their work.
    private static async Task PassAsync(FakeTimeProvider time, Func<bool> until, TimeSpan? step = null)
    {
        while (!until())
        {
            Cancel.ThrowIfCancellationRequested();
            time.Advance(step ?? TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }
    }

    /// <summary>A wire on which answers are lost after the service has done what it was asked.</summary>
    private sealed class LossyHandler : DelegatingHandler
    {
        private int _tries;

        public LossyHandler()
            : base(new SocketsHttpHandler())
        {
        }

        public int Tries => Volatile.Read(ref _tries);

        public int LoseAnswers { get; set; }

        public bool IsDown { get; set; }

        public string? Instead { get; init; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _tries);
            if (IsDown) throw new HttpRequestException("Nobody listens.");
            if (Instead is not null) return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Instead) };
            var response = await base.SendAsync(request, cancellationToken);
            return LoseAnswers-- > 0 ? throw new HttpRequestException("The line was cut.") : response;
        }
    }
}
