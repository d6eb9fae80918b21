using System.Text.Json.Nodes;

namespace RtcHub.Signal.Tests.Rooms;

public sealed class RoomTests
{
    private const string Room = "blue-fox-42";

    private static JsonObject Nothing => [];

    private static JsonObject Target(SignalClient who) => new() { ["target"] = who.Id };

    [Fact]
    public async Task Everybody_sees_who_comes_changes_and_goes()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo");
        var reply = await bo.DoAsync("join", new JsonObject { ["room"] = Room, ["media"] = new JsonObject { ["audio"] = true } });
        Assert.Equal([ada.Id, bo.Id], reply["room"]!["participants"]!.AsArray().Select(p => (string)p!["id"]!));
        var joined = (await ada.EventAsync("joined"))["participant"]!;
        Assert.True((bool)joined["media"]!["audio"]!);
        Assert.False((bool)joined["media"]!["video"]!);

        await bo.DoAsync("media", new JsonObject { ["video"] = true, ["screen"] = "stream-1" });
        var media = (await ada.EventAsync("participant"))["participant"]!["media"]!;
        Assert.True((bool)media["audio"]!);
        Assert.Equal("stream-1", (string)media["screen"]!);
        await bo.DoAsync("media", new JsonObject { ["screen"] = null });
        Assert.Null((await ada.EventAsync("participant"))["participant"]!["media"]!["screen"]);
        await bo.DoAsync("hand", new JsonObject { ["raised"] = true });
        Assert.NotNull((await ada.EventAsync("participant"))["participant"]!["hand"]);
        await bo.DoAsync("rename", new JsonObject { ["name"] = "Bob" });
        Assert.Equal("Bob", (string)(await ada.EventAsync("participant"))["participant"]!["name"]!);
        await bo.DoAsync("leave");
        Assert.Equal("left", (string)(await ada.EventAsync("left"))["reason"]!);
        await bo.DoAsync("join", new JsonObject { ["room"] = "elsewhere" });
    }

    [Fact]
    public async Task Payloads_are_relayed_byte_for_byte_to_the_one_addressed()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await using var cy = await SignalClient.OpenAsync(hub, "Cy", Room);
        const string Sdp = """{ "pc":"a1" , "neg":1,"sdp":"v=0\r\no=- \u00e9\ud83d\ude00", "extra":[1.0e5,{"x":null}] }""";
        await ada.SendAsync($$"""{"t":"offer","id":1,"to":"{{bo.Id}}","d":{{Sdp}}}""");
        var frame = bo.RawOf(await bo.NextAsync(f => (string?)f["t"] == "offer"));
        Assert.EndsWith($$""","t":"offer","from":"{{ada.Id}}","d":{{Sdp}}}""", frame, StringComparison.Ordinal);
        await ada.DoAsyncAfter(1, "candidate", new JsonObject { ["candidate"] = null }, bo.Id);
        Assert.Null((await bo.EventAsync("candidate"))["candidate"]);
        Assert.DoesNotContain(await cy.SettleAsync(), f => (string?)f["t"] is "offer" or "candidate");
    }

    [Fact]
    public async Task Nothing_crosses_from_room_to_room()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var eve = await SignalClient.OpenAsync(hub, "Eve", "elsewhere");
        Assert.Equal("not_found", await eve.RefusedAsync("offer", Nothing, ada.Id));
        Assert.Equal("not_found", await eve.RefusedAsync("data", Nothing, ada.Id));
        Assert.Equal("not_found", await eve.RefusedAsync("kick", Target(ada)));
        Assert.Equal("not_found", await eve.RefusedAsync("mute", new JsonObject { ["target"] = ada.Id, ["kind"] = "audio" }));
        await eve.DoAsync("chat", new JsonObject { ["text"] = "anybody?" });
        Assert.Empty(await ada.SettleAsync());
    }

    [Fact]
    public async Task Outside_a_room_there_is_nobody_to_talk_to()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada");
        foreach (var type in (string[])["offer", "answer", "candidate", "data"])
            Assert.Equal("conflict", await ada.RefusedAsync(type, Nothing, "k7mq4xtd"));
        Assert.Equal("conflict", await ada.RefusedAsync("chat", new JsonObject { ["text"] = "hi" }));
        Assert.Equal("conflict", await ada.RefusedAsync("media", new JsonObject { ["audio"] = true }));
        Assert.Equal("forbidden", await ada.RefusedAsync("lock", new JsonObject { ["locked"] = true }));
        await ada.DoAsync("leave");
    }

    [Fact]
    public async Task Chat_is_kept_for_late_joiners_up_to_its_bound()
    {
        await using var hub = await TestHub.StartAsync("Rooms:ChatHistory=3");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        for (var i = 0; i < 5; i++)
            await ada.DoAsync("chat", new JsonObject { ["text"] = $"{i}" });
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        Assert.Equal(["2", "3", "4"], bo.Opened["d"]!["room"]!["chat"]!.AsArray().Select(m => (string)m!["text"]!));
        Assert.Equal("too_large", await ada.RefusedAsync("chat", new JsonObject { ["text"] = new string('ä', 2001) }));
        Assert.Equal("invalid", await ada.RefusedAsync("chat", new JsonObject { ["text"] = " " }));
    }

    [Fact]
    public async Task The_first_one_moderates_and_the_next_in_line_inherits()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        Assert.Equal("forbidden", await bo.RefusedAsync("kick", Target(ada)));
        await ada.CloseAsync();
        Assert.Equal("moderator", (string)(await bo.EventAsync("participant"))["participant"]!["role"]!);
        await bo.DoAsync("lock", new JsonObject { ["locked"] = true });
    }

    [Fact]
    public async Task A_moderator_mutes_kicks_and_shares_the_role()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await bo.DoAsync("media", new JsonObject { ["audio"] = true, ["video"] = true });
        await ada.DoAsync("mute", new JsonObject { ["target"] = bo.Id, ["kind"] = "audio" });
        Assert.Equal(ada.Id, (string)(await bo.EventAsync("muted"))["by"]!);
        var seen = (await bo.NextAsync(f => f["d"]?["participant"]?["mutedBy"]?["audio"] is not null))["d"]!["participant"]!;
        Assert.False((bool)seen["media"]!["audio"]!);
        Assert.True((bool)seen["media"]!["video"]!);

        await ada.DoAsync("moderator", new JsonObject { ["target"] = bo.Id, ["moderator"] = true });
        await bo.DoAsync("moderator", new JsonObject { ["target"] = ada.Id, ["moderator"] = false });
        Assert.Equal("forbidden", await ada.RefusedAsync("kick", Target(bo)));
        await bo.DoAsync("kick", Target(ada));
        Assert.Equal("kicked", (string)(await ada.EventAsync("removed"))["reason"]!);
        Assert.Equal("kicked", (string)(await bo.EventAsync("left"))["reason"]!);
        Assert.Equal("forbidden", await ada.RefusedAsync("join", new JsonObject { ["room"] = Room }));
    }

    [Fact]
    public async Task A_locked_room_lets_nobody_new_in_and_those_inside_come_back()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await ada.DoAsync("lock", new JsonObject { ["locked"] = true });
        Assert.True((bool)(await ada.EventAsync("room"))["room"]!["locked"]!);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        Assert.Equal("room_locked", (string)bo.Opened["d"]!["refused"]!["code"]!);
        await using var again = await SignalClient.ResumeAsync(hub, ada);
        Assert.Equal("resumed", again.Type);
        await again.DoAsync("lock", new JsonObject { ["locked"] = false });
        await bo.DoAsync("join", new JsonObject { ["room"] = Room });
    }

    [Fact]
    public async Task In_the_lobby_one_sees_nothing_until_admitted_or_denied()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await ada.DoAsync("chat", new JsonObject { ["text"] = "secret" });
        await ada.DoAsync("lobby", new JsonObject { ["enabled"] = true });
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await using var cy = await SignalClient.OpenAsync(hub, "Cy", Room);
        var room = bo.Opened["d"]!["room"]!;
        Assert.Equal("waiting", (string)room["status"]!);
        Assert.Empty(room["participants"]!.AsArray());
        Assert.Empty(room["chat"]!.AsArray());
        Assert.Equal("not_found", await ada.RefusedAsync("offer", Nothing, bo.Id));
        Assert.Equal("conflict", await bo.RefusedAsync("offer", Nothing, ada.Id));
        Assert.Equal("conflict", await bo.RefusedAsync("chat", new JsonObject { ["text"] = "hi" }));
        Assert.Equal("forbidden", await bo.RefusedAsync("admit", Target(cy)));

        var list = (await ada.NextAsync(f => f["d"]?["waiting"]?.AsArray().Count == 2))["d"]!["waiting"]!.AsArray();
        Assert.Equal(["Bo", "Cy"], list.Select(w => (string)w!["name"]!));
        await ada.DoAsync("admit", Target(bo));
        Assert.Equal("secret", (string)(await bo.EventAsync("admitted"))["room"]!["chat"]![0]!["text"]!);
        await ada.DoAsync("deny", Target(cy));
        Assert.Equal("denied", (string)(await cy.EventAsync("removed"))["reason"]!);
        Assert.Equal("not_found", await ada.RefusedAsync("admit", Target(cy)));
    }

    [Fact]
    public async Task Opening_the_lobby_lets_those_who_wait_in()
    {
        await using var hub = await TestHub.StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await ada.DoAsync("lobby", new JsonObject { ["enabled"] = true });
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await ada.DoAsync("lobby", new JsonObject { ["enabled"] = false });
        Assert.Equal("joined", (string)(await bo.EventAsync("admitted"))["room"]!["status"]!);
    }

    [Fact]
    public async Task Candidates_are_counted_per_peer_and_description()
    {
        await using var hub = await TestHub.StartAsync("Signal:CandidatesPerNegotiation=3");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await using var cy = await SignalClient.OpenAsync(hub, "Cy", Room);
        for (var i = 0; i < 3; i++)
            await ada.DoAsync("candidate", Nothing, bo.Id);
        Assert.Equal("too_many_candidates", await ada.RefusedAsync("candidate", Nothing, bo.Id));
        await ada.DoAsync("candidate", Nothing, cy.Id);
        await ada.DoAsync("answer", Nothing, bo.Id);
        await ada.DoAsync("candidate", Nothing, bo.Id);
    }
}
