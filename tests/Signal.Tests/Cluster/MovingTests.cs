using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using RtcHub.Signal.Cluster;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>Sessions and rooms that go from node to node.</summary>
public sealed class MovingTests
{
    [Fact]
    public async Task Who_joins_a_room_elsewhere_is_moved_there_and_says_it_again()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob");
        await bob.DoAsync("rename", new JsonObject { ["name"] = "Robert" });

        var id = await bob.StartAsync("join", new JsonObject { ["room"] = "blue-fox" });
        Assert.Equal(4013, await bob.ClosedAsync());
        await using var again = await SignalClient.ResumeAsync(cluster[1], bob);
        Assert.Equal("resumed", again.Type);
        Assert.Equal(id - 1, (long)again.Opened["d"]!["received"]!); // it was not taken up
        var reply = await RepeatAsync(again, id, "join", new JsonObject { ["room"] = "blue-fox" });
        Assert.Equal(["Ada", "Robert"], reply["d"]!["room"]!["participants"]!.AsArray().Select(one => (string)one!["name"]!));
        Assert.Equal(bob.Id, (string?)(await ada.EventAsync("joined"))["participant"]!["id"]);

        // From one room to another, elsewhere again.
        await using var kim = await SignalClient.OpenAsync(cluster[1], "Kim", "red-owl");
        await again.DoAsync("leave");
        id = await again.StartAsync("join", new JsonObject { ["room"] = "red-owl" });
        Assert.Equal(4013, await again.ClosedAsync());
        await using var third = await SignalClient.ResumeAsync(cluster[0], again);
        await RepeatAsync(third, id, "join", new JsonObject { ["room"] = "red-owl" });
        Assert.Equal("Robert", (string?)(await kim.EventAsync("joined"))["participant"]!["name"]);
    }

    [Fact]
    public async Task Who_dials_somebody_elsewhere_is_moved_there_and_the_call_goes_through()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob");
        Assert.Equal("not_found", await bob.RefusedAsync("dial", new JsonObject { ["target"] = "zzzzzzzz" }));

        var dial = new JsonObject { ["target"] = ada.Id };
        var id = await bob.StartAsync("dial", dial.DeepClone());
        Assert.Equal(4013, await bob.ClosedAsync());
        await using var again = await SignalClient.ResumeAsync(cluster[1], bob);
        var call = (await RepeatAsync(again, id, "dial", dial))["d"]!["call"]!;
        Assert.Equal((string?)call["id"], (string?)(await ada.EventAsync("call"))["call"]!["id"]);
        await ada.DoAsync("accept", new JsonObject { ["call"] = (string?)call["id"] });
        await again.EventAsync("admitted");
        await ada.DoAsync("data", new JsonObject { ["hello"] = "Bob" }, bob.Id);
        Assert.Equal("Bob", (string?)(await again.EventAsync("data"))["hello"]);
    }

    [Fact]
    public async Task A_room_that_nobody_has_is_entered_where_one_is()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob");
        await bob.DoAsync("join", new JsonObject { ["room"] = "blue-fox" });
        Assert.NotNull(cluster[1].Services.GetRequiredService<Homes>().EpochOf("blue-fox"));
    }

    [Fact]
    public async Task A_home_that_dies_costs_its_clients_their_sockets_and_the_next_to_be_asked_takes_the_room()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "blue-fox");
        var epochs = new List<(string Room, long Epoch)>();
        cluster[1].Services.GetRequiredService<Homes>().TakeRoom = (room, epoch, _) =>
        {
            epochs.Add((room, epoch));
            return Task.CompletedTask;
        };
        var before = cluster[0].Services.GetRequiredService<Homes>().EpochOf("blue-fox");

        await cluster.SilenceAsync(0);
        Assert.Equal(4013, await bob.ClosedAsync());
        await using var again = await SignalClient.ResumeAsync(cluster[1], bob, room: "blue-fox");
        var (taken, epoch) = Assert.Single(epochs);
        Assert.Equal("blue-fox", taken);
        Assert.True(epoch > before);
        Assert.Equal("blue-fox", (string?)again.Opened["d"]!["room"]!["id"]);
    }

    [Fact]
    public async Task A_node_that_stops_hands_its_rooms_over_and_tells_everybody_to_go_on_elsewhere()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "blue-fox");
        await using var eve = await SignalClient.OpenAsync(cluster[0], "Eve");
        await using var kim = await SignalClient.OpenAsync(cluster[1], "Kim", "red-owl");
        await using var lea = await SignalClient.OpenAsync(cluster[0], "Lea", "red-owl");

        await kim.EventAsync("joined");
        var stopping = cluster.StopAsync(0);
        Assert.Equal(4013, await ada.ClosedAsync()); // her room left
        Assert.Equal(4013, await bob.ClosedAsync());
        Assert.Equal(4013, await eve.ClosedAsync()); // in no room
        Assert.Equal(4012, await lea.ClosedAsync()); // her room is elsewhere, only her socket was here
        await stopping;

        // By the node that is left everybody is who they were, where they were; for the others nothing has happened.
        await using var ada2 = await SignalClient.ResumeAsync(cluster[1], ada);
        await using var bob2 = await SignalClient.ResumeAsync(cluster[1], bob);
        await using var eve2 = await SignalClient.ResumeAsync(cluster[1], eve);
        await using var lea2 = await SignalClient.ResumeAsync(cluster[1], lea);
        Assert.All((SignalClient[])[ada2, bob2, eve2, lea2], client => Assert.Equal("resumed", client.Type));
        await ada2.DoAsync("data", new JsonObject { ["after"] = 1 }, bob.Id);
        Assert.Equal(1, (int)(await bob2.EventAsync("data"))["after"]!);
        await lea2.DoAsync("data", new JsonObject { ["after"] = 2 }, kim.Id);
        Assert.Equal(2, (int)(await kim.EventAsync("data"))["after"]!);
        Assert.DoesNotContain(await kim.SettleAsync(), frame => (string?)frame["t"] is "left" or "joined");
        Assert.DoesNotContain(await bob2.SettleAsync(), frame => (string?)frame["t"] is "left" or "joined");
    }

    [Fact]
    public async Task While_a_node_drains_it_is_not_ready_takes_nobody_new_and_goes_on_serving_those_who_wait_for_their_turn()
    {
        await using var cluster = await TestCluster.StartAsync(2, "Signal:DrainSeconds=2");
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "room-1");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "room-1");
        await using var cat = await SignalClient.OpenAsync(cluster[0], "Cat", "room-2");
        await using var dan = await SignalClient.OpenAsync(cluster[0], "Dan", "room-2");
        using var http = cluster[0].Http();

        var stopping = cluster.StopAsync(0);
        var (adaClosed, catClosed) = (ada.ClosedAsync(), cat.ClosedAsync());
        var first = await Task.WhenAny(adaClosed, catClosed);
        Assert.Equal(4013, await first);
        (await http.SendAsync("GET", "/readyz")).ExpectProblem(503, "unavailable");
        (await http.SendAsync("GET", "/healthz")).Expect(HttpStatusCode.OK);
        await Assert.ThrowsAsync<WebSocketException>(() => SignalClient.ConnectAsync(cluster[0]));

        // The other room has a second more, and is as it was.
        var (stays, other) = first == catClosed ? (ada, bob) : (cat, dan);
        await stays.DoAsync("data", new JsonObject { ["still"] = 1 }, other.Id);
        Assert.Equal(1, (int)(await other.EventAsync("data"))["still"]!);
        Assert.Equal(4013, await stays.ClosedAsync());
        await stopping;
    }

    private static async Task<JsonObject> RepeatAsync(SignalClient client, long id, string type, JsonObject data)
    {
        await client.SendAsync(new JsonObject { ["t"] = type, ["id"] = id, ["d"] = data.DeepClone() }.ToJsonString());
        var reply = await client.NextAsync(frame => (long?)frame["re"] == id);
        Assert.True((bool)reply["ok"]!, reply.ToJsonString());
        return reply;
    }
}
