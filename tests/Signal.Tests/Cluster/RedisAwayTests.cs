using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using RtcHub.Signal.Cluster;
using StackExchange.Redis;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>Redis goes away and comes back, with or without its memory: rooms that live here notice nothing.</summary>
public sealed class RedisAwayTests
{
    private const string Room = "blue-fox-42";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_happened_while_Redis_was_away_is_there_when_the_home_is_killed_later(bool durable)
    {
        var redis = await RedisProcess.StartAsync(durable);
        await using var cluster = TestCluster.On(redis);
        await cluster.AddAsync();
        var ada = await SignalClient.OpenAsync(cluster[0], "Ada", Room);
        var bo = await SignalClient.OpenAsync(cluster[0], "Bo", Room);
        await ada.DoAsync("chat", new JsonObject { ["text"] = "one" });

        await redis.KillAsync();
        await ada.DoAsync("chat", new JsonObject { ["text"] = "two" });
        await ada.DoAsync("data", new JsonObject { ["x"] = 1 }, to: bo.Id);
        Assert.Equal(1, (int)(await bo.EventAsync("data"))["x"]!);
        await bo.DropAsync();
        await ada.DoAsync("data", new JsonObject { ["x"] = 2 }, to: bo.Id);
        await ada.DoAsync("rename", new JsonObject { ["name"] = "Ada Lovelace" });

        await redis.StartAgainAsync();
        await BackAsync(cluster[0]);
        await ada.DoAsync("data", new JsonObject { ["x"] = 3 }, to: bo.Id);
        await cluster.KillAsync(0);

        var boAgain = await TakeoverTests.ResumeSoonAsync(cluster[0], bo);
        Assert.Equal(2, (int)(await boAgain.EventAsync("data"))["x"]!);
        Assert.Equal(3, (int)(await boAgain.EventAsync("data"))["x"]!);
        var adaAgain = await TakeoverTests.ResumeSoonAsync(cluster[0], ada);
        Assert.Equal(ada.LastId, (long)adaAgain.Opened["d"]!["received"]!);
        Assert.Equal(3, (int)(await adaAgain.DoAsync("chat", new JsonObject { ["text"] = "three" }))["message"]!);
        await using var cy = await SignalClient.OpenAsync(cluster[0], "Cy", Room);
        var seen = cy.Opened["d"]!["room"]!;
        Assert.Equal(["one", "two", "three"], seen["chat"]!.AsArray().Select(message => (string)message!["text"]!));
        Assert.Equal(["Ada Lovelace", "Bo", "Cy"], seen["participants"]!.AsArray().Select(one => (string)one!["name"]!));
        foreach (var client in (SignalClient[])[ada, bo, adaAgain, boAgain]) await client.DisposeAsync();
    }

    [Fact]
    public async Task A_home_that_has_lost_its_lease_unseen_writes_nothing_and_sends_its_clients_away()
    {
        var redis = await RedisProcess.StartAsync();
        await using var cluster = TestCluster.On(redis);
        await cluster.AddAsync();
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", Room);
        await using var bo = await SignalClient.OpenAsync(cluster[0], "Bo", Room);
        await using var other = await ConnectionMultiplexer.ConnectAsync(redis.Connection);
        var database = other.GetDatabase();
        await cluster[0].Services.GetRequiredService<Journal>().FlushAsync();
        await database.HashSetAsync("rtchub:homes", Room, "another 99");
        var before = await database.StreamLengthAsync($"rtchub:replay:{bo.Id}");

        await ada.StartAsync("data", new JsonObject { ["x"] = 1 }, to: bo.Id);
        Assert.Equal(4013, await bo.ClosedAsync());
        Assert.Equal(4013, await ada.ClosedAsync());
        Assert.Equal(before, await database.StreamLengthAsync($"rtchub:replay:{bo.Id}"));
        Assert.Equal("0", await database.HashGetAsync($"rtchub:session:{ada.Id}", "request"));
        Assert.DoesNotContain(await bo.RestAsync(), frame => (string?)frame["t"] == "data");
    }

    // The journal says so when it has written everything.
    private static async Task BackAsync(TestHub hub)
    {
        var journal = hub.Services.GetRequiredService<Journal>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (journal.IsAlone)
        {
            patience.Token.ThrowIfCancellationRequested();
            await journal.FlushAsync();
        }
    }
}
