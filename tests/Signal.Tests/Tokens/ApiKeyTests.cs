using System.Net;

namespace RtcHub.Signal.Tests.Tokens;

public sealed class ApiKeyTests
{
    private const string First = "first-key-of-at-least-32-characters";
    private const string Second = "second-key-of-at-least-32-characters";
    private static readonly string[] Keys = ["Auth:ApiKeys:0=" + First, "Auth:ApiKeys:1=" + Second];

    [Theory]
    [InlineData("GET", "/api/v1/rooms")]
    [InlineData("POST", "/api/v1/rooms")]
    [InlineData("GET", "/api/v1/rooms/blue-fox-42")]
    [InlineData("PUT", "/api/v1/rooms/blue-fox-42")]
    [InlineData("PATCH", "/api/v1/rooms/blue-fox-42")]
    [InlineData("DELETE", "/api/v1/rooms/blue-fox-42")]
    [InlineData("GET", "/api/v1/rooms/blue-fox-42/participants")]
    [InlineData("GET", "/api/v1/rooms/blue-fox-42/participants/k7mq4xtd")]
    [InlineData("DELETE", "/api/v1/rooms/blue-fox-42/participants/k7mq4xtd")]
    [InlineData("POST", "/api/v1/rooms/blue-fox-42/participants/k7mq4xtd/mute")]
    [InlineData("POST", "/api/v1/tokens")]
    [InlineData("GET", "/api/v1/ice-servers")]
    [InlineData("GET", "/metrics")]
    public async Task Without_a_key_nothing_is_done(string method, string path)
    {
        await using var hub = await TestHub.StartAsync(Keys);
        using var http = hub.Http();
        string?[] wrong = [null, "", "Bearer", "Bearer ", "Bearer wrong", First, "Basic " + First, $"Bearer {First}x", $"Bearer {First},{Second}"];
        foreach (var authorization in wrong)
        {
            var answer = (await http.SendAsync(method, path, method == "GET" ? null : "{", key: authorization)).ExpectProblem(401, "unauthorized");
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        }
    }

    [Theory]
    [InlineData("Bearer " + First)]
    [InlineData("bearer " + Second)]
    public async Task Each_key_opens_everything(string authorization)
    {
        await using var hub = await TestHub.StartAsync(Keys);
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", """{"id":"blue-fox-42"}""", key: authorization)).Expect(HttpStatusCode.Created);
        (await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42/participants", key: authorization)).Expect(HttpStatusCode.OK);
        (await http.SendAsync("GET", "/metrics", key: authorization)).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/swagger/index.html")]
    [InlineData("/problems/invalid")]
    public async Task Some_things_never_need_a_key(string path)
    {
        await using var hub = await TestHub.StartAsync(Keys);
        using var http = hub.Http();
        (await http.SendAsync("GET", path)).Expect(HttpStatusCode.OK);
    }
}
