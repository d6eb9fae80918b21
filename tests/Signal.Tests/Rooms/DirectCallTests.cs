using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace RtcHub.Signal.Tests.Rooms;

public sealed class DirectCallTests
{
    private static async Task<(string Call, JsonNode Ring)> DialAsync(SignalClient from, SignalClient to)
    {
        // As a person types it.
        var typed = to.Id[..4].ToUpperInvariant() + "-" + to.Id[4..];
        var call = (await from.DoAsync("dial", new JsonObject { ["target"] = typed }))["call"]!;
        Assert.Equal("ringing", (string)call["state"]!);
        return ((string)call["id"]!, (await to.EventAsync("call"))["call"]!);
    }

    private static JsonObject Call(string id) => new() { ["call"] = id };

    [Fact]
    public async Task Ring_accept_talk_hang_up()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada");
        await using var bo = await SignalClient.OpenAsync(hub, "Bo");
        var (call, ring) = await DialAsync(ada, bo);
        Assert.Equal("Ada", (string)ring["from"]!["name"]!);

        var room = (await bo.DoAsync("accept", Call(call)))["room"]!;
        Assert.Equal([ada.Id, bo.Id], room["participants"]!.AsArray().Select(p => (string)p!["id"]!));
        Assert.Equal(2, (int)room["maxParticipants"]!);
        Assert.Equal("accepted", (string)(await ada.EventAsync("call"))["call"]!["state"]!);
        Assert.Single((await ada.EventAsync("admitted"))["room"]!["participants"]!.AsArray());
        Assert.Equal(bo.Id, (string)(await ada.EventAsync("joined"))["participant"]!["id"]!);
        await ada.DoAsync("offer", new JsonObject { ["sdp"] = "v=0" }, bo.Id);
        await bo.EventAsync("offer");

        await using var eve = await SignalClient.OpenAsync(hub, "Eve");
        Assert.Equal("invalid", await eve.RefusedAsync("join", new JsonObject { ["room"] = (string)room["id"]! }));

        await bo.DoAsync("leave");
        Assert.Equal("ended", (string)(await ada.EventAsync("call"))["call"]!["state"]!);
        Assert.Equal("ended", (string)(await ada.EventAsync("removed"))["reason"]!);
        await DialAsync(bo, ada);
    }

    [Theory]
    [InlineData("cancel", "cancelled")]
    [InlineData("decline", "declined")]
    public async Task Cancelled_by_the_caller_or_declined_by_the_other(string how, string state)
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada");
        await using var bo = await SignalClient.OpenAsync(hub, "Bo");
        var (call, _) = await DialAsync(ada, bo);
        Assert.Equal("not_found", await (how == "cancel" ? bo : ada).RefusedAsync(how, Call(call)));
        await (how == "cancel" ? ada : bo).DoAsync(how, Call(call));
        Assert.Equal(state, (string)(await ada.EventAsync("call"))["call"]!["state"]!);
        Assert.Equal(state, (string)(await bo.EventAsync("call"))["call"]!["state"]!);
        Assert.Equal("not_found", await bo.RefusedAsync("accept", Call(call)));
    }

    [Fact]
    public async Task It_rings_for_so_long()
    {
        await using var hub = await TestHub.StartAsync(new FakeTimeProvider(), null, "Signal:RingTimeout=00:00:05");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada");
        await using var bo = await SignalClient.OpenAsync(hub, "Bo");
        await DialAsync(ada, bo);
        hub.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("timeout", (string)(await ada.EventAsync("call"))["call"]!["state"]!);
        Assert.Equal("timeout", (string)(await bo.EventAsync("call"))["call"]!["state"]!);
    }

    [Fact]
    public async Task Who_is_in_a_call_or_a_room_is_busy()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada");
        await using var bo = await SignalClient.OpenAsync(hub, "Bo");
        await using var cy = await SignalClient.OpenAsync(hub, "Cy", "meeting");
        JsonObject To(SignalClient who) => new() { ["target"] = who.Id };
        Assert.Equal("busy", await ada.RefusedAsync("dial", To(cy)));
        Assert.Equal("conflict", await cy.RefusedAsync("dial", To(ada)));
        await DialAsync(ada, bo);
        Assert.Equal("conflict", await ada.RefusedAsync("dial", To(bo)));
        Assert.Equal("conflict", await ada.RefusedAsync("join", new JsonObject { ["room"] = "meeting" }));
        await cy.DoAsync("leave");
        Assert.Equal("busy", await cy.RefusedAsync("dial", To(ada)));
        Assert.Equal("not_found", await cy.RefusedAsync("dial", new JsonObject { ["target"] = "zzzzzzzz" }));
        Assert.Equal("invalid", await cy.RefusedAsync("dial", To(cy)));
    }

    [Fact]
    public async Task The_one_dialled_loses_the_socket_and_it_still_rings()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada");
        await using var bo = await SignalClient.OpenAsync(hub, "Bo");
        await bo.DropAsync();
        var call = (string)(await ada.DoAsync("dial", new JsonObject { ["target"] = bo.Id }))["call"]!["id"]!;
        await using var again = await SignalClient.ResumeAsync(hub, bo);
        Assert.Equal("ringing", (string)(await again.EventAsync("call"))["call"]!["state"]!);
        await again.DoAsync("accept", Call(call));
        await ada.EventAsync("admitted");
    }

    [Fact]
    public async Task A_caller_who_goes_away_stops_the_ringing()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada");
        await using var bo = await SignalClient.OpenAsync(hub, "Bo");
        await DialAsync(ada, bo);
        await ada.CloseAsync();
        Assert.Equal("cancelled", (string)(await bo.EventAsync("call"))["call"]!["state"]!);
    }
}
