using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using RtcHub.Signal.Cluster;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>Redis that is away for a while, and comes back remembering nothing.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Without_redis_local_rooms_go_on_what_needs_the_others_is_refused_in_so_many_words_and_all_heals()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[0], "Bob", "blue-fox");
        await using var kim = await SignalClient.OpenAsync(cluster[1], "Kim");
        var nodes = cluster[1].Services.GetRequiredService<Nodes>();

        await cluster.Redis.KillAsync();
        await TestCluster.UntilAsync(() => nodes.IsAway && cluster[0].Services.GetRequiredService<Nodes>().IsAway);

        // At home nothing has happened.
        await ada.DoAsync("data", new JsonObject { ["still"] = "here" }, bob.Id);
        Assert.Equal("here", (string?)(await bob.EventAsync("data"))["still"]);
        await using var cat = await SignalClient.OpenAsync(cluster[0], "Cat", "blue-fox");
        Assert.Equal(3, cat.Opened["d"]!["room"]!["participants"]!.AsArray().Count);

        // A join from elsewhere: as a reply, as a close, as a response.
        var refused = await kim.RequestAsync("join", new JsonObject { ["room"] = "blue-fox" });
        Assert.Equal("unavailable", (string?)refused["error"]!["code"]);
        Assert.True((int)refused["error"]!["retryAfterMs"]! > 0);
        await using var lea = await SignalClient.OpenAsync(cluster[1], "Lea", "blue-fox");
        Assert.Equal("unavailable", (string?)lea.Opened["d"]!["code"]);
        Assert.Equal(4014, await lea.ClosedAsync());
        using var far = cluster[1].Http();
        var answer = (await far.SendAsync("GET", "/api/v1/rooms/blue-fox/participants")).ExpectProblem(503, "unavailable");
        Assert.NotNull(answer.Headers.RetryAfter);
        (await far.SendAsync("GET", "/healthz")).Expect(HttpStatusCode.OK);

        await cluster.Redis.StartAgainAsync();
        await TestCluster.UntilAsync(() => !nodes.IsAway && nodes.Count == 2);
        await using var again = await SignalClient.OpenAsync(cluster[1], "Lea", "blue-fox");
        Assert.Equal(4, again.Opened["d"]!["room"]!["participants"]!.AsArray().Count);
        Assert.Equal("Lea", (string?)(await ada.NextAsync(frame => (string?)frame["t"] == "joined" && (string?)frame["d"]!["participant"]!["name"] == "Lea"))["d"]!["participant"]!["name"]);
    }

    [Fact]
    public async Task A_short_absence_of_redis_costs_those_at_other_nodes_time_and_nothing_else()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "blue-fox");
        await cluster.Redis.KillAsync();
        for (var i = 0; i < 10; i++)
        {
            await ada.StartAsync("data", new JsonObject { ["i"] = i }, bob.Id);
            await bob.StartAsync("data", new JsonObject { ["i"] = i }, ada.Id);
        }

        await cluster.Redis.StartAgainAsync();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(i, (int)(await bob.EventAsync("data"))["i"]!);
            Assert.Equal(i, (int)(await ada.EventAsync("data"))["i"]!);
        }

        // The room has stayed where it was.
        Assert.Equal(0, cluster.HomeOf("blue-fox"));
    }

    [Fact]
    public async Task Lists_of_rooms_show_who_is_where_on_all_nodes()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "red-owl");
        foreach (var node in (int[])[0, 1])
        {
            using var http = cluster[node].Http();
            await TestCluster.UntilAsync(async () =>
                (await http.SendAsync("GET", "/api/v1/rooms")).Json!["rooms"]!.AsArray() is { Count: 2 } rooms && rooms.All(room => (int)room!["participants"]! == 1 && room["route"] is not null));
        }

        await ada.DoAsync("leave");
        using var far = cluster[1].Http();
        await TestCluster.UntilAsync(async () => (await far.SendAsync("GET", "/api/v1/rooms")).Json!["rooms"]!.AsArray().Sum(room => (int)room!["participants"]!) == 1);
    }

    [Fact]
    public async Task What_nodes_leave_behind_that_died_long_ago_is_forgotten()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        var nodes = cluster[0].Services.GetRequiredService<Nodes>();
        await nodes.Database.HashSetAsync(nodes.Keys.Homes, "old-room", "deadnode 1");
        await cluster[0].Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Leftovers>().Single().ForgetAsync(nodes.Keys.Homes);
        Assert.Equal(["blue-fox"], (await nodes.Database.HashKeysAsync(nodes.Keys.Homes)).Select(room => (string)room!));
    }
}
