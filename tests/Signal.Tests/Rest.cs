using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace RtcHub.Signal.Tests;

/// <summary>REST as a program uses it: a request in a line, the answer with what tests look at.</summary>
internal static class Rest
{
    public static async Task<Answer> SendAsync(
        this HttpClient http, string method, string path, string? json = null, string? ifMatch = null, string? ifNoneMatch = null,
        string type = "application/json", string? key = null, string? origin = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (ifNoneMatch is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", key);
        if (origin is not null)
            request.Headers.TryAddWithoutValidation("Origin", origin);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var isJson = response.Content.Headers.ContentType?.MediaType is { } media && media.EndsWith("json", StringComparison.Ordinal);
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers, isJson ? JsonNode.Parse(text)!.AsObject() : null, text);
    }

    /// <summary>Makes a room and returns its ETag.</summary>
    public static async Task<string> MakeRoomAsync(this HttpClient http, string json) =>
        (await http.SendAsync("POST", "/api/v1/rooms", json)).Expect(HttpStatusCode.Created).ETag!;
}

internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, JsonObject? Json, string Text)
{
    public string? ETag => Headers.ETag?.ToString();

    public JsonNode? this[string member] => Json![member];

    /// <summary>Fields that a problem names.</summary>
    public IEnumerable<string> Fields => Json!["errors"]?.AsArray().Select(fault => (string)fault!["field"]!) ?? [];

    public Answer Expect(HttpStatusCode status)
    {
        Assert.True(status == Status, $"{(int)Status} instead of {(int)status}: {Json?.ToJsonString()}");
        return this;
    }

    /// <summary>This is a problem in every respect, and of this kind.</summary>
    public Answer ExpectProblem(int status, string code, string? field = null)
    {
        Expect((HttpStatusCode)status);
        Assert.Equal("application/problem+json", ContentHeaders.ContentType!.MediaType);
        Assert.Equal(code, (string?)Json!["code"]);
        Assert.Equal("/problems/" + code, (string?)Json["type"]);
        Assert.Equal(status, (int)Json["status"]!);
        Assert.NotEmpty((string?)Json["title"] ?? "");
        Assert.NotEmpty((string?)Json["detail"] ?? "");
        Assert.NotEmpty((string?)Json["traceId"] ?? "");
        if (field is not null)
            Assert.Equal(field, (string?)Json["field"]);
        return this;
    }
}
