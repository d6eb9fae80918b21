using System.Net;
using RtcHub.Sfu.Tests.Control;

namespace RtcHub.Signal.Tests.Cluster;

/// <summary>REST, WHIP and WHEP of a room, asked of the node that it does not live on.</summary>
public sealed class HttpRelayTests
{
    [Fact]
    public async Task Rest_of_a_room_is_answered_by_its_home_whichever_node_is_asked()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        using var near = cluster[0].Http();
        using var far = cluster[1].Http();

        var roster = (await far.SendAsync("GET", "/api/v1/rooms/blue-fox/participants")).Expect(HttpStatusCode.OK);
        Assert.Equal(ada.Id, (string?)roster["participants"]![0]!["id"]);
        var room = (await far.SendAsync("GET", "/api/v1/rooms/blue-fox")).Expect(HttpStatusCode.OK);
        Assert.Equal(1, (int)room["participants"]!);
        Assert.Equal(new Uri(cluster[1].Address, "/r/blue-fox").ToString(), (string?)room["url"]);
        Assert.Equal((await near.SendAsync("GET", "/api/v1/rooms/blue-fox")).ETag, room.ETag);

        (await far.SendAsync("PATCH", "/api/v1/rooms/blue-fox", """{"locked":true}""")).ExpectProblem(428, "precondition_required");
        (await far.SendAsync("PATCH", "/api/v1/rooms/blue-fox", """{"locked":true}""", ifMatch: room.ETag)).Expect(HttpStatusCode.OK);
        Assert.True((bool)(await ada.EventAsync("room"))["room"]!["locked"]!);
        (await far.SendAsync("POST", $"/api/v1/rooms/blue-fox/participants/{ada.Id}/mute", """{"kind":"audio"}""")).Expect(HttpStatusCode.NoContent);
        Assert.Equal("audio", (string?)(await ada.EventAsync("muted"))["kind"]);
        (await far.SendAsync("DELETE", "/api/v1/rooms/blue-fox", ifMatch: "*")).Expect(HttpStatusCode.NoContent);
        Assert.Equal("closed", (string?)(await ada.EventAsync("removed"))["reason"]);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_passed_on()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        using var far = cluster[1].Http();
        (await far.SendAsync("PATCH", "/api/v1/rooms/blue-fox", $$"""{"name":"{{new string('x', 300_000)}}"}""", ifMatch: "*")).ExpectProblem(413, "too_large");
    }

    [Fact]
    public async Task A_program_publishes_through_the_wrong_node()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var ada = await SignalClient.OpenAsync(cluster[0], "Ada", "blue-fox");
        using var far = cluster[1].Http();

        var created = (await far.SendAsync("POST", "/whip/blue-fox", Offers.Publish, type: "application/sdp")).Expect(HttpStatusCode.Created);
        Assert.StartsWith("v=0", created.Text);
        Assert.Equal("program", (string?)(await ada.EventAsync("joined"))["participant"]!["kind"]);
        var session = created.Headers.Location!.ToString();
        Assert.Single((await far.SendAsync("GET", "/api/v1/rooms/blue-fox/sessions")).Expect(HttpStatusCode.OK)["sessions"]!.AsArray());
        (await far.SendAsync("DELETE", session)).Expect(HttpStatusCode.OK);
        await ada.EventAsync("left");
        (await far.SendAsync("DELETE", session)).ExpectProblem(404, "not_found");
    }
}
