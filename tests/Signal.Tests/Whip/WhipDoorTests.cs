using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Sfu.Tests.Control;

namespace RtcHub.Signal.Tests.Whip;

/// <summary>Who may publish and who may play.</summary>
public sealed class WhipDoorTests
{
    private const string Sdp = "application/sdp";
    private static readonly string Key = new('k', 32);
    private static readonly string Bearer = $"Bearer {Key}";

    [Fact]
    public async Task A_hub_with_keys_asks_for_a_token()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        foreach (var nothing in new[] { null, "Bearer nonsense", $"Basic {Key}" })
        {
            var refused = (await PostAsync(http, "whip", nothing)).ExpectProblem(401, "unauthorized");
            Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.Single().Scheme);
        }

        (await PostAsync(http, "whip", Bearer)).Expect(HttpStatusCode.Created);
        (await PostAsync(http, "whip", await TokenAsync(http, """{"room":"blue-fox-42"}"""))).Expect(HttpStatusCode.Created);
        (await PostAsync(http, "whip", await TokenAsync(http, "{}"))).Expect(HttpStatusCode.Created);
        (await PostAsync(http, "whip", await TokenAsync(http, """{"room":"red-fox-42"}"""))).ExpectProblem(403, "forbidden");
        (await PostAsync(http, "whip", await TokenAsync(http, """{"join":false}"""))).ExpectProblem(403, "forbidden");
    }

    [Fact]
    public async Task Publishing_and_playing_are_two_grants()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        var publisher = await TokenAsync(http, """{"subscribe":false}""");
        var player = await TokenAsync(http, """{"publish":false}""");
        (await PostAsync(http, "whip", player)).ExpectProblem(403, "forbidden");
        (await PostAsync(http, "whip", publisher)).Expect(HttpStatusCode.Created);
        (await PostAsync(http, "whep", publisher)).ExpectProblem(403, "forbidden");
        (await PostAsync(http, "whep", player)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_session_needs_its_token_too()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var hub = await TestHub.StartAsync(time, null, new RecordingSfu(), $"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        var own = await TokenAsync(http, """{"room":"blue-fox-42","ttlSeconds":60}""");
        var path = (await PostAsync(http, "whip", own)).Expect(HttpStatusCode.Created).Headers.Location!.OriginalString;
        foreach (var method in new[] { "GET", "DELETE", "PATCH" })
        {
            (await http.SendAsync(method, path, ifMatch: "*")).ExpectProblem(401, "unauthorized");
            (await http.SendAsync(method, path, ifMatch: "*", key: await TokenAsync(http, """{"room":"red-fox-42"}"""))).ExpectProblem(403, "forbidden");
        }

        (await http.SendAsync("GET", path, key: Bearer)).Expect(HttpStatusCode.NoContent);
        hub.Advance(TimeSpan.FromMinutes(5));
        (await PostAsync(http, "whip", own)).ExpectProblem(401, "unauthorized");
        (await http.SendAsync("DELETE", path, key: own)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_locked_room_is_for_moderators()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", """{"id":"blue-fox-42","locked":true}""", key: Bearer)).Expect(HttpStatusCode.Created);
        (await PostAsync(http, "whip", await TokenAsync(http, """{"room":"blue-fox-42"}"""))).ExpectProblem(403, "room_locked");
        (await PostAsync(http, "whip", await TokenAsync(http, """{"moderate":true}"""))).Expect(HttpStatusCode.Created);
        (await PostAsync(http, "whep", Bearer)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_lobby_lets_those_pass_who_were_invited_to_this_very_room()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", """{"id":"blue-fox-42","lobby":true}""", key: Bearer)).Expect(HttpStatusCode.Created);
        (await PostAsync(http, "whip", await TokenAsync(http, "{}"))).ExpectProblem(403, "forbidden");
        (await PostAsync(http, "whip", await TokenAsync(http, """{"room":"blue-fox-42"}"""))).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task On_an_open_hub_the_passcode_is_the_token()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        await http.MakeRoomAsync("""{"id":"blue-fox-42","passcode":"tulip"}""");
        (await PostAsync(http, "whip", null)).ExpectProblem(401, "passcode_required");
        (await PostAsync(http, "whip", "Bearer rose")).ExpectProblem(401, "passcode_wrong");
        (await PostAsync(http, "whip", "Bearer tulip")).Expect(HttpStatusCode.Created);
        for (var i = 0; i < 4; i++)
            (await PostAsync(http, "whep", "Bearer rose")).ExpectProblem(401, "passcode_wrong");
        Assert.NotNull((await PostAsync(http, "whep", "Bearer tulip")).ExpectProblem(401, "passcode_wrong").Headers.RetryAfter);
    }

    [Fact]
    public async Task With_keys_a_room_with_a_passcode_needs_a_token_for_it()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", """{"id":"blue-fox-42","passcode":"tulip"}""", key: Bearer)).Expect(HttpStatusCode.Created);
        (await PostAsync(http, "whip", await TokenAsync(http, "{}"))).ExpectProblem(401, "passcode_required");
        (await PostAsync(http, "whip", await TokenAsync(http, """{"room":"blue-fox-42"}"""))).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Publishers_take_the_places_of_people_and_an_audience_takes_none()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        await http.MakeRoomAsync("""{"id":"blue-fox-42","maxParticipants":2}""");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42");
        var publisher = (await PostAsync(http, "whip")).Expect(HttpStatusCode.Created);
        (await PostAsync(http, "whip")).ExpectProblem(409, "room_full");
        for (var i = 0; i < 3; i++)
            (await PostAsync(http, "whep")).Expect(HttpStatusCode.Created);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo");
        Assert.Equal("room_full", await bo.RefusedAsync("join", new JsonObject { ["room"] = "blue-fox-42" }));
        (await http.SendAsync("DELETE", publisher.Headers.Location!.OriginalString)).Expect(HttpStatusCode.OK);
        await bo.DoAsync("join", new JsonObject { ["room"] = "blue-fox-42" });
    }

    [Fact]
    public async Task A_refusal_of_the_media_service_leaves_no_place_taken()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        await http.MakeRoomAsync("""{"id":"blue-fox-42","maxParticipants":2}""");
        for (var i = 0; i < 3; i++)
            (await PostAsync(http, "whip", offer: Offers.Publish.Replace("a=fingerprint", "a=fingerprints", StringComparison.Ordinal))).ExpectProblem(400, "invalid");
        for (var i = 0; i < 3; i++)
            (await PostAsync(http, "whip", offer: Offers.Play)).ExpectProblem(400, "invalid");
        for (var i = 0; i < 2; i++)
            (await PostAsync(http, "whip")).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Somebody_who_was_removed_does_not_come_back_as_a_program()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        var token = await TokenAsync(http, """{"identity":"ada@example.org"}""");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42", token: token["Bearer ".Length..]);
        (await http.SendAsync("DELETE", $"/api/v1/rooms/blue-fox-42/participants/{ada.Id}", key: Bearer)).Expect(HttpStatusCode.NoContent);
        (await PostAsync(http, "whip", token)).ExpectProblem(403, "forbidden");
    }

    [Fact]
    public async Task A_room_that_has_expired_is_gone()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero));
        await using var hub = await TestHub.StartAsync(time, null, new RecordingSfu());
        using var http = hub.Http();
        await http.MakeRoomAsync("""{"id":"blue-fox-42","expiresAt":"2026-11-23T09:01:00Z"}""");
        time.Advance(TimeSpan.FromMinutes(2));
        foreach (var kind in new[] { "whip", "whep" })
            (await PostAsync(http, kind)).ExpectProblem(410, "room_closed");
    }

    [Fact]
    public async Task Where_joining_makes_no_rooms_publishing_does_not_either()
    {
        await using var hub = await TestHub.StartAsync("Rooms:CreateOnJoin=false");
        using var http = hub.Http();
        foreach (var kind in new[] { "whip", "whep" })
            (await PostAsync(http, kind)).ExpectProblem(404, "not_found", "room");
        await http.MakeRoomAsync("""{"id":"blue-fox-42"}""");
        (await PostAsync(http, "whep")).ExpectProblem(409, "nothing_to_play");
        (await PostAsync(http, "whip")).Expect(HttpStatusCode.Created);
    }

    private static Task<Answer> PostAsync(HttpClient http, string kind, string? authorization = null, string? offer = null) =>
        http.SendAsync("POST", $"/{kind}/blue-fox-42", offer ?? (kind == "whip" ? Offers.Publish : Offers.Play), type: Sdp, key: authorization);

    private static async Task<string> TokenAsync(HttpClient http, string wish) =>
        $"Bearer {(await http.SendAsync("POST", "/api/v1/tokens", wish, key: Bearer)).Expect(HttpStatusCode.Created)["token"]}";
}
