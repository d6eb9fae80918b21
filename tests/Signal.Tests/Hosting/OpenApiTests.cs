using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RtcHub.Signal.Tests.Hosting;

/// <summary>docs/openapi.json is what the hub serves, and it says all that a programmer needs.</summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    private static readonly string File = Path.Combine(Repository.Root, "docs", "openapi.json");
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private TestHub _hub = null!;
    private JsonObject _document = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync();
        using var http = _hub.Http();
        _document = (await http.SendAsync("GET", "/openapi/v1.json")).Expect(HttpStatusCode.OK).Json!;
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task The_document_in_the_repository_is_the_one_that_is_served()
    {
        var served = _document.ToJsonString(Readable).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("RTCHUB_UPDATE") == "1")
            await System.IO.File.WriteAllTextAsync(File, served, TestContext.Current.CancellationToken);
        var known = await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken);
        Assert.True(known == served, "docs/openapi.json is not what the hub serves. If that is meant, run the tests once with RTCHUB_UPDATE=1 and commit it.");
    }

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        var references = Nodes(_document).Select(node => node["$ref"]).OfType<JsonValue>().Select(value => (string)value!).ToArray();
        Assert.NotEmpty(references);
        foreach (var reference in references)
        {
            JsonNode? at = _document;
            foreach (var step in reference.TrimStart('#', '/').Split('/'))
                at = at?[step];
            Assert.True(at is not null, reference);
        }
    }

    [Fact]
    public void Every_operation_says_what_it_does_with_examples_and_all_its_errors()
    {
        var names = new HashSet<string>();
        foreach (var (path, method, operation) in Operations())
        {
            var where = $"{method} {path}";
            Assert.True(names.Add((string)operation["operationId"]!), where);
            Assert.False(string.IsNullOrWhiteSpace((string?)operation["summary"]), where);
            Assert.False(string.IsNullOrWhiteSpace((string?)operation["description"]), where);
            Assert.NotEmpty(operation["tags"]!.AsArray());
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                Assert.False(string.IsNullOrWhiteSpace((string?)parameter!["description"]), $"{where} {parameter["name"]}");
            foreach (var content in operation["requestBody"]?["content"]?.AsObject() ?? [])
                Assert.True(content.Value!["example"] is not null, where);
            foreach (var (status, response) in operation["responses"]!.AsObject())
            {
                Assert.False(string.IsNullOrWhiteSpace((string?)response!["description"]), $"{where} {status}");
                foreach (var (type, content) in response["content"]?.AsObject() ?? [])
                {
                    Assert.True((content!["example"] ?? content["examples"]) is not null, $"{where} {status}");
                    Assert.Equal(int.Parse(status, null) >= 400, type == "application/problem+json");
                }
            }

            if (!path.StartsWith("/api/", StringComparison.Ordinal))
                continue;
            Assert.True(operation["responses"]!["401"] is not null && operation["responses"]!["500"] is not null, where);
            Assert.NotNull(operation["security"]);
            if (operation["requestBody"] is not null)
                Assert.True(operation["responses"]!["413"] is not null && operation["responses"]!["415"] is not null, where);
        }
    }

    [Fact]
    public void Every_member_of_every_schema_is_described()
    {
        foreach (var (name, schema) in _document["components"]!["schemas"]!.AsObject())
        {
            Assert.False(string.IsNullOrWhiteSpace((string?)schema!["description"]), name);
            foreach (var (member, described) in schema["properties"]!.AsObject())
            {
                var text = described!["description"] ?? described["oneOf"]?.AsArray().Select(one => one!["description"]).FirstOrDefault(d => d is not null);
                Assert.False(string.IsNullOrWhiteSpace((string?)(text ?? Target(described)?["description"])), $"{name}.{member}");
            }
        }
    }

    [Fact]
    public async Task Examples_of_requests_are_accepted()
    {
        using var http = _hub.Http();
        var room = _document["paths"]!["/api/v1/rooms"]!["post"]!["requestBody"]!["content"]!["application/json"]!["example"]!;
        var made = (await http.SendAsync("POST", "/api/v1/rooms", room.ToJsonString())).Expect(HttpStatusCode.Created);
        var one = $"/api/v1/rooms/{room["id"]}";
        foreach (var method in new[] { "put", "patch" })
        {
            var example = _document["paths"]!["/api/v1/rooms/{id}"]![method]!["requestBody"]!["content"]!["application/json"]!["example"]!;
            (await http.SendAsync(method.ToUpperInvariant(), one, example.ToJsonString(), "*")).Expect(HttpStatusCode.OK);
        }

        var schema = _document["components"]!["schemas"]!["Room"]!["properties"]!.AsObject();
        Assert.Equal(made.Json!.Select(member => member.Key).Order(), schema.Select(member => member.Key).Order());
    }

    [Fact]
    public async Task Every_member_of_an_input_is_one_that_the_hub_reads()
    {
        using var http = _hub.Http();
        var members = _document["components"]!["schemas"]!["NewRoom"]!["properties"]!.AsObject().Select(member => member.Key).ToArray();
        var body = new JsonObject(members.Select(member => KeyValuePair.Create<string, JsonNode?>(member, new JsonArray())));
        var answer = (await http.SendAsync("POST", "/api/v1/rooms", body.ToJsonString())).ExpectProblem(400, "invalid");
        Assert.Equal(members.Order(), answer.Fields.Order());
        Assert.DoesNotContain("not known here", answer.Json!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Swagger_shows_it_under_a_policy_that_lets_it_work()
    {
        using var http = _hub.Http();
        using var page = await http.GetAsync(new Uri("/swagger/index.html", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("connect-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
    }

    private IEnumerable<(string Path, string Method, JsonNode Operation)> Operations() =>
        from path in _document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key, operation.Value!);

    private JsonNode? Target(JsonNode node) => (string?)node["$ref"] is { } reference ? _document["components"]!["schemas"]![reference.Split('/')[^1]] : null;

    private static IEnumerable<JsonObject> Nodes(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(member => Nodes(member.Value)).Prepend(o),
        JsonArray a => a.SelectMany(Nodes),
        _ => [],
    };
}
