using Microsoft.Extensions.DependencyInjection;
using RtcHub.E2E.Tests;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests.Control;

/// <summary>What a listener is told when the wire breaks, and when the service dies.</summary>
public sealed class RemoteEventsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly RecordingSfu _sfu = new();
    private SfuService _service = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _service = await SfuService.StartAsync(_sfu);

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task A_broken_wire_loses_nothing_and_is_not_noticed()
    {
        await using var wire = new Wire(_service.Address);
        await using var events = Listen(wire.Address);
        Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
        for (var cut = 0; cut < 3; cut++)
        {
            _sfu.Tell(Happened($"{cut} before"));
            Assert.Equal($"{cut} before", (await NextAsync(events)).Transport);
            wire.Cut();
            _sfu.Tell(Happened($"{cut} first"));
            _sfu.Tell(Happened($"{cut} second"));
            wire.Mend();
            Assert.Equal($"{cut} first", (await NextAsync(events)).Transport);
            Assert.Equal($"{cut} second", (await NextAsync(events)).Transport);
        }
    }

    [Fact]
    public async Task A_wire_that_stays_broken_is_a_loss_and_what_happened_meanwhile_is_of_no_interest()
    {
        await using var wire = new Wire(_service.Address);
        await using var events = Listen(wire.Address);
        Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
        wire.Cut();
        _sfu.Tell(Happened("missed"));
        Assert.Equal(SfuEvent.Lost, (await NextAsync(events)).Kind);
        wire.Mend();
        Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
        _sfu.Tell(Happened("heard"));
        Assert.Equal("heard", (await NextAsync(events)).Transport);
    }

    [Fact]
    public async Task A_service_that_died_is_lost_and_the_next_one_is_found()
    {
        await using var events = Listen(_service.Address);
        Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
        var address = _service.Address;
        await _service.DisposeAsync();
        _service = await SfuService.StartAsync(new RecordingSfu(), address);
        Assert.Equal(SfuEvent.Lost, (await NextAsync(events)).Kind);
        Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
    }

    [Fact]
    public async Task A_service_that_was_never_there_is_lost()
    {
        var address = _service.Address;
        await _service.DisposeAsync();
        await using var events = Listen(address);
        Assert.Equal(SfuEvent.Lost, (await NextAsync(events)).Kind);
        _service = await SfuService.StartAsync(_sfu, address);
        Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
    }

    [Fact]
    public async Task A_service_that_hangs_is_lost()
    {
        // A wire to somebody who accepts and says nothing.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        await using var events = Listen(new Uri($"http://{silent.LocalEndpoint}"));
        Assert.Equal(SfuEvent.Lost, (await NextAsync(events)).Kind);
    }

    [Fact]
    public async Task Who_was_away_for_longer_than_the_log_reaches_starts_anew()
    {
        var log = _service.Services.GetRequiredService<EventLog>();
        for (var i = 0; i <= EventLog.Capacity; i++) _sfu.Tell(Happened($"{i}"));
        await UntilAsync(() => log.Last == EventLog.Capacity + 1);
        Assert.False(log.Reaches(0));
        Assert.True(log.Reaches(1));
        Assert.True(log.Reaches(log.Last));
        Assert.False(log.Reaches(log.Last + 1));
        Assert.Throws<SfuException>(() => log.Next(0, out _));
        Assert.Contains("\"seq\":2,", System.Text.Encoding.UTF8.GetString(log.Next(1, out _)!), StringComparison.Ordinal);
        Assert.Null(log.Next(log.Last, out var more));
        _sfu.Tell(Happened("more"));
        await more.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Signs_of_life_come_when_nothing_happens()
    {
        await using var events = Listen(_service.Address);
        Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
        var next = events.MoveNextAsync().AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(RemoteEvents.Silence + TimeSpan.FromSeconds(1), Cancel));
        _sfu.Tell(Happened("at last"));
        Assert.True(await next.WaitAsync(Patience, Cancel));
        Assert.Equal("at last", events.Current.Transport);
    }

    private static IAsyncEnumerator<SfuEvent> Listen(Uri address) => SfuService.Connect(address).EventsAsync(Cancel).GetAsyncEnumerator(Cancel);

    private static SfuEvent Happened(string transport) => new(SfuEvent.Closed, "room", "Ada", transport, Reason: "requested");

    private static async Task<SfuEvent> NextAsync(IAsyncEnumerator<SfuEvent> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(Patience, Cancel));
        return events.Current;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Cancel.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
