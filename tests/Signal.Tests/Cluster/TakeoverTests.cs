using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Tests.Control;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>A room whose home is killed goes on at another node, as if nothing had been.</summary>
public sealed class TakeoverTests
{
    private const string Room = "blue-fox-42";

    [Fact]
    public async Task Everybody_resumes_at_another_node_with_what_they_missed()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        var ada = await SignalClient.OpenAsync(cluster[0], "Ada", Room);
        var bo = await SignalClient.OpenAsync(cluster[0], "Bo", Room);
        await ada.DoAsync("chat", new JsonObject { ["text"] = "before" });
        await bo.EventAsync("chat");
        await bo.DropAsync();
        await ada.DoAsync("data", new JsonObject { ["x"] = 1 }, to: bo.Id);
        await ada.DoAsync("hand", new JsonObject { ["raised"] = true });

        await cluster.KillAsync(0);
        var again = await ResumeSoonAsync(cluster[1], bo);
        Assert.Equal(bo.LastId, (long)again.Opened["d"]!["received"]!);
        Assert.Equal(1, (int)(await again.EventAsync("data"))["x"]!);
        var adaAgain = await ResumeSoonAsync(cluster[0], ada); // by way of the node that has taken the place of the dead one
        Assert.Equal(ada.LastId, (long)adaAgain.Opened["d"]!["received"]!);
        Assert.Equal(2, (int)(await adaAgain.DoAsync("chat", new JsonObject { ["text"] = "after" }))["message"]!);
        Assert.Equal("after", (string)(await again.EventAsync("chat"))["text"]!);

        // Somebody who comes sees what they would have seen at the first.
        await using var cy = await SignalClient.OpenAsync(cluster[1], "Cy", Room);
        var seen = cy.Opened["d"]!["room"]!;
        Assert.Equal(["before", "after"], seen["chat"]!.AsArray().Select(message => (string)message!["text"]!));
        Assert.Equal(["Ada", "Bo", "Cy"], seen["participants"]!.AsArray().Select(one => (string)one!["name"]!));
        Assert.NotNull(seen["participants"]![0]!["hand"]);
        Assert.Equal("moderator", (string)seen["participants"]![0]!["role"]!);
        await adaAgain.DisposeAsync();
        await again.DisposeAsync();
        await ada.DisposeAsync();
        await bo.DisposeAsync();
    }

    [Fact]
    public async Task A_message_that_was_stored_and_told_nobody_reaches_everybody_once_when_it_is_sent_again()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        var ada = await SignalClient.OpenAsync(cluster[0], "Ada", Room);
        var bo = await SignalClient.OpenAsync(cluster[0], "Bo", Room);
        // The home dies just here: it had written the message, and nothing yet of what came of it.
        await cluster[0].Services.GetRequiredService<IRoomStore>()
            .AppendChatAsync(Room, ada.Id, "Ada", "as it died", ada.LastId + 1, TimeProvider.System.GetUtcNow(), 200, TestContext.Current.CancellationToken);
        await cluster.KillAsync(0);
        await using var boAgain = await ResumeSoonAsync(cluster[1], bo);
        await using var adaAgain = await ResumeSoonAsync(cluster[0], ada);
        await using var cy = await SignalClient.OpenAsync(cluster[1], "Cy", Room);
        Assert.Equal("as it died", (string)Assert.Single(cy.Opened["d"]!["room"]!["chat"]!.AsArray())!["text"]!);

        Assert.Equal(1, (int)(await adaAgain.DoAsync("chat", new JsonObject { ["text"] = "as it died" }))["message"]!);
        await adaAgain.DoAsync("chat", new JsonObject { ["text"] = "after" });
        foreach (var one in (SignalClient[])[boAgain, adaAgain])
        {
            Assert.Equal("as it died", (string)(await one.EventAsync("chat"))["text"]!);
            Assert.Equal("after", (string)(await one.EventAsync("chat"))["text"]!);
        }

        Assert.Equal("after", (string)(await cy.EventAsync("chat"))["text"]!);
        await ada.DisposeAsync();
        await bo.DisposeAsync();
    }

    [Fact]
    public async Task Media_goes_on_and_nobody_has_to_negotiate()
    {
        var track = new SfuTrack("0-bo/1", "bobobobo", "0-bo", "1", "video", "video/VP8", Muted: false);
        var sfu = new RecordingSfu
        {
            Answer = new TransportAnswer("0-pub", "v=0 answer\r\n", "uFrg"),
            Offer = new TransportOffer("0-sub", "v=0 offer\r\n", [new("0", "audio", null), new("1", "video", null), new("2", "video", null)]),
            Room = null,
        };
        await using var cluster = TestCluster.On(await RedisProcess.StartAsync());
        cluster.Sfu = sfu;
        await cluster.AddAsync();
        using (var http = cluster[0].Http())
            (await http.SendAsync("POST", "/api/v1/rooms", $$"""{"id":"{{Room}}","mode":"sfu"}""")).Expect(HttpStatusCode.Created);
        var ada = await SignalClient.OpenAsync(cluster[0], "Ada", Room);
        var epoch = (long)ada.Opened["d"]!["room"]!["route"]!["epoch"]!;
        await ada.DoAsync("publish", new JsonObject { ["sdp"] = "v=0\r\n", ["sources"] = new JsonArray(new JsonObject { ["mid"] = "1", ["source"] = "camera" }) });
        await ada.DoAsync("subscribe");
        await ada.DoAsync("subscribed", new JsonObject { ["sdp"] = "v=0 mine\r\n" });
        await ada.DoAsync("want", JsonNode.Parse("""{"videos":[{"participant":"bobobobo","source":"camera","maxHeight":180}]}"""));
        sfu.Tell(new SfuEvent(SfuEvent.TrackAdded, Room, "bobobobo", "0-bo", track));
        Assert.Equal("1", (string)(await ada.EventAsync("slots"))["slots"]![0]!["mid"]!);

        SfuSlot[] slots = [new("0", "audio", null), new("1", "video", track.Id), new("2", "video", null)];
        sfu.Room = new SfuRoom(
            Room, [track, new SfuTrack("0-pub/1", ada.Id, "0-pub", "1", "video", "video/VP8", Muted: false)],
            [new SfuTransport("0-pub", ada.Id, "connected", "udp", []), new SfuTransport("0-sub", ada.Id, "connected", "udp", slots)]);
        await cluster.KillAsync(0);
        var asked = sfu.Asked.Count;
        var again = await ResumeSoonAsync(cluster[0], ada);

        // The hub knows that the room is on the media service, and who is in which slot.
        await using var cy = await SignalClient.OpenAsync(cluster[0], "Cy", Room);
        var route = cy.Opened["d"]!["room"]!["route"]!;
        Assert.Equal(("sfu", epoch), ((string)route["topology"]!, (long)route["epoch"]!));
        sfu.Tell(new SfuEvent(SfuEvent.TrackRemoved, Room, "bobobobo", "0-bo", track));
        Assert.Equal("""[{"mid":"1","participant":null,"source":null,"paused":null}]""", (await again.EventAsync("slots"))["slots"]!.ToJsonString());
        Assert.DoesNotContain(await again.SettleAsync(), frame => (string?)frame["t"] is "renew" or "subscription");
        Assert.DoesNotContain(sfu.Asked.Skip(asked), one => one is ConnectRequest or SubscribeRequest or ("close", string));
        await again.DisposeAsync();
        await ada.DisposeAsync();
    }

    [Fact]
    public async Task A_program_publishes_on_and_ends_its_session_at_the_node_that_has_it_then()
    {
        var sfu = new RecordingSfu { Room = null };
        await using var cluster = TestCluster.On(await RedisProcess.StartAsync());
        cluster.Sfu = sfu;
        await cluster.AddAsync();
        using var http = cluster[0].Http();
        var made = (await http.SendAsync("POST", $"/whip/{Room}?participant=camera-1", Offers.Publish, type: "application/sdp")).Expect(HttpStatusCode.Created);
        var participant = (string)(await http.SendAsync("GET", $"/api/v1/rooms/{Room}/participants"))["participants"]![0]!["id"]!;
        sfu.Room = new SfuRoom(Room, [], [new SfuTransport(sfu.Answer.Transport, participant, "connected", "udp", [])]);
        await cluster.KillAsync(0);

        using var next = cluster[0].Http();
        Answer people;
        while ((people = await next.SendAsync("GET", $"/api/v1/rooms/{Room}/participants")).Status == HttpStatusCode.ServiceUnavailable)
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        Assert.Equal(participant, (string)Assert.Single(people.Expect(HttpStatusCode.OK)["participants"]!.AsArray())!["id"]!);
        (await next.SendAsync("DELETE", made.Headers.Location!.OriginalString)).Expect(HttpStatusCode.OK);
        Assert.Contains(("close", sfu.Answer.Transport), sfu.Asked);
        Assert.Empty((await next.SendAsync("GET", $"/api/v1/rooms/{Room}/participants"))["participants"]!.AsArray());
    }

    [Fact]
    public async Task Who_is_in_no_room_resumes_too_and_a_call_that_was_ringing_rings_no_more()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        var ada = await SignalClient.OpenAsync(cluster[0], "Ada");
        var bo = await SignalClient.OpenAsync(cluster[0], "Bo");
        await ada.DoAsync("dial", new JsonObject { ["target"] = bo.Id });
        Assert.Equal("ringing", (string)(await bo.EventAsync("call"))["call"]!["state"]!);

        await cluster.KillAsync(0);
        var adaAgain = await ResumeSoonAsync(cluster[1], ada);
        Assert.Equal(1, (long)adaAgain.Opened["d"]!["received"]!);
        Assert.Equal("ended", (string)(await adaAgain.EventAsync("call"))["call"]!["state"]!);
        var boAgain = await ResumeSoonAsync(cluster[0], bo);
        Assert.Equal("ended", (string)(await boAgain.EventAsync("call"))["call"]!["state"]!);
        foreach (var client in (SignalClient[])[ada, bo, adaAgain, boAgain]) await client.DisposeAsync();
    }

    [Fact]
    public async Task A_call_goes_on_when_its_home_is_killed()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        var ada = await SignalClient.OpenAsync(cluster[0], "Ada");
        var bo = await SignalClient.OpenAsync(cluster[0], "Bo");
        await ada.DoAsync("dial", new JsonObject { ["target"] = bo.Id });
        await bo.DoAsync("accept", new JsonObject { ["call"] = (string)(await bo.EventAsync("call"))["call"]!["id"]! });
        await ada.EventAsync("admitted");

        await cluster.KillAsync(0);
        var adaAgain = await ResumeSoonAsync(cluster[0], ada);
        var boAgain = await ResumeSoonAsync(cluster[1], bo);
        await adaAgain.DoAsync("offer", new JsonObject { ["sdp"] = "v=0" }, to: bo.Id);
        Assert.Equal("v=0", (string)(await boAgain.EventAsync("offer"))["sdp"]!);
        await boAgain.DoAsync("leave");
        await adaAgain.NextAsync(frame => (string?)frame["t"] == "call" && (string?)frame["d"]!["call"]!["state"] == "ended");
        foreach (var client in (SignalClient[])[ada, bo, adaAgain, boAgain]) await client.DisposeAsync();
    }

    /// <summary>Resumes as soon as the cluster has found out what is dead.</summary>
    internal static async Task<SignalClient> ResumeSoonAsync(TestHub hub, SignalClient before)
    {
        for (var attempt = 0; ; attempt++)
        {
            var client = await SignalClient.ResumeAsync(hub, before);
            if (client.Type == "resumed")
            {
                client.TakeOver(before);
                return client;
            }

            Assert.True(client.Type is "closing" or "error" && attempt < 5000, client.Opened.ToJsonString());
            await client.DisposeAsync();
        }
    }
}
