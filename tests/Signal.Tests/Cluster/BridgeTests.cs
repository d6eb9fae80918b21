using System.Text.Json.Nodes;

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
}
