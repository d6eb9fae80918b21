using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace RtcHub.Signal.Tests.Security;

/// <summary>What somebody without a key learns of a hub, and for how long they hold what is its.</summary>
public sealed class OutsiderTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/api/v1/rooms/{0}", null, "application/json")]
    [InlineData("DELETE", "/api/v1/rooms/{0}", null, "application/json")]
    [InlineData("GET", "/api/v1/rooms/{0}/participants", null, "application/json")]
    [InlineData("PUT", "/api/v1/rooms/{0}", "{}", "application/json")]
    [InlineData("POST", "/whip/{0}", "v=0", "application/sdp")]
    [InlineData("POST", "/whep/{0}", "v=0", "application/sdp")]
    public async Task A_room_that_is_there_answers_as_one_that_is_not(string method, string path, string? body, string type)
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", """{"id":"secret-plans"}""", key: $"Bearer {Key}")).Expect(System.Net.HttpStatusCode.Created);
        var there = await http.SendAsync(method, string.Format(System.Globalization.CultureInfo.InvariantCulture, path, "secret-plans"), body, type: type);
        var missing = await http.SendAsync(method, string.Format(System.Globalization.CultureInfo.InvariantCulture, path, "nothing-there"), body, type: type);
        there.ExpectProblem(401, "unauthorized");
        Assert.Equal(Comparable(missing), Comparable(there));
    }

    [Fact]
    public async Task A_token_for_one_room_says_nothing_of_others()
    {
        await using var hub = await TestHub.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = hub.Http();
        foreach (var room in new[] { "mine", "secret-plans" })
            (await http.SendAsync("POST", "/api/v1/rooms", $$"""{"id":"{{room}}"}""", key: $"Bearer {Key}")).Expect(System.Net.HttpStatusCode.Created);
        var token = (string)(await http.SendAsync("POST", "/api/v1/tokens", """{"room":"mine","identity":"eve"}""", key: $"Bearer {Key}"))["token"]!;
        await using var eve = await SignalClient.OpenAsync(hub, "Eve", token: token);
        var there = await eve.RefusedAsync("join", new JsonObject { ["room"] = "secret-plans" });
        var missing = await eve.RefusedAsync("join", new JsonObject { ["room"] = "nothing-there" });
        Assert.Equal(missing, there);
    }

    /// <remarks>Kestrel's own clock: it takes as long as it takes, and other tests run meanwhile.</remarks>
    [Theory(Timeout = 60_000)]
    [InlineData("GET / HTTP/1.1\r\nHost: hub\r\nX-Slow: ")]
    [InlineData("POST /api/v1/rooms HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")]
    public async Task Who_never_finishes_a_request_is_not_waited_for(string beginning)
    {
        await using var hub = await TestHub.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(hub.Address.Host, hub.Address.Port, Cancel);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning), Cancel);
        var said = new MemoryStream();
        try
        {
            // Until it is closed.
            await stream.CopyToAsync(said, Cancel);
        }
        catch (IOException)
        {
        }

        Assert.DoesNotContain("HTTP/1.1 2", Encoding.ASCII.GetString(said.ToArray()), StringComparison.Ordinal);
    }

    private static string Comparable(Answer answer)
    {
        var json = answer.Json!.DeepClone().AsObject();
        json.Remove("traceId");
        json.Remove("instance");
        return $"{answer.Status} {json.ToJsonString()}";
    }
}
