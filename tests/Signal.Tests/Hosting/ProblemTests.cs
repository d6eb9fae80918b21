using System.Net;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Tests.Hosting;

public sealed class ProblemTests
{
    [Theory]
    [InlineData("GET", "/api/v1/nothing", null, 404, "not_found")]
    [InlineData("GET", "/api", null, 404, "not_found")]
    [InlineData("GET", "/openapi/v9.json", null, 404, "not_found")]
    [InlineData("GET", "/problems/nonsense", null, 404, "not_found")]
    [InlineData("DELETE", "/api/v1/rooms", null, 405, "method_not_allowed")]
    [InlineData("POST", "/api/v1/rooms", "{", 400, "malformed")]
    [InlineData("POST", "/api/v1/rooms", "", 400, "malformed")]
    [InlineData("POST", "/api/v1/rooms", "[]", 400, "malformed")]
    [InlineData("POST", "/api/v1/rooms", """{"name":"\ud800"}""", 400, "malformed")]
    [InlineData("POST", "/api/v1/rooms", """{"\udc00":1}""", 400, "malformed")]
    [InlineData("POST", "/api/v1/rooms", """{"name":"a","name":"b"}""", 400, "malformed")]
    [InlineData("GET", "/ws", null, 400, "unsupported")]
    [InlineData("GET", "/api/v1/ice-servers?user=%20", null, 400, "invalid")]
    [InlineData("GET", "/api/v1/rooms/blue-fox-42/participants", null, 404, "not_found")]
    [InlineData("GET", "/api/v1/rooms/call-k7mq4xtd", null, 404, "not_found")]
    public async Task Every_error_is_a_problem(string method, string path, string? body, int status, string code)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        http.DefaultRequestHeaders.Add("Accept", "text/html");
        (await http.SendAsync(method, path, body)).ExpectProblem(status, code);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_body_that_is_not_declared_as_JSON_is_not_read(string type)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", "{}", type: type)).ExpectProblem(415, "unsupported_media_type");
        Assert.Empty((await http.SendAsync("GET", "/api/v1/rooms"))["rooms"]!.AsArray());
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        (await http.SendAsync("POST", "/api/v1/rooms", $$"""{"name":"{{new string('x', 70_000)}}"}""")).ExpectProblem(413, "too_large");
    }

    [Fact]
    public async Task Every_kind_is_explained_where_its_type_leads()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        foreach (var error in Errors.All)
        {
            var answer = (await http.SendAsync("GET", "/problems/" + error.Code)).Expect(HttpStatusCode.OK);
            Assert.Equal((error.Code, error.Status, error.Message), ((string)answer["code"]!, (int)answer["status"]!, (string)answer["meaning"]!));
        }
    }

    [Fact]
    public async Task What_breaks_inside_tells_nothing_but_a_trace_id_and_the_hub_is_not_ready()
    {
        var store = new FailingStore();
        await using var hub = await TestHub.StartAsync(null, store);
        store.Answer = Task.FromException(new IOException("secret path"));
        using var http = hub.Http();
        var answer = (await http.SendAsync("GET", "/api/v1/rooms")).ExpectProblem(500, "internal");
        Assert.DoesNotContain("secret", answer.Json!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("1", (await http.SendAsync("GET", "/readyz")).ExpectProblem(503, "unavailable").Headers.GetValues("Retry-After").Single());
        (await http.SendAsync("GET", "/healthz")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_store_that_hangs_makes_the_hub_unready_after_a_moment()
    {
        var time = new FakeTimeProvider();
        var store = new FailingStore();
        await using var hub = await TestHub.StartAsync(time, store);
        var never = new TaskCompletionSource();
        store.Answer = never.Task;
        using var http = hub.Http();
        var asking = http.SendAsync("GET", "/readyz");
        while (!asking.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await asking).ExpectProblem(503, "unavailable");
        never.SetResult();
    }

    [Fact]
    public async Task A_hub_that_works_is_ready()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        Assert.Equal("ready", (string)(await http.SendAsync("GET", "/readyz")).Expect(HttpStatusCode.OK)["status"]!);
    }

    [Fact]
    public async Task Whatever_is_sent_succeeds_or_is_a_problem_that_names_what_is_wrong()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        string[] names = ["id", "name", "mode", "maxParticipants", "locked", "lobby", "passcode", "metadata", "expiresAt", "emptyTimeout", "x", "$", ""];
        string[] values = ["null", "true", "0", "3", "-1", "1e99", "2.5", "99999999999", "\"\"", "\"auto\"", "\"abcd\"", "\"2999-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00+14:00\"", "\"\\ud800\"", "\"\\u0000\"", "{}", "[]", "{\"a\":{\"b\":[1]}}", "\"sfu\""];
        var member = Gen.Select(One(names), One(values), (name, value) => $"\"{name}\":{value}");
        var body = member.Array[0, 5].Select(members => "{" + string.Join(",", members) + "}");
        await Gen.Select(body, One(["POST", "PUT"])).SampleAsync(
            async (json, method) =>
            {
                var answer = await http.SendAsync(method, method == "POST" ? "/api/v1/rooms" : "/api/v1/rooms/random-room", json);
                if ((int)answer.Status is 200 or 201)
                    return;
                Assert.InRange((int)answer.Status, 400, 499);
                if ((string?)answer["code"] == "invalid")
                    Assert.All(answer.Fields, field => Assert.Contains($"\"{field}\"", json, StringComparison.Ordinal));
                Assert.True((string?)answer["code"] == "malformed" || answer["field"] is not null, $"{json} -> {answer.Json!.ToJsonString()}");
            },
            seed: "0000KOIPe036", iter: 300, threads: 1);
    }

    private static Gen<string> One(string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>An empty store that answers when, and fails as, it is told to.</summary>
    private sealed class FailingStore : IRoomStore
    {
        private readonly MemoryRoomStore _empty = new();

        public Task Answer { get; set; } = Task.CompletedTask;

        public async Task<RoomRecord?> GetRoomAsync(string id, CancellationToken cancel)
        {
            await Answer;
            return await _empty.GetRoomAsync(id, cancel);
        }

        public async Task<IReadOnlyList<RoomRecord>> ListRoomsAsync(string? after, int limit, CancellationToken cancel)
        {
            await Answer;
            return await _empty.ListRoomsAsync(after, limit, cancel);
        }

        public Task<bool> AddRoomAsync(RoomRecord room, CancellationToken cancel) => _empty.AddRoomAsync(room, cancel);

        public Task<bool> ReplaceRoomAsync(RoomRecord room, CancellationToken cancel) => _empty.ReplaceRoomAsync(room, cancel);

        public Task<bool> DeleteRoomAsync(string id, long? version, CancellationToken cancel) => _empty.DeleteRoomAsync(id, version, cancel);

        public Task<ChatMessage> AppendChatAsync(string room, string from, string name, string text, long n, DateTimeOffset at, int keep, CancellationToken cancel) =>
            _empty.AppendChatAsync(room, from, name, text, n, at, keep, cancel);

        public Task<IReadOnlyList<ChatMessage>> ChatAsync(string room, int limit, CancellationToken cancel) => _empty.ChatAsync(room, limit, cancel);

        public void SaveSession(SessionRecord session) => _empty.SaveSession(session);

        public void RemoveSession(string id) => _empty.RemoveSession(id);

        public Task<IReadOnlyList<SessionRecord>> LoadSessionsAsync(CancellationToken cancel) => _empty.LoadSessionsAsync(cancel);
    }
}
