using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace RtcHub.Signal.Tests.Tokens;

/// <summary>Tokens from REST, and what they open on the WebSocket.</summary>
public sealed class TokenEndpointTests
{
    private const string Key = "first-key-of-at-least-32-characters";
    private const string Setting = "Auth:ApiKeys:0=" + Key;
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task An_open_hub_has_no_tokens_and_says_why()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var answer = (await http.SendAsync("POST", "/api/v1/tokens", "{}")).ExpectProblem(409, "conflict");
        Assert.Contains("Auth:ApiKeys", (string)answer["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_says_what_was_asked_for()
    {
        await using var hub = await TestHub.StartAsync(new FakeTimeProvider(Start), null, Setting);
        var answer = await MintAsync(hub, """{"room":"blue-fox-42","identity":"u17","name":"Ada","publish":false,"moderate":true,"ttlSeconds":600}""");
        Assert.Equal(Start.AddSeconds(600), (DateTimeOffset)answer["expiresAt"]!);
        Assert.Equal(
            """{"room":"blue-fox-42","join":true,"publish":false,"subscribe":true,"data":true,"moderate":true}""", answer["grants"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"room":"X"}""", "room")]
    [InlineData("""{"ttlSeconds":9}""", "ttlSeconds")]
    [InlineData("""{"ttlSeconds":86401}""", "ttlSeconds")]
    [InlineData("""{"moderate":"yes"}""", "moderate")]
    [InlineData("""{"identity":""}""", "identity")]
    [InlineData("""{"admin":true}""", "admin")]
    public async Task What_is_wrong_is_named(string body, string field)
    {
        await using var hub = await TestHub.StartAsync(Setting);
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/tokens", body, key: "Bearer " + Key)).ExpectProblem(400, "invalid", field);
    }

    [Fact]
    public async Task A_token_opens_its_room_and_no_other()
    {
        await using var hub = await TestHub.StartAsync(Setting);
        var token = (string)(await MintAsync(hub, """{"room":"blue-fox-42","name":"Ada"}"""))["token"]!;
        await using var ada = await SignalClient.OpenAsync(hub, "", "red-fox-42", token: token);
        Assert.Equal("forbidden", (string)ada.Opened["d"]!["refused"]!["code"]!);
        var joined = await ada.DoAsync("join", new JsonObject { ["room"] = "blue-fox-42" });
        var me = Assert.Single(joined["room"]!["participants"]!.AsArray())!;
        Assert.Equal(("Ada", "participant"), ((string)me["name"]!, (string)me["role"]!));
    }

    [Fact]
    public async Task Nobody_comes_in_without_a_token_of_this_hub()
    {
        await using var hub = await TestHub.StartAsync(Setting);
        await using var other = await TestHub.StartAsync("Auth:ApiKeys:0=another-key-of-at-least-32-characters");
        var good = (string)(await MintAsync(hub, "{}"))["token"]!;
        var parts = good.Split('.');
        string?[] tokens =
        [
            null, "", "nonsense", good[..^2], (string)(await MintAsync(other, "{}", "another-key-of-at-least-32-characters"))["token"]!,
            $"{Base64Url("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.", $"{parts[0]}.{Base64Url("""{"iss":"rtchub","exp":4000000000,"grants":{"moderate":true}}""")}.{parts[2]}",
        ];
        foreach (var token in tokens)
        {
            await using var client = await SignalClient.ConnectAsync(hub);
            await client.HelloAsync(new JsonObject { ["name"] = "Eve", ["token"] = token });
            Assert.Equal("unauthorized", (string)client.Opened["d"]!["code"]!);
            Assert.Equal(4001, await client.ClosedAsync());
        }
    }

    [Fact]
    public async Task Grants_are_kept_to()
    {
        await using var hub = await TestHub.StartAsync(Setting);
        var silent = (string)(await MintAsync(hub, """{"data":false}"""))["token"]!;
        var chair = (string)(await MintAsync(hub, """{"moderate":true}"""))["token"]!;
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42", token: silent);
        Assert.Equal("forbidden", await ada.RefusedAsync("chat", new JsonObject { ["text"] = "hello" }));
        Assert.Equal("forbidden", await ada.RefusedAsync("data", new JsonObject()));
        Assert.Equal("forbidden", await ada.RefusedAsync("lock", new JsonObject { ["locked"] = true }));
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", "blue-fox-42", token: chair);
        await bo.DoAsync("lock", new JsonObject { ["locked"] = true });
        var roles = bo.Opened["d"]!["room"]!["participants"]!.AsArray().ToDictionary(p => (string)p!["name"]!, p => (string)p!["role"]!);
        Assert.Equal(("participant", "moderator"), (roles["Ada"], roles["Bo"]));
    }

    [Fact]
    public async Task An_expired_token_opens_nothing()
    {
        var time = new FakeTimeProvider(Start);
        await using var hub = await TestHub.StartAsync(time, null, Setting);
        var token = (string)(await MintAsync(hub, """{"ttlSeconds":60}"""))["token"]!;
        time.Advance(TimeSpan.FromSeconds(91)); // clocks may differ by 30 s
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", token: token);
        Assert.Equal("unauthorized", (string)ada.Opened["d"]!["code"]!);
        Assert.Equal(4001, await ada.ClosedAsync());
    }

    [Fact]
    public async Task Half_way_through_its_life_a_token_is_followed_by_a_newer_one()
    {
        var time = new FakeTimeProvider(Start);
        await using var hub = await TestHub.StartAsync(time, null, Setting);
        var token = (string)(await MintAsync(hub, """{"ttlSeconds":20,"moderate":true}"""))["token"]!;
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42", token: token);
        hub.Advance(TimeSpan.FromSeconds(10));
        var renewed = await ada.EventAsync("token");
        Assert.Equal(Start.AddSeconds(30), (DateTimeOffset)renewed["expiresAt"]!);
        await using var bo = await SignalClient.OpenAsync(hub, "Bo", "blue-fox-42", token: (string)renewed["token"]!);
        Assert.True((bool)bo.Opened["d"]!["self"]!["grants"]!["moderate"]!);
    }

    [Fact]
    public async Task Coming_back_after_the_token_has_ended_needs_a_newer_one()
    {
        var time = new FakeTimeProvider(Start);
        await using var hub = await TestHub.StartAsync(time, null, Setting);
        var token = (string)(await MintAsync(hub, """{"ttlSeconds":20}"""))["token"]!;
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", token: token);
        await ada.DropAsync();
        time.Advance(TimeSpan.FromSeconds(55));
        await using (var late = await SignalClient.ResumeAsync(hub, ada, token: token))
            Assert.Equal(4001, await late.ClosedAsync());
        var newer = (string)(await MintAsync(hub, """{"ttlSeconds":20}"""))["token"]!;
        await using var back = await SignalClient.ResumeAsync(hub, ada, token: newer);
        Assert.Equal("resumed", back.Type);
    }

    [Fact]
    public async Task Who_was_kicked_over_REST_stays_out_under_any_token_of_that_identity()
    {
        await using var hub = await TestHub.StartAsync(Setting);
        using var http = hub.Http();
        var token = (string)(await MintAsync(hub, """{"identity":"u17"}"""))["token"]!;
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42", token: token);
        (await http.SendAsync("DELETE", $"/api/v1/rooms/blue-fox-42/participants/{ada.Id}", key: "Bearer " + Key)).Expect(HttpStatusCode.NoContent);
        Assert.Equal("kicked", (string)(await ada.EventAsync("removed"))["reason"]!);
        var other = (string)(await MintAsync(hub, """{"identity":"u17"}"""))["token"]!;
        await using var again = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42", token: other);
        Assert.Equal("forbidden", (string)again.Opened["d"]!["refused"]!["code"]!);
    }

    private static async Task<Answer> MintAsync(TestHub hub, string body, string key = Key)
    {
        using var http = hub.Http();
        return (await http.SendAsync("POST", "/api/v1/tokens", body, key: "Bearer " + key)).Expect(HttpStatusCode.Created);
    }

    private static string Base64Url(string json) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
