using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>Two people in one room, each with a socket at another node.</summary>
public sealed class BridgeTests
{
    [Fact]
    public async Task Messages_pass_between_nodes_in_order_both_ways()
    {
        await using var cluster = await TestCluster.StartAsync(2, "Signal:Burst=1000");
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "blue-fox");

        Assert.Equal(2, bob.Opened["d"]!["room"]!["participants"]!.AsArray().Count);
        Assert.Equal(bob.Id, (string?)(await ada.EventAsync("joined"))["participant"]!["id"]);
        for (var i = 0; i < 300; i++)
        {
            await ada.StartAsync("data", new JsonObject { ["i"] = i }, bob.Id);
            await bob.StartAsync("data", new JsonObject { ["i"] = i }, ada.Id);
            if (i % 100 != 99) continue;
            for (var seen = i - 99; seen <= i; seen++)
            {
                Assert.Equal(seen, (int)(await bob.EventAsync("data"))["i"]!);
                Assert.Equal(seen, (int)(await ada.EventAsync("data"))["i"]!);
            }
        }
    }

    [Fact]
    public async Task Large_messages_pass_and_the_limits_are_those_of_the_home()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "blue-fox");
        var sdp = new string('x', 200_000);
        await bob.DoAsync("offer", new JsonObject { ["sdp"] = sdp }, ada.Id);
        Assert.Equal(sdp, (string?)(await ada.EventAsync("offer"))["sdp"]);
        await ada.DoAsync("offer", new JsonObject { ["sdp"] = sdp }, bob.Id);
        Assert.Equal(sdp, (string?)(await bob.EventAsync("offer"))["sdp"]);
        Assert.Equal("too_large", await bob.RefusedAsync("data", new JsonObject { ["x"] = sdp }));
        await bob.StartAsync("offer", new JsonObject { ["sdp"] = new string('x', 300_000) });
        Assert.Equal(4009, await bob.ClosedAsync());
    }

    [Fact]
    public async Task Whoever_closes_does_so_with_the_same_words_on_both_sides()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");

        // The client closes for good, goes away without a word, is superseded by itself.
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "blue-fox");
        await bob.CloseAsync();
        Assert.Equal("left", (string?)(await ada.EventAsync("left"))["reason"]);
        await using var cat = await SignalClient.OpenAsync(cluster[1], "Cat", "blue-fox");
        await cat.DropAsync();
        await ada.NextAsync(frame => (string?)frame["t"] == "participant" && (string?)frame["d"]!["participant"]!["state"] == "reconnecting");
        await using var second = await SignalClient.ResumeAsync(cluster[0], cat);
        await using var third = await SignalClient.ResumeAsync(cluster[1], second);
        Assert.Equal(4003, await second.ClosedAsync());
        await using var fourth = await SignalClient.ResumeAsync(cluster[1], third);
        Assert.Equal(4003, await third.ClosedAsync());

        // A bad frame is answered, and too many of them end it.
        for (var i = 0; i < 10; i++) await fourth.SendAsync("nonsense");
        Assert.Equal("malformed", (string?)(await fourth.EventAsync("error"))["code"]);
        Assert.Equal(4002, await fourth.ClosedAsync());
    }

    [Fact]
    public async Task Where_a_client_comes_from_is_known_at_home()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "blue-fox");
        var session = cluster[0].Services.GetRequiredService<SessionDirectory>().Find(bob.Id)!;
        Assert.Equal((IPAddress.Loopback, "127.0.0.1"), (session.Address, session.Host));
        Assert.Null(cluster[1].Services.GetRequiredService<SessionDirectory>().Find(bob.Id));
    }

    [Fact]
    public async Task Who_does_not_read_is_held_up_alone_and_does_not_fill_redis()
    {
        await using var cluster = await TestCluster.StartAsync(
            2, "Signal:Burst=100000", "Signal:MessagesPerSecond=100000", "Signal:ReplayMessages=16", "Signal:ReplayBytes=1000000", "Signal:WriteTimeout=00:00:01");
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        await using var slow = await SignalClient.ConnectAsync(cluster[1], reads: false);
        await slow.SendAsync("""{"t":"hello","d":{"name":"Slow","room":{"id":"blue-fox"}}}""");
        await ada.EventAsync("joined");
        await using var bob = await SignalClient.OpenAsync(cluster[1], "Bob", "blue-fox");
        var text = new string('x', 50_000);
        for (var i = 0; i < 400; i++)
        {
            await ada.DoAsync("data", new JsonObject { ["i"] = i, ["x"] = text });
            Assert.Equal(i, (int)(await bob.EventAsync("data"))["i"]!);
            if (i % 8 == 0) await bob.AcknowledgeAsync();
        }

        // Its socket was given up, and what was on the way to it is bounded: by the window, not by what was said.
        await ada.NextAsync(frame => (string?)frame["t"] == "participant" && (string?)frame["d"]!["participant"]!["state"] == "reconnecting");
        var nodes = cluster[1].Services.GetRequiredService<Nodes>();
        Assert.True(await nodes.Database.StreamLengthAsync(nodes.Keys.Inbox(nodes.Id)) < 64);
    }
}
