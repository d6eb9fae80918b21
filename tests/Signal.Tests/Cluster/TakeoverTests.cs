using System.Text.Json.Nodes;

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
