using Microsoft.Extensions.DependencyInjection;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests.Control;

/// <summary>What <see cref="ISfu"/> promises, in this process and over the wire.</summary>
public sealed class SfuContractTests : IAsyncLifetime
{
    private SfuService _service = null!;

    public enum Carrier
    {
        Embedded,
        Remote,
    }

    public static TheoryData<Carrier> Carriers => [Carrier.Embedded, Carrier.Remote];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _service = await SfuService.StartAsync();

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task A_publisher_and_a_player_are_a_room(Carrier carrier)
    {
        var sfu = By(carrier);
        var publisher = await sfu.ConnectAsync(new ConnectRequest("a room/of 50%", "Ada", Offers.Publish), Cancel);
        Assert.Contains("a=recvonly", publisher.Sdp, StringComparison.Ordinal);
        var player = await sfu.ConnectAsync(new ConnectRequest("a room/of 50%", "Bo", Offers.Play, Play: "Ada"), Cancel);
        Assert.Contains("a=sendonly", player.Sdp, StringComparison.Ordinal);
        var room = await sfu.GetRoomAsync("a room/of 50%", Cancel);
        Assert.Equal([publisher.Transport, player.Transport], room!.Transports.OrderBy(transport => transport.Participant).Select(transport => transport.Id));
        Assert.Equal(["audio", "video"], room.Tracks.Select(track => track.Kind).Order());
        var status = await sfu.GetStatusAsync(Cancel);
        Assert.Equal((1, 2, 2), (status.Rooms, status.Transports, status.Tracks));
    }

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task What_cannot_be_done_is_refused_with_its_reason(Carrier carrier)
    {
        var sfu = By(carrier);
        Assert.Equal(SfuError.NothingToPlay, await RefusalAsync(() => sfu.ConnectAsync(new ConnectRequest("room", "Bo", Offers.Play, "*"), Cancel)));
        Assert.Equal(SfuError.Invalid, await RefusalAsync(() => sfu.ConnectAsync(new ConnectRequest("room", "Bo", "v=1"), Cancel)));
        Assert.Equal(SfuError.NotAcceptable, await RefusalAsync(() =>
            sfu.ConnectAsync(new ConnectRequest("room", "Bo", Offers.Publish.Replace("opus", "iLBC", StringComparison.Ordinal).Replace("VP8", "H261", StringComparison.Ordinal)), Cancel)));
        Assert.Equal(SfuError.NotFound, await RefusalAsync(() => sfu.TrickleAsync("0-nobody", Offers.RestartFragment, Cancel)));
        Assert.Equal(SfuError.NotFound, await RefusalAsync(() => sfu.MuteAsync("0-nobody/1", muted: true, Cancel)));
        var publisher = await sfu.ConnectAsync(new ConnectRequest("room", "Ada", Offers.Publish), Cancel);
        Assert.Equal(SfuError.Conflict, await RefusalAsync(() => sfu.AnswerAsync(publisher.Transport, Offers.Play, Cancel)));
        Assert.Null(await sfu.GetRoomAsync("another", Cancel));
    }

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task An_offer_of_the_server_has_the_slots_that_were_asked_for(Carrier carrier)
    {
        var sfu = By(carrier);
        await sfu.ConnectAsync(new ConnectRequest("room", "Ada", Offers.Publish), Cancel);
        var offer = await sfu.SubscribeAsync(new SubscribeRequest("room", "Bo", AudioSlots: 1, VideoSlots: 2), Cancel);
        Assert.Equal(["audio", "video", "video"], offer.Slots.Select(slot => slot.Kind).Order());
        Assert.Equal(SfuError.Conflict, await RefusalAsync(() => sfu.SubscribeAsync(new SubscribeRequest("room", "Bo", 1, 3, offer.Transport), Cancel)));
    }

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task A_new_ufrag_restarts_ice_and_candidates_alone_do_not(Carrier carrier)
    {
        var sfu = By(carrier);
        var publisher = await sfu.ConnectAsync(new ConnectRequest("room", "Ada", Offers.Publish), Cancel);
        Assert.Null(await sfu.TrickleAsync(publisher.Transport, "a=ice-ufrag:tEst\r\na=ice-pwd:aPasswordOf24CharactersX\r\na=end-of-candidates\r\n", Cancel));
        var restart = await sfu.TrickleAsync(publisher.Transport, Offers.RestartFragment, Cancel);
        Assert.NotEqual(publisher.IceSession, restart!.IceSession);
        Assert.Contains(restart.IceSession, restart.Fragment, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Carriers))]
    public async Task What_happens_is_told_in_order(Carrier carrier)
    {
        var sfu = By(carrier);
        await using var events = sfu.EventsAsync(Cancel).GetAsyncEnumerator(Cancel);
        if (carrier == Carrier.Remote) Assert.Equal(SfuEvent.Found, (await NextAsync(events)).Kind);
        var publisher = await sfu.ConnectAsync(new ConnectRequest("room", "Ada", Offers.Publish), Cancel);
        Assert.Equal(["audio", "video"], new[] { (await NextAsync(events)).Track!.Kind, (await NextAsync(events)).Track!.Kind }.Order());
        await sfu.CloseAsync(publisher.Transport, Cancel);
        List<SfuEvent> end = [];
        do
        {
            end.Add(await NextAsync(events));
        }
        while (end[^1].Kind != SfuEvent.Closed);
        Assert.Equal(2, end.Count(happened => happened.Kind == SfuEvent.TrackRemoved));
        Assert.Equal(("room", "Ada", publisher.Transport, "requested"), (end[^1].Room, end[^1].Participant, end[^1].Transport, end[^1].Reason));
        await sfu.CloseAsync(publisher.Transport, Cancel);
        await sfu.CloseRoomAsync("room", Cancel);
        Assert.Null(await sfu.GetRoomAsync("room", Cancel));
    }

    private ISfu By(Carrier carrier) => carrier == Carrier.Embedded ? _service.Services.GetRequiredService<ISfu>() : SfuService.Connect(_service.Address);

    private static async Task<SfuError> RefusalAsync(Func<Task> act)
    {
        var refusal = await Assert.ThrowsAsync<SfuException>(act);
        Assert.NotEmpty(refusal.Message);
        return refusal.Error;
    }

    private static async Task<SfuEvent> NextAsync(IAsyncEnumerator<SfuEvent> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        return events.Current;
    }
}
