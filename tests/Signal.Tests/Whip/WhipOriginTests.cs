using System.Net;
using RtcHub.Sfu.Tests.Control;

namespace RtcHub.Signal.Tests.Whip;

/// <summary>Which pages may publish and play.</summary>
public sealed class WhipOriginTests
{
    private const string Sdp = "application/sdp";
    private const string Foreign = "https://app.example.org";
    private static readonly string Key = new('k', 32);

    [Fact]
    public async Task With_keys_any_page_may_ask_and_is_shown_the_answer()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        var asked = (await http.SendAsync("OPTIONS", "/whip/blue-fox-42", origin: Foreign)).Expect(HttpStatusCode.NoContent);
        Assert.Equal("*", Header(asked, "Access-Control-Allow-Origin"));
        Assert.Contains("POST", Header(asked, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Equal("Authorization, Content-Type, If-Match", Header(asked, "Access-Control-Allow-Headers"));
        var session = (await http.SendAsync("OPTIONS", "/whip/blue-fox-42/x", origin: Foreign)).Expect(HttpStatusCode.NoContent);
        Assert.Contains("PATCH, DELETE", Header(session, "Access-Control-Allow-Methods"), StringComparison.Ordinal);

        var made = (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp, key: $"Bearer {Key}", origin: Foreign)).Expect(HttpStatusCode.Created);
        Assert.Equal("*", Header(made, "Access-Control-Allow-Origin"));
        foreach (var name in new[] { "Location", "ETag", "Link", "Retry-After" })
            Assert.Contains(name, Header(made, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_shown_to_pages_too()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        foreach (var (method, path, status) in new[] { ("POST", "/whip/blue-fox-42", 401), ("PUT", "/whep/blue-fox-42", 405), ("GET", "/whip/blue-fox-42/x", 404) })
        {
            var refused = await http.SendAsync(method, path, method == "POST" ? Offers.Publish : null, type: Sdp, origin: Foreign);
            Assert.Equal((HttpStatusCode)status, refused.Status);
            Assert.Equal("*", Header(refused, "Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task An_open_hub_serves_its_own_pages_and_those_that_it_was_told_of()
    {
        await using var hub = await TestHub.StartAsync("Signal:AllowedOrigins:0=https://friend.example");
        using var http = hub.Http();
        foreach (var method in new[] { "OPTIONS", "POST" })
        {
            var refused = (await http.SendAsync(method, "/whip/blue-fox-42", method == "POST" ? Offers.Publish : null, type: Sdp, origin: Foreign)).ExpectProblem(403, "forbidden");
            Assert.False(refused.Headers.Contains("Access-Control-Allow-Origin"));
        }

        foreach (var origin in new[] { hub.Address.GetLeftPart(UriPartial.Authority), "https://friend.example", null })
            (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp, origin: origin)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Nothing_else_of_the_hub_is_shown_to_foreign_pages()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        foreach (var path in new[] { "/api/v1/rooms", "/whipped", "/" })
            Assert.False((await http.SendAsync("GET", path, key: $"Bearer {Key}", origin: Foreign)).Headers.Contains("Access-Control-Allow-Origin"));
    }

    private static string Header(Answer answer, string name) => Assert.Single(answer.Headers.GetValues(name));
}
