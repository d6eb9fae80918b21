using System.Net;
using System.Text.Json.Nodes;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Tests.Control;

namespace RtcHub.Signal.Tests.Meetings;

/// <summary>What a client of the protocol and the media service have to do with each other.</summary>
public sealed class MeetingTests
{
    private const string Room = "blue-fox-42";
    private readonly RecordingSfu _sfu = new()
    {
        Answer = new TransportAnswer("0-pub", "v=0 answer\r\n", "uFrg"),
        Offer = new TransportOffer("0-sub", "v=0 offer\r\n", [new("0", "audio", null), new("1", "video", null), new("2", "video", null)]),
        Room = null,
    };

    private static JsonObject Nothing => [];

    private static JsonObject Offer => new() { ["sdp"] = "v=0\r\n", ["sources"] = Sources(("0", "microphone"), ("1", "camera")) };

    [Theory]
    [InlineData("publish", """{"sources":[{"mid":"0","source":"camera"}]}""", "sdp")]
    [InlineData("publish", """{"sdp":"v=0"}""", "sources")]
    [InlineData("publish", """{"sdp":"v=0","sources":[]}""", "sources")]
    [InlineData("publish", """{"sdp":"v=0","sources":[{"mid":"0","source":"window"}]}""", "sources")]
    [InlineData("publish", """{"sdp":"v=0","sources":[{"mid":"0","source":"camera"},{"mid":"0","source":"screen"}]}""", "sources")]
    [InlineData("subscribed", "{}", "sdp")]
    [InlineData("want", "{}", "videos")]
    [InlineData("want", """{"videos":[{"participant":"k7mq4xtd","source":"microphone"}]}""", "videos")]
    [InlineData("want", """{"videos":[{"participant":"k7mq4xtd","source":"camera","maxHeight":-1}]}""", "videos")]
    [InlineData("want", """{"videos":[{"participant":"k7mq4xtd","source":"camera","priority":101}]}""", "videos")]
    [InlineData("want", """{"videos":[{"source":"camera"}]}""", "videos")]
    [InlineData("moved", """{"state":"ready"}""", "epoch")]
    [InlineData("moved", """{"epoch":1,"state":"soon"}""", "state")]
    [InlineData("reach", "{}", "sfu")]
    public async Task What_is_wrong_is_named(string type, string data, string field)
    {
        await using var hub = await StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        var reply = await ada.RequestAsync(type, JsonNode.Parse(data));
        Assert.Equal(("invalid", field), ((string)reply["error"]!["code"]!, (string)reply["error"]!["field"]!));
        Assert.Empty(_sfu.Asked);
    }

    [Fact]
    public async Task Outside_a_room_there_is_no_seat_and_without_a_media_service_neither()
    {
        await using (var hub = await StartAsync())
        {
            await using var ada = await SignalClient.OpenAsync(hub, "Ada");
            foreach (var type in (string[])["subscribe", "unpublish", "suffering"])
                Assert.Equal("conflict", await ada.RefusedAsync(type, Nothing));
        }

        await using var without = await TestHub.StartAsync("Sfu:Mode=Off");
        await using var bo = await SignalClient.OpenAsync(without, "Bo", Room);
        Assert.Equal("sfu_unavailable", await bo.RefusedAsync("subscribe", Nothing));
        Assert.Equal("mesh", (string)bo.Opened["d"]!["room"]!["route"]!["topology"]!);
    }

    [Fact]
    public async Task An_offer_is_answered_an_offer_of_the_service_passed_on_and_leaving_closes_both()
    {
        await using var hub = await StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        Assert.Equal("""{"transport":"0-pub","sdp":"v=0 answer\r\n"}""", (await ada.DoAsync("publish", Offer)).ToJsonString());
        Assert.Equal("""{"transport":"0-sub","sdp":"v=0 offer\r\n"}""", (await ada.DoAsync("subscribe")).ToJsonString());
        await ada.DoAsync("subscribed", new JsonObject { ["sdp"] = "v=0 mine\r\n" });
        Assert.Contains(("answer", "0-sub", "v=0 mine\r\n"), _sfu.Asked);
        Assert.Equal("conflict", await ada.RefusedAsync("subscribed", new JsonObject { ["sdp"] = "v=0\r\n" }));
        await ada.DoAsync("leave");
        await AskedAsync(("close", "0-pub"));
        await AskedAsync(("close", "0-sub"));
    }

    [Fact]
    public async Task A_refusal_of_the_media_service_is_told_in_the_words_of_the_protocol()
    {
        await using var hub = await StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        foreach (var (error, code) in ((SfuError, string)[])[(SfuError.Invalid, "invalid"), (SfuError.NotAcceptable, "not_acceptable"), (SfuError.Full, "unavailable"), (SfuError.Unavailable, "unavailable")])
        {
            _sfu.Refusal = new SfuException(error, "No.");
            Assert.Equal(code, await ada.RefusedAsync("publish", Offer));
        }
    }

    [Fact]
    public async Task Who_is_published_comes_into_a_slot_and_who_is_not_any_more_goes_out_of_it()
    {
        await using var hub = await StartAsync();
        await using var ada = await SubscriberAsync(hub);
        var track = new SfuTrack("0-bo/1", "bobobobo", "0-bo", "1", "video", "video/VP8", Muted: false);
        await ada.DoAsync("want", Videos("bobobobo", 180));
        _sfu.Tell(new SfuEvent(SfuEvent.TrackAdded, Room, "bobobobo", "0-bo", track));
        Assert.Equal("""[{"mid":"1","participant":"bobobobo","source":"camera","paused":null}]""", (await ada.EventAsync("slots"))["slots"]!.ToJsonString());
        await AskedAsync(("assign", "0-sub", new SlotAssignment("1", "0-bo/1", 180).ToString()));

        _sfu.Tell(new SfuEvent(SfuEvent.SlotPaused, Room, ada.Id, "0-sub", Reason: "bandwidth", Mid: "1"));
        Assert.Equal("bandwidth", (string)(await ada.EventAsync("slots"))["slots"]![0]!["paused"]!);
        _sfu.Tell(new SfuEvent(SfuEvent.SlotResumed, Room, ada.Id, "0-sub", Mid: "1"));
        Assert.Null((await ada.EventAsync("slots"))["slots"]![0]!["paused"]);

        // Another size is no news for the client.
        await ada.DoAsync("want", Videos("bobobobo", 720));
        await AskedAsync(("assign", "0-sub", new SlotAssignment("1", "0-bo/1", 720).ToString()));
        _sfu.Tell(new SfuEvent(SfuEvent.TrackRemoved, Room, "bobobobo", "0-bo", track));
        Assert.Equal("""[{"mid":"1","participant":null,"source":null,"paused":null}]""", (await ada.EventAsync("slots"))["slots"]!.ToJsonString());
    }

    [Fact]
    public async Task A_connection_that_the_media_service_lost_is_named_and_one_that_was_given_up_is_not()
    {
        await using var hub = await StartAsync();
        await using var ada = await SubscriberAsync(hub);
        _sfu.Tell(new SfuEvent(SfuEvent.Closed, Room, ada.Id, "0-old", Reason: "consentLost"));
        _sfu.Tell(new SfuEvent(SfuEvent.Closed, Room, ada.Id, "0-sub", Reason: "consentLost"));
        Assert.Equal("""{"publish":null,"subscribe":"0-sub"}""", (await ada.EventAsync("renew")).ToJsonString());
    }

    [Fact]
    public async Task After_the_media_service_was_away_what_it_does_not_know_any_more_is_to_be_made_anew()
    {
        await using var hub = await StartAsync();
        await using var ada = await SubscriberAsync(hub);
        await ada.DoAsync("publish", Offer);
        _sfu.Room = new SfuRoom(Room, [], [new SfuTransport("0-pub", ada.Id, "connected", "udp", [])]);
        _sfu.Tell(new SfuEvent(SfuEvent.Lost, Room: null));
        _sfu.Tell(new SfuEvent(SfuEvent.Found, Room: null));
        Assert.Equal("""{"publish":null,"subscribe":"0-sub"}""", (await ada.EventAsync("renew")).ToJsonString());
    }

    [Fact]
    public async Task What_is_made_while_the_media_service_is_asked_what_it_has_is_not_lost()
    {
        await using var hub = await StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SubscriberAsync(hub, "Bo");
        _sfu.Room = new SfuRoom(Room, [], [new SfuTransport("0-sub", bo.Id, "connected", "udp", [])]);
        var asked = new TaskCompletionSource();
        _sfu.Held = asked.Task;
        _sfu.Tell(new SfuEvent(SfuEvent.Found, Room: null));
        await AskedAsync(("room", Room));
        _sfu.Held = Task.CompletedTask;

        // Clients notice sooner than the hub, and begin anew by themselves.
        await ada.DoAsync("publish", Offer);
        _sfu.Tell(new SfuEvent(SfuEvent.TrackAdded, Room, ada.Id, "0-pub", new SfuTrack("0-pub/1", ada.Id, "0-pub", "1", "video", "video/VP8", Muted: false)));
        await bo.DoAsync("want", Videos(ada.Id, 180));
        asked.SetResult();
        Assert.Equal(ada.Id, (string)(await bo.EventAsync("slots"))["slots"]![0]!["participant"]!);
    }

    [Fact]
    public async Task Who_speaks_and_what_is_watched_is_passed_on()
    {
        await using var hub = await StartAsync();
        await using var ada = await SubscriberAsync(hub);
        await ada.DoAsync("publish", Offer);
        Assert.Equal("""{"participants":[],"stage":[]}""", (await ada.EventAsync("speaking")).ToJsonString());
        _sfu.Tell(new SfuEvent(SfuEvent.Speaking, Room, Speakers: ["bobobobo", ada.Id], Stage: [ada.Id, null, "bobobobo"]));
        var told = $$"""{"participants":["bobobobo","{{ada.Id}}"],"stage":["{{ada.Id}}",null,"bobobobo"]}""";
        Assert.Equal(told, (await ada.EventAsync("speaking")).ToJsonString());

        // Whoever comes later, or makes the connection anew, is told it, too.
        await using var bo = await SubscriberAsync(hub, "Bo");
        Assert.Equal(told, (await bo.EventAsync("speaking")).ToJsonString());
        _sfu.Tell(new SfuEvent(SfuEvent.Layers, Room, ada.Id, "0-pub", new SfuTrack("0-pub/1", ada.Id, "0-pub", "1", "video", "video/VP8", Muted: false), Rids: ["q"]));
        Assert.Equal("""{"transport":"0-pub","source":"camera","rids":["q"]}""", (await ada.EventAsync("layers")).ToJsonString());
    }

    [Fact]
    public async Task Who_is_muted_is_muted_at_the_media_service_until_they_are_on_again()
    {
        await using var hub = await StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await bo.DoAsync("publish", Offer);
        _sfu.Tell(new SfuEvent(SfuEvent.TrackAdded, Room, bo.Id, "0-pub", new SfuTrack("0-pub/0", bo.Id, "0-pub", "0", "audio", "audio/opus", Muted: false)));
        await ada.DoAsync("mute", new JsonObject { ["target"] = bo.Id, ["kind"] = "audio" });
        await AskedAsync(("mute", "0-pub/0", true));
        await bo.DoAsync("media", new JsonObject { ["audio"] = true });
        await AskedAsync(("mute", "0-pub/0", false));
    }

    [Fact]
    public async Task The_fourth_makes_the_room_move_when_all_are_ready()
    {
        await using var hub = await StartAsync();
        var all = new List<SignalClient>();
        for (var i = 0; i < 4; i++)
            all.Add(await SignalClient.OpenAsync(hub, $"P{i}", Room));
        var route = all[3].Opened["d"]!["room"]!["route"]!;
        Assert.Equal(("mesh", "sfu"), ((string)route["topology"]!, (string)route["next"]!));
        foreach (var each in all)
            await each.DoAsync("moved", new JsonObject { ["epoch"] = (long)route["epoch"]!, ["state"] = "ready" });
        foreach (var each in all)
        {
            var moved = await each.NextAsync(f => (string?)f["t"] == "room" && (string?)f["d"]!["room"]!["route"]!["topology"] == "sfu");
            Assert.Null(moved["d"]!["room"]!["route"]!["next"]);
            await each.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_program_forces_the_way_over_rest_and_reads_it_there()
    {
        await using var hub = await StartAsync();
        using var http = hub.Http();
        var tag = await http.MakeRoomAsync($$"""{"id":"{{Room}}"}""");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        var changed = (await http.SendAsync("PATCH", $"/api/v1/rooms/{Room}", """{"mode":"sfu"}""", tag)).Expect(System.Net.HttpStatusCode.OK);
        Assert.Equal(("mesh", "sfu"), ((string)changed["route"]!["topology"]!, (string)changed["route"]!["next"]!));
        var prepared = await bo.NextAsync(f => (string?)f["t"] == "room" && f["d"]!["room"]!["route"]!["next"] is not null);
        foreach (var each in (SignalClient[])[ada, bo])
            await each.DoAsync("moved", new JsonObject { ["epoch"] = (long)prepared["d"]!["room"]!["route"]!["epoch"]!, ["state"] = "ready" });
        _sfu.Room = new SfuRoom(Room, [], [new SfuTransport("0-pub", ada.Id, "connected", "tcp", []), new SfuTransport("0-sub", ada.Id, "connecting", null, [new SfuSlot("1", "video", "0-bo/1")])]);
        var people = (await http.SendAsync("GET", $"/api/v1/rooms/{Room}/participants")).Expect(System.Net.HttpStatusCode.OK)["participants"]!;
        Assert.Equal(
            """{"topology":"sfu","connections":[{"id":"0-pub","state":"connected","protocol":"tcp","videos":0},{"id":"0-sub","state":"connecting","protocol":null,"videos":1}]}""",
            people[0]!["path"]!.ToJsonString());
        Assert.Equal("""{"topology":"sfu","connections":[]}""", people[1]!["path"]!.ToJsonString());
    }

    [Fact]
    public async Task A_moderator_puts_somebody_into_the_spotlight_and_others_cannot()
    {
        await using var hub = await StartAsync();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        await ada.DoAsync("spotlight", new JsonObject { ["target"] = bo.Id });
        Assert.Equal(bo.Id, (string)(await bo.EventAsync("spotlight"))["participant"]!);
        await using var cy = await SignalClient.OpenAsync(hub, "Cy", Room);
        Assert.Equal(bo.Id, (string)cy.Opened["d"]!["room"]!["spotlight"]!);
        Assert.Equal("forbidden", await bo.RefusedAsync("spotlight", new JsonObject { ["target"] = bo.Id }));
        Assert.Equal("not_found", await ada.RefusedAsync("spotlight", new JsonObject { ["target"] = "nobody22" }));
        await ada.DoAsync("spotlight", new JsonObject { ["target"] = null });
        Assert.Null((await bo.EventAsync("spotlight"))["participant"]);
    }

    [Fact]
    public async Task A_room_whose_media_service_ends_is_prepared_on_another_and_goes_there_when_both_have_it()
    {
        await using var hub = await StartAsync();
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", $$"""{"id":"{{Room}}","mode":"sfu"}""")).Expect(HttpStatusCode.Created);
        await using var ada = await SubscriberAsync(hub);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", Room);
        Assert.Empty((await ada.EventAsync("speaking"))["participants"]!.AsArray());
        _sfu.Tell(new SfuEvent(SfuEvent.Leave, Room));
        var route = await RouteAsync(ada, route => route["nextWay"] is not null);
        Assert.Equal(("sfu", "sfu", 0, 1), ((string)route["topology"]!, (string)route["next"]!, (int)route["way"]!, (int)route["nextWay"]!));

        Assert.Equal("conflict", await ada.RefusedAsync("subscribe", new JsonObject { ["way"] = 2 }));
        _sfu.Offer = new TransportOffer("0-next", "v=0 next\r\n", [new("0", "audio", null), new("1", "video", null)]);
        Assert.Equal("0-next", (string)(await ada.DoAsync("subscribe", new JsonObject { ["way"] = 1 }))["transport"]!);
        Assert.Contains(_sfu.Asked, asked => asked is SubscribeRequest { Room: Room + "~1" });
        await ada.DoAsync("subscribed", new JsonObject { ["sdp"] = "v=0 mine\r\n", ["transport"] = "0-next" });
        Assert.Contains(("answer", "0-next", "v=0 mine\r\n"), _sfu.Asked);
        _sfu.Tell(new SfuEvent(SfuEvent.Speaking, $"{Room}~1", Speakers: [bo.Id]));
        foreach (var one in (SignalClient[])[ada, bo]) await one.DoAsync("moved", new JsonObject { ["epoch"] = (int)route["epoch"]!, ["state"] = "ready" });

        // Who is heard there is told when it is in use, not before.
        Assert.Equal(bo.Id, (string)(await ada.EventAsync("speaking"))["participants"]![0]!);
        var there = await RouteAsync(ada, route => (int)route["way"]! == 1);
        Assert.Equal(("sfu", null, null), ((string)there["topology"]!, (string?)there["next"], (int?)there["nextWay"]));
        await AskedAsync(("close room", Room));
    }

    private Task<TestHub> StartAsync() => TestHub.StartAsync(null, null, _sfu);

    private static async Task<SignalClient> SubscriberAsync(TestHub hub, string name = "Ada")
    {
        var client = await SignalClient.OpenAsync(hub, name, Room);
        await client.DoAsync("subscribe");
        await client.DoAsync("subscribed", new JsonObject { ["sdp"] = "v=0\r\n" });
        return client;
    }

    private static async Task<JsonNode> RouteAsync(SignalClient client, Func<JsonNode, bool> isIt)
    {
        while (true)
        {
            if ((await client.EventAsync("room"))["room"]!["route"]! is var route && isIt(route)) return route;
        }
    }

    private static JsonArray Sources(params (string Mid, string Source)[] all) =>
        [.. all.Select(each => (JsonNode)new JsonObject { ["mid"] = each.Mid, ["source"] = each.Source })];

    private static JsonObject Videos(string participant, int height) => new()
    {
        ["videos"] = new JsonArray(new JsonObject { ["participant"] = participant, ["source"] = "camera", ["maxHeight"] = height }),
    };

    // What is asked of the media service in the background has no reply to wait for.
    private async Task AskedAsync(object what)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(15));
        while (!_sfu.Has(what))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
