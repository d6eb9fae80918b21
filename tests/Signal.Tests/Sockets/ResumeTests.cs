using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Tests.Sockets;

public sealed class ResumeTests
{
    private const string Room = "blue-fox-42";

    [Fact]
    public async Task What_was_missed_comes_once_and_in_order_and_the_others_saw_reconnecting()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await ada.EventAsync("joined");
        await bo.DropAsync();
        Assert.Equal("reconnecting", (string)(await ada.EventAsync("participant"))["participant"]!["state"]!);

        for (var i = 0; i < 5; i++)
            await ada.DoAsync("data", i, to: bo.Id);
        await using var again = await SignalClient.ResumeAsync(hub, bo);
        Assert.Equal("resumed", again.Type);
        for (var i = 0; i < 5; i++)
            Assert.Equal(i, (int)await again.EventAsync("data"));
        Assert.Equal("connected", (string)(await ada.EventAsync("participant"))["participant"]!["state"]!);
        Assert.DoesNotContain(await ada.SettleAsync(), f => (string?)f["t"] is "left" or "joined");
    }

    [Fact]
    public async Task A_request_that_was_sent_twice_is_done_once()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await bo.DoAsync("chat", new JsonObject { ["text"] = "once" });
        await bo.DropAsync();

        // Bo saw neither the chat nor the reply, and sends the request again.
        await using var again = await SignalClient.ResumeAsync(hub, bo, seq: 0);
        Assert.Equal(1, (long)again.Opened["d"]!["received"]!);
        await again.SendAsync("""{"t":"chat","id":1,"d":{"text":"once"}}""");
        Assert.Equal("once", (string)(await again.EventAsync("chat"))["text"]!);
        Assert.True((bool)(await again.NextAsync(f => (long?)f["re"] == 1))["ok"]!);
        await again.SettleAsync();
        Assert.Single(await ada.SettleAsync(), f => (string?)f["t"] == "chat");
    }

    [Fact]
    public async Task A_gap_in_the_request_ids_is_a_protocol_error()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await ada.SendAsync("""{"t":"hand","id":2,"d":{"raised":true}}""");
        Assert.Equal(4002, await ada.ClosedAsync());
    }

    [Fact]
    public async Task A_second_connection_supersedes_the_first_at_once()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await ada.EventAsync("joined");
        await using var second = await SignalClient.ResumeAsync(hub, ada);
        Assert.Equal("resumed", second.Type);
        Assert.Equal(4003, await ada.ClosedAsync());
        await bo.DoAsync("data", "for the second", to: ada.Id);
        Assert.Equal("for the second", (string)(await second.EventAsync("data"))!);
        Assert.DoesNotContain(await bo.SettleAsync(), f => (string?)f["t"] is "participant" or "left");
    }

    [Fact]
    public async Task A_wrong_secret_gets_a_session_of_its_own_and_nothing_of_the_other()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var mallory = await SignalClient.ResumeAsync(hub, ada, secret: new string('A', 43));
        Assert.Equal("welcome", mallory.Type);
        Assert.NotEqual(ada.Id, mallory.Id);
        Assert.Null(mallory.Opened["d"]!["room"]);
        await ada.DoAsync("hand", new JsonObject { ["raised"] = true });
    }

    [Fact]
    public async Task Past_the_buffer_there_is_a_snapshot_and_replies_still_come()
    {
        await using var hub = await TestHub.StartAsync("Signal:ReplayMessages=16");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await bo.DropAsync();
        await ada.NextAsync(f => (string?)f["d"]?["participant"]?["state"] == "reconnecting");
        for (var i = 0; i < 20; i++)
            await ada.DoAsync("data", i);
        await using var again = await SignalClient.ResumeAsync(hub, bo);
        Assert.Equal("resync", again.Type);
        Assert.Equal(bo.Id, again.Id);
        Assert.Equal(0, (long)again.Opened["d"]!["received"]!);
        Assert.Equal(2, again.Opened["d"]!["room"]!["participants"]!.AsArray().Count);
        await ada.DoAsync("data", "after", to: bo.Id);
        Assert.Equal("after", (string)(await again.EventAsync("data"))!);
    }

    [Fact]
    public async Task Past_the_window_the_others_see_lost_and_the_id_can_be_claimed()
    {
        await using var hub = await TestHub.StartAsync(new FakeTimeProvider(), null);
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await bo.DropAsync();
        await ada.NextAsync(f => (string?)f["d"]?["participant"]?["state"] == "reconnecting");
        for (var i = 0; i < 62; i += 10)
        {
            hub.Advance(TimeSpan.FromSeconds(10));
            await ada.SettleAsync(); // keeps Ada's own socket alive
            if (hub.Services.GetService(typeof(RtcHub.Signal.Sessions.SessionDirectory)) is RtcHub.Signal.Sessions.SessionDirectory { Count: 1 })
                break;
        }

        await using var again = await SignalClient.ResumeAsync(hub, bo, room: Room);
        Assert.Equal("resync", again.Type);
        Assert.Equal(bo.Id, again.Id);
        Assert.Null((long?)again.Opened["d"]!["received"]);
        Assert.Equal("joined", (string)again.Opened["d"]!["room"]!["status"]!);
        Assert.Equal(bo.Id, (string)(await ada.EventAsync("joined"))["participant"]!["id"]!);
    }

    [Fact]
    public async Task After_a_restart_everybody_is_back_where_they_were()
    {
        var store = new MemoryRoomStore();
        SignalClient ada, bo;
        await using (var hub = await TestHub.StartAsync(null, store))
        {
            ada = await SignalClient.OpenAsync(hub, "Ada", Room);
            bo = await SignalClient.OpenAsync(hub, "Bo", Room);
            await bo.DoAsync("hand", new JsonObject { ["raised"] = true });
            await bo.DoAsync("chat", new JsonObject { ["text"] = "before" });
            await ada.DropAsync();
            await bo.DropAsync();
        }

        await using var next = await TestHub.StartAsync(null, store);
        await using var ada2 = await SignalClient.ResumeAsync(next, ada);
        Assert.Equal("resync", ada2.Type);
        Assert.Equal(ada.Id, ada2.Id);
        var room = ada2.Opened["d"]!["room"]!;
        var people = room["participants"]!.AsArray();
        Assert.Equal([ada.Id, bo.Id], people.Select(p => (string)p!["id"]!));
        Assert.Equal("reconnecting", (string)people[1]!["state"]!);
        Assert.NotNull(people[1]!["hand"]);
        Assert.Equal("before", (string)room["chat"]![0]!["text"]!);

        // Bo does not know whether the chat was accepted and sends it again, with the old id: it is there once.
        await using var bo2 = await SignalClient.ResumeAsync(next, bo);
        await bo2.SendAsync("""{"t":"chat","id":2,"d":{"text":"before"}}""");
        Assert.Equal(1, (long)(await bo2.NextAsync(f => (long?)f["re"] == 2))["d"]!["message"]!);
        await bo2.SettleAsync();
        Assert.DoesNotContain(await ada2.SettleAsync(), f => (string?)f["t"] == "chat");
        await bo2.DoAsync("data", "hello", to: ada.Id);
        Assert.Equal("hello", (string)(await ada2.EventAsync("data"))!);
        await ada.DisposeAsync();
        await bo.DisposeAsync();
    }

    [Fact]
    public async Task A_client_that_says_goodbye_is_gone_at_once()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await bo.CloseAsync();
        Assert.Equal("left", (string)(await ada.EventAsync("left"))["reason"]!);
    }

    [Fact]
    public async Task Silence_is_answered_by_a_ping_and_then_by_the_end()
    {
        await using var hub = await TestHub.StartAsync(new FakeTimeProvider(), null);
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        hub.Advance(TimeSpan.FromSeconds(12));
        await ada.NextAsync(f => (string?)f["t"] == "ping");
        hub.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal(4011, await ada.ClosedAsync());
    }

    [Fact]
    public async Task A_slow_reader_is_closed_nobody_else_notices_and_it_can_come_back()
    {
        await using var hub = await TestHub.StartAsync("Signal:MessagesPerSecond=100000", "Signal:Burst=100000");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var cy = await SignalClient.OpenAsync(hub, "Cy", Room);
        await using var slow = await SignalClient.ConnectAsync(hub, reads: false);
        await slow.SendAsync($$"""{"t":"hello","d":{"name":"Slow","room":{"id":"{{Room}}"} } }""");
        var id = (string)(await ada.NextAsync(f => (string?)f["d"]?["participant"]?["name"] == "Slow"))["d"]!["participant"]!["id"]!;

        // More than socket buffers and the outbox hold together; Cy gets every one of them.
        var block = JsonValue.Create(new string('x', 60_000));
        for (var i = 0; i < 400; i++)
        {
            await ada.DoAsync("data", block.DeepClone());
            await cy.EventAsync("data");
            await cy.AcknowledgeAsync();
            await ada.AcknowledgeAsync();
        }

        await ada.NextAsync(f => (string?)f["t"] == "participant" && (string?)f["d"]!["participant"]!["id"] == id && (string?)f["d"]!["participant"]!["state"] == "reconnecting");
        slow.StartReading();
        await slow.NextAsync(f => (string?)f["t"] == "welcome");
    }
}
