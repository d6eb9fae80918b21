using System.Net;
using System.Text.Json.Nodes;

namespace RtcHub.Signal.Tests.Rooms;

public sealed class ParticipantEndpointTests
{
    private const string Path = "/api/v1/rooms/blue-fox-42/participants";

    [Fact]
    public async Task Who_is_there_is_shown_as_the_others_see_it()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        await http.MakeRoomAsync("""{"id":"blue-fox-42"}""");
        Assert.Empty((await http.SendAsync("GET", Path)).Expect(HttpStatusCode.OK)["participants"]!.AsArray());
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42");
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", "blue-fox-42");
        var listed = (await http.SendAsync("GET", Path)).Expect(HttpStatusCode.OK)["participants"]!;
        foreach (var (seen, shown) in bo.Opened["d"]!["room"]!["participants"]!.AsArray().Zip(listed.AsArray()))
        {
            Assert.Equal("""{"topology":"mesh","connections":[]}""", shown!["path"]!.ToJsonString());
            Assert.All(seen!.AsObject(), member => Assert.Equal(member.Value?.ToJsonString(), shown[member.Key]?.ToJsonString()));
        }

        var one = (await http.SendAsync("GET", $"{Path}/{bo.Id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(listed[1]!.ToJsonString(), one.Json!.ToJsonString());
        (await http.SendAsync("GET", $"{Path}/nobody22")).ExpectProblem(404, "not_found", "participant");
        (await http.SendAsync("GET", "/api/v1/rooms/none/participants")).ExpectProblem(404, "not_found", "id");
    }

    [Fact]
    public async Task Somebody_is_removed()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42");
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", "blue-fox-42");
        (await http.SendAsync("DELETE", $"{Path}/{bo.Id}")).Expect(HttpStatusCode.NoContent);
        Assert.Equal("kicked", (string)(await bo.EventAsync("removed"))["reason"]!);
        Assert.Equal((bo.Id, "kicked"), await LeftAsync(ada));
        Assert.Equal("forbidden", await bo.RefusedAsync("join", new JsonObject { ["room"] = "blue-fox-42" }));
        (await http.SendAsync("DELETE", $"{Path}/{bo.Id}")).ExpectProblem(404, "not_found", "participant");
    }

    [Fact]
    public async Task Somebody_is_muted()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42");
        await ada.DoAsync("media", new JsonObject { ["audio"] = true, ["video"] = true });
        var mute = $"{Path}/{ada.Id}/mute";
        (await http.SendAsync("POST", mute, """{"kind":"audio"}""")).Expect(HttpStatusCode.NoContent);
        Assert.Equal("audio", (string)(await ada.EventAsync("muted"))["kind"]!);
        var now = (await http.SendAsync("GET", $"{Path}/{ada.Id}")).Json!;
        Assert.Equal((false, true), ((bool)now["media"]!["audio"]!, (bool)now["media"]!["video"]!));
        Assert.Equal("api", (string)now["mutedBy"]!["audio"]!);
        foreach (var body in new[] { "{}", """{"kind":"screen"}""", """{"kind":null}""", """{"kind":1}""" })
            (await http.SendAsync("POST", mute, body)).ExpectProblem(400, "invalid", "kind");
        (await http.SendAsync("POST", mute, """{"kind":"audio","loud":1}""")).ExpectProblem(400, "invalid", "loud");
        (await http.SendAsync("POST", $"{Path}/nobody22/mute", """{"kind":"audio"}""")).ExpectProblem(404, "not_found", "participant");
    }

    private static async Task<(string, string)> LeftAsync(SignalClient client)
    {
        var left = await client.EventAsync("left");
        return ((string)left["id"]!, (string)left["reason"]!);
    }
}
