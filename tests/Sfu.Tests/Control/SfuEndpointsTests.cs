using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Tests.Control;

/// <summary>The control API as whoever may or may not use it sees it.</summary>
public sealed class SfuEndpointsTests : IAsyncLifetime
{
    private readonly RecordingSfu _sfu = new();
    private SfuService _service = null!;
    private HttpClient _http = null!;

    public static TheoryData<string, string> Routes =>
        new()
        {
            { "POST", "/sfu/v1/transports" }, { "POST", "/sfu/v1/offers" }, { "PUT", "/sfu/v1/transports/0-abc/answer" }, { "PATCH", "/sfu/v1/transports/0-abc/slots" },
            { "PATCH", "/sfu/v1/transports/0-abc/ice" }, { "DELETE", "/sfu/v1/transports/0-abc" }, { "PUT", "/sfu/v1/tracks/muted?id=x" }, { "GET", "/sfu/v1/rooms?id=x" },
            { "DELETE", "/sfu/v1/rooms?id=x" }, { "GET", "/sfu/v1/status" }, { "GET", "/sfu/v1/events" }, { "GET", "/metrics" },
        };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _service = await SfuService.StartAsync(_sfu);
        _http = new HttpClient { BaseAddress = _service.Address };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _service.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Nothing_is_done_without_the_secret(string method, string path)
    {
        foreach (var wrong in new[] { null, "Bearer", "Bearer x", $"Basic {SfuService.Secret}", $"Bearer {SfuService.Secret}x" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (wrong is not null) request.Headers.TryAddWithoutValidation("Authorization", wrong);
            using var response = await _http.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        Assert.Empty(_sfu.Asked);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task No_page_may_ask_even_with_the_secret(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", SfuService.Secret);
        request.Headers.TryAddWithoutValidation("Origin", "https://evil.example");
        using var response = await _http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Empty(_sfu.Asked);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("192.0.2.7", false)]
    [InlineData(null, false)]
    public async Task Without_a_secret_this_machine_alone_may_ask(string? from, bool may)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = from is null ? null : IPAddress.Parse(from);
        var door = new ControlDoor(Options.Create(new ControlOptions()));
        var done = await door.InvokeAsync(EndpointFilterInvocationContext.Create(context), _ => new(Reply.Done));
        Assert.Equal(may, done == (object)Reply.Done);
    }

    [Theory]
    [InlineData("POST", "transports", "")]
    [InlineData("POST", "transports", "null")]
    [InlineData("POST", "transports", "{}")]
    [InlineData("POST", "transports", """{"room":null,"participant":"Ada","sdp":""}""")]
    [InlineData("POST", "transports", """{"room":"r","participant":"Ada"}""")]
    [InlineData("POST", "offers", """{"room":"r","participant":"Ada","audioSlots":"1","videoSlots":1}""")]
    [InlineData("PATCH", "transports/0-abc/slots", """{"slots":[null]""")]
    [InlineData("PUT", "tracks/muted?id=x", """{"muted":1}""")]
    public async Task A_body_that_cannot_be_read_is_invalid(string method, string path, string json)
    {
        var reply = await SendAsync(method, path, json);
        Assert.Equal((400, "Invalid"), (reply.Status, (string)reply.Json!["error"]!));
        Assert.Empty(_sfu.Asked);
    }

    [Fact]
    public async Task The_same_key_is_the_same_request()
    {
        const string Room = """{"room":"r","participant":"Ada","sdp":"v=0"}""";
        var first = await SendAsync("POST", "transports", Room, key: "one");
        var again = await SendAsync("POST", "transports", Room, key: "one");
        await SendAsync("POST", "transports", Room, key: "two");
        await SendAsync("POST", "transports", Room);
        await SendAsync("POST", "transports", Room);
        Assert.Equal((201, first.Json!.ToJsonString()), (again.Status, again.Json!.ToJsonString()));
        Assert.Equal(4, _sfu.Asked.Count);
        Assert.Equal(400, (await SendAsync("POST", "transports", Room, key: new string('k', 65))).Status);
    }

    [Fact]
    public async Task Keys_are_forgotten_in_time()
    {
        var time = new FakeTimeProvider();
        var requests = new RepeatedRequests(time);
        var done = 0;
        for (var i = 0; i < 3; i++) await requests.OnceAsync("one", DoAsync);
        Assert.Equal(1, done);
        time.Advance(RepeatedRequests.Memory + TimeSpan.FromMilliseconds(1));
        await requests.OnceAsync("one", DoAsync);
        Assert.Equal(2, done);

        Task<Reply> DoAsync()
        {
            done++;
            return Task.FromResult(Reply.Done);
        }
    }

    [Fact]
    public async Task Health_needs_no_secret()
    {
        Assert.Equal("""{"status":"alive"}""", await _http.GetStringAsync(new Uri("/healthz", UriKind.Relative), Cancel));
        Assert.Equal("""{"status":"ready"}""", await _http.GetStringAsync(new Uri("/readyz", UriKind.Relative), Cancel));
    }

    private async Task<(int Status, JsonNode? Json)> SendAsync(string method, string path, string json, string? key = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/sfu/v1/" + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", SfuService.Secret);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request, Cancel);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel)));
    }
}
