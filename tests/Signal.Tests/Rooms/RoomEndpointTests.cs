using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace RtcHub.Signal.Tests.Rooms;

public sealed class RoomEndpointTests
{
    private const string Fox = "/api/v1/rooms/blue-fox-42";

    [Fact]
    public async Task A_room_is_made_and_read_as_it_was_asked_for()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var made = (await http.SendAsync("POST", "/api/v1/rooms", """
            {"id":"blue-fox-42","name":" Monday ","mode":"p2p","maxParticipants":3,"locked":true,"lobby":true,"passcode":"tulip",
             "metadata":{"course":["Latin",1]},"expiresAt":"2999-01-01T01:00:00+01:00","emptyTimeout":60}
            """)).Expect(HttpStatusCode.Created);
        Assert.Equal(Fox, made.Headers.Location!.OriginalString);
        var read = (await http.SendAsync("GET", Fox)).Expect(HttpStatusCode.OK);
        Assert.Equal(made.ETag, read.ETag);
        Assert.Equal(made.Json!.ToJsonString(), read.Json!.ToJsonString());
        var createdAt = (string)read["createdAt"]!;
        Assert.Equal(TimeSpan.Zero, DateTimeOffset.Parse(createdAt, null).Offset);
        Assert.Equal(
            $$"""
            {"id":"blue-fox-42","name":"Monday","mode":"p2p","maxParticipants":3,"locked":true,"lobby":true,"hasPasscode":true,"metadata":{"course":["Latin",1]},"createdAt":"{{createdAt}}","expiresAt":"2999-01-01T00:00:00+00:00","emptyTimeout":60,"participants":0,"route":null,"url":"{{hub.Address}}r/blue-fox-42"}
            """,
            read.Json!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    public async Task Nothing_need_be_said(string? body)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var made = (await http.SendAsync("POST", "/api/v1/rooms", body)).Expect(HttpStatusCode.Created);
        Assert.Matches("^[a-z]+-[a-z]+-[0-9]{4}$", (string)made["id"]!);
        Assert.Equal("auto", (string)made["mode"]!);
        Assert.Equal(100, (int)made["maxParticipants"]!);
        Assert.False((bool)made["hasPasscode"]!);
    }

    [Fact]
    public async Task An_id_is_used_once()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        await http.MakeRoomAsync("""{"id":"blue-fox-42"}""");
        (await http.SendAsync("POST", "/api/v1/rooms", """{"id":"blue-fox-42"}""")).ExpectProblem(409, "already_exists", "id");
    }

    [Theory]
    [InlineData("""{"id":"ab"}""", "id")]
    [InlineData("""{"id":"-abc"}""", "id")]
    [InlineData("""{"id":"Blue"}""", "id")]
    [InlineData("""{"id":"call-12345"}""", "id")]
    [InlineData("""{"id":7}""", "id")]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":"   "}""", "name")]
    [InlineData("""{"name":"a\u0007b"}""", "name")]
    [InlineData("""{"mode":"P2P"}""", "mode")]
    [InlineData("""{"maxParticipants":1}""", "maxParticipants")]
    [InlineData("""{"maxParticipants":501}""", "maxParticipants")]
    [InlineData("""{"maxParticipants":"4"}""", "maxParticipants")]
    [InlineData("""{"maxParticipants":2.5}""", "maxParticipants")]
    [InlineData("""{"locked":"yes"}""", "locked")]
    [InlineData("""{"lobby":1}""", "lobby")]
    [InlineData("""{"passcode":"abc"}""", "passcode")]
    [InlineData("""{"metadata":[]}""", "metadata")]
    [InlineData("""{"expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"expiresAt":"2999-01-01T00:00:00"}""", "expiresAt")]
    [InlineData("""{"expiresAt":"tomorrow"}""", "expiresAt")]
    [InlineData("""{"emptyTimeout":0}""", "emptyTimeout")]
    [InlineData("""{"emptyTimeout":31536001}""", "emptyTimeout")]
    [InlineData("""{"Name":"typo"}""", "Name")]
    public async Task What_is_wrong_is_named(string body, string field)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var answer = (await http.SendAsync("POST", "/api/v1/rooms", body)).ExpectProblem(400, "invalid", field);
        Assert.Equal([field], answer.Fields);
    }

    [Fact]
    public async Task Everything_wrong_is_told_at_once()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var answer = await http.SendAsync("PUT", "/api/v1/rooms/X", """{"name":5,"lobby":"x","maxParticipants":999,"colour":"red"}""");
        Assert.Equal(["id", "name", "maxParticipants", "lobby", "colour"], answer.ExpectProblem(400, "invalid").Fields);
    }

    [Fact]
    public async Task Metadata_has_a_limit_and_without_a_media_service_no_room_is_there()
    {
        await using var hub = await TestHub.StartAsync("Rooms:MetadataBytes=20", "Sfu:Mode=Off");
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", """{"metadata":{"a":"0123456789abc"}}""")).ExpectProblem(400, "invalid", "metadata");
        await http.MakeRoomAsync("""{"metadata":{"a":"0123456789ab"}}""");
        (await http.SendAsync("POST", "/api/v1/rooms", """{"mode":"sfu"}""")).ExpectProblem(409, "sfu_unavailable", "mode");
    }

    [Fact]
    public async Task A_list_is_walked_page_by_page()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        for (var i = 0; i < 7; i++)
            await http.MakeRoomAsync($$"""{"id":"room-{{i}}"}""");
        var found = new List<string>();
        var path = "/api/v1/rooms?limit=3";
        for (var pages = 1; ; pages++)
        {
            var page = (await http.SendAsync("GET", path)).Expect(HttpStatusCode.OK);
            found.AddRange(page["rooms"]!.AsArray().Select(room => (string)room!["id"]!));
            if (page["next"] is null)
            {
                Assert.False(page.Headers.Contains("Link"));
                Assert.Equal(3, pages);
                break;
            }

            Assert.Equal(found[^1], (string)page["next"]!);
            var link = Assert.Single(page.Headers.GetValues("Link"));
            Assert.EndsWith(">; rel=\"next\"", link, StringComparison.Ordinal);
            path = link[1..link.IndexOf('>', StringComparison.Ordinal)];
        }

        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"room-{i}"), found);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("after=%20", "after")]
    public async Task A_page_that_cannot_be_is_refused(string query, string field)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        (await http.SendAsync("GET", "/api/v1/rooms?" + query)).ExpectProblem(400, "invalid", field);
    }

    [Fact]
    public async Task What_is_known_is_not_sent_again()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var tag = await http.MakeRoomAsync("""{"id":"blue-fox-42"}""");
        Assert.Equal(tag, (await http.SendAsync("GET", Fox, ifNoneMatch: tag)).Expect(HttpStatusCode.NotModified).ETag);
        (await http.SendAsync("GET", Fox, ifNoneMatch: $"W/{tag}, \"x\"")).Expect(HttpStatusCode.NotModified);
        (await http.SendAsync("PATCH", Fox, """{"name":"New"}""", tag)).Expect(HttpStatusCode.OK);
        (await http.SendAsync("GET", Fox, ifNoneMatch: tag)).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("PATCH", """{"name":"New"}""", 200)]
    [InlineData("DELETE", null, 204)]
    [InlineData("PUT", """{"name":"New"}""", 200)]
    public async Task A_change_needs_the_tag_of_what_it_changes(string method, string? body, int done)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var first = await http.MakeRoomAsync("""{"id":"blue-fox-42"}""");
        var tag = (await http.SendAsync("PATCH", Fox, """{"lobby":true}""", first)).Expect(HttpStatusCode.OK).ETag;
        Assert.NotEqual(first, tag);
        (await http.SendAsync(method, Fox, body)).ExpectProblem(428, "precondition_required", "If-Match");
        (await http.SendAsync(method, Fox, body, first)).ExpectProblem(412, "precondition_failed", "If-Match");
        (await http.SendAsync(method, Fox, body, "W/" + tag)).ExpectProblem(412, "precondition_failed", "If-Match");
        (await http.SendAsync(method, Fox, body, "nonsense")).ExpectProblem(400, "invalid", "If-Match");
        (await http.SendAsync(method, Fox, body, $"\"77\", {tag}")).Expect((HttpStatusCode)done);
    }

    [Theory]
    [InlineData("PATCH", """{"name":"New"}""")]
    [InlineData("DELETE", null)]
    public async Task A_star_fits_whatever_there_is_and_nothing_else(string method, string? body)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        (await http.SendAsync(method, Fox, body, "*")).ExpectProblem(404, "not_found", "id");
        await http.MakeRoomAsync("""{"id":"blue-fox-42"}""");
        Assert.True((int)(await http.SendAsync(method, Fox, body, "*")).Status < 300);
    }

    [Fact]
    public async Task Put_can_be_repeated_and_overwrites_nobody()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        const string Wanted = """{"name":"Latin","passcode":"tulip","metadata":{"a":[1,{"b":null}]},"lobby":true}""";
        var made = (await http.SendAsync("PUT", Fox, Wanted)).Expect(HttpStatusCode.Created);
        Assert.Equal(Fox, made.Headers.Location!.OriginalString);
        Assert.Equal(made.ETag, (await http.SendAsync("PUT", Fox, Wanted)).Expect(HttpStatusCode.OK).ETag);
        (await http.SendAsync("PUT", Fox, Wanted.Replace("tulip", "roses", StringComparison.Ordinal))).ExpectProblem(428, "precondition_required");
        (await http.SendAsync("PUT", Fox, Wanted, ifNoneMatch: "*")).ExpectProblem(412, "precondition_failed", "If-None-Match");
        (await http.SendAsync("PUT", "/api/v1/rooms/other", Wanted, ifNoneMatch: "*")).Expect(HttpStatusCode.Created);
        (await http.SendAsync("PUT", "/api/v1/rooms/third", Wanted, ifMatch: "*")).ExpectProblem(412, "precondition_failed", "If-Match");
        var replaced = (await http.SendAsync("PUT", Fox, """{"name":"Greek"}""", made.ETag)).Expect(HttpStatusCode.OK);
        Assert.False((bool)replaced["lobby"]! || (bool)replaced["hasPasscode"]!);
        Assert.Null(replaced["metadata"]);
        Assert.Equal((string)made["createdAt"]!, (string)replaced["createdAt"]!);
    }

    [Fact]
    public async Task Patch_leaves_what_is_absent_and_clears_what_is_null()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var tag = await http.MakeRoomAsync("""
            {"id":"blue-fox-42","name":"Latin","mode":"p2p","maxParticipants":2,"locked":true,"lobby":true,"passcode":"tulip","metadata":{"a":1},"expiresAt":"2999-01-01T00:00:00Z","emptyTimeout":9}
            """);
        var same = (await http.SendAsync("PATCH", Fox, "{}", tag, type: "application/merge-patch+json")).Expect(HttpStatusCode.OK);
        Assert.Equal(("Latin", true, tag), ((string)same["name"]!, (bool)same["hasPasscode"]!, same.ETag));
        var cleared = (await http.SendAsync("PATCH", Fox, """
            {"name":null,"mode":null,"maxParticipants":null,"locked":null,"lobby":null,"passcode":null,"metadata":null,"expiresAt":null,"emptyTimeout":null}
            """, tag)).Expect(HttpStatusCode.OK).Json!;
        foreach (var member in new[] { "name", "metadata", "expiresAt", "emptyTimeout" })
            Assert.Null(cleared[member]);
        Assert.Equal(("auto", 100, false, false, false), ((string)cleared["mode"]!, (int)cleared["maxParticipants"]!, (bool)cleared["locked"]!, (bool)cleared["lobby"]!, (bool)cleared["hasPasscode"]!));
    }

    [Fact]
    public async Task Of_many_changes_at_once_with_one_tag_exactly_one_is_made()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var tag = await http.MakeRoomAsync("""{"id":"blue-fox-42"}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => http.SendAsync("PATCH", Fox, $$"""{"name":"{{i}}"}""", tag)));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(19, answers.Count(answer => answer.Status == HttpStatusCode.PreconditionFailed));
    }

    [Fact]
    public async Task An_expired_room_is_gone_and_its_id_free()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
        await using var hub = await TestHub.StartAsync(time, null);
        using var http = hub.Http();
        await http.MakeRoomAsync("""{"id":"blue-fox-42","expiresAt":"2026-11-23T10:00:00Z"}""");
        time.Advance(TimeSpan.FromHours(1));
        (await http.SendAsync("GET", Fox)).ExpectProblem(404, "not_found");
        (await http.SendAsync("PUT", Fox, "{}")).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task People_in_the_room_see_a_change_and_the_end()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var tag = await http.MakeRoomAsync("""{"id":"blue-fox-42"}""");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42");
        var patched = (await http.SendAsync("PATCH", Fox, """{"name":"Latin","locked":true,"metadata":{"a":1}}""", tag)).Expect(HttpStatusCode.OK);
        var room = (await ada.EventAsync("room"))["room"]!;
        Assert.Equal(("Latin", true, """{"a":1}"""), ((string)room["name"]!, (bool)room["locked"]!, room["metadata"]!.ToJsonString()));
        Assert.Equal(1, (int)patched["participants"]!);

        (await http.SendAsync("DELETE", Fox, ifMatch: patched.ETag)).Expect(HttpStatusCode.NoContent);
        var removed = await ada.EventAsync("removed");
        Assert.Equal(("blue-fox-42", "closed"), ((string)removed["room"]!, (string)removed["reason"]!));
        (await http.SendAsync("GET", Fox)).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task A_passcode_set_over_REST_is_asked_for_and_guessing_is_slow()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
        await using var hub = await TestHub.StartAsync(time, null);
        using var http = hub.Http();
        await http.MakeRoomAsync("""{"id":"blue-fox-42","passcode":"tulip"}""");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada");
        Assert.Equal("passcode_required", await ada.RefusedAsync("join", Join(null)));
        for (var guess = 0; guess < 5; guess++)
            Assert.Equal("passcode_wrong", await ada.RefusedAsync("join", Join("guess")));
        var reply = await ada.RequestAsync("join", Join("tulip"));
        Assert.Equal("passcode_wrong", (string)reply["error"]!["code"]!);
        var wait = (int)reply["error"]!["retryAfterMs"]!;
        Assert.InRange(wait, 1, 1000);
        time.Advance(TimeSpan.FromMilliseconds(wait));
        Assert.Equal("joined", (string)(await ada.DoAsync("join", Join("tulip")))["room"]!["status"]!);
    }

    private static JsonObject Join(string? passcode) => new() { ["room"] = "blue-fox-42", ["passcode"] = passcode };
}
