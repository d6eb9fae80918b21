using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using RtcHub.Signal.Cluster;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>Sessions and rooms that go from node to node.</summary>
public sealed class MovingTests
{
    [Fact]
    public async Task Who_joins_a_room_elsewhere_is_moved_there_before_the_request_is_taken_up()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        var taken = new TaskCompletionSource<string>();
        cluster[0].Services.GetRequiredService<Homes>().TakeSession = (id, _) =>
        {
            taken.TrySetResult(id);
            return Task.CompletedTask;
        };
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob");

        await bob.StartAsync("join", new JsonObject { ["room"] = "blue-fox" });
        Assert.Equal(4013, await bob.ClosedAsync());
        await using var again = await SignalClient.ResumeAsync(cluster[1], bob);
        Assert.Equal(bob.Id, await taken.Task);
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

        var stopping = cluster.StopAsync(0);
        Assert.Equal(4013, await ada.ClosedAsync()); // her room left
        Assert.Equal(4013, await bob.ClosedAsync());
        Assert.Equal(4013, await eve.ClosedAsync()); // in no room
        Assert.Equal(4012, await lea.ClosedAsync()); // her room is elsewhere, only her socket was here
        await stopping;
        await using var again = await SignalClient.ResumeAsync(cluster[1], bob, room: "blue-fox");
        Assert.NotNull(cluster[1].Services.GetRequiredService<Homes>().EpochOf("blue-fox"));
        Assert.DoesNotContain(await kim.SettleAsync(), frame => (string?)frame["t"] == "left");
    }
}
