using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using RtcHub.Load.Sockets;

namespace RtcHub.Load.Scenarios;

/// <summary>Rooms over REST: each step makes one, changes it, lists rooms, and deletes it.</summary>
internal sealed class RoomScenario(Uri hub, string? token, int lanes, string prefix) : IScenario
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = lanes }) { BaseAddress = hub, Timeout = TimeSpan.FromSeconds(30) };
    private long _number;
    private long _failed;
    private string? _why;

    public string Name => "rooms";

    public Measures Measures { get; } = new("request", "requests");

    public int Lanes => lanes;

    /// <summary>A room that holds so many, whose media stays where it is however many come.</summary>
    public static async Task CreateAsync(Uri hub, string? token, string id, int people, CancellationToken cancel)
    {
        using var http = new HttpClient { BaseAddress = hub };
        if (token is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.PostAsJsonAsync("/api/v1/rooms", new { id, maxParticipants = Math.Max(2, people), mode = "auto" }, cancel);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"The room was not made: {await response.Content.ReadAsStringAsync(cancel)}");
    }

    public Task PrepareAsync(CancellationToken cancel)
    {
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return Task.CompletedTask;
    }

    public async Task StepAsync(int lane, CancellationToken cancel)
    {
        var id = $"{prefix}-{Interlocked.Increment(ref _number)}";
        try
        {
            var etag = await DoAsync("create", HttpMethod.Post, "/api/v1/rooms", new { id, name = "Load", maxParticipants = 10 }, null, cancel);
            etag = await DoAsync("patch", HttpMethod.Patch, $"/api/v1/rooms/{id}", new { name = "Loaded" }, etag, cancel);
            await DoAsync("list", HttpMethod.Get, "/api/v1/rooms?limit=20", null, null, cancel);
            await DoAsync("delete", HttpMethod.Delete, $"/api/v1/rooms/{id}", null, etag, cancel);
        }
        catch (Exception e) when (e is HttpRequestException or (TaskCanceledException and not { CancellationToken.IsCancellationRequested: true }))
        {
            Interlocked.Increment(ref _failed);
            _why ??= e.Message;
        }
    }

    public Task<IReadOnlyList<string>> FinishAsync(CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<string>>(_failed == 0 ? [] : [$"{_failed} steps failed: {_why}"]);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<EntityTagHeaderValue?> DoAsync(string what, HttpMethod method, string path, object? body, EntityTagHeaderValue? ifMatch, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, new MediaTypeHeaderValue(method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json"), JsonSerializerOptions.Web);
        if (ifMatch is not null) request.Headers.IfMatch.Add(ifMatch);
        var started = SocketThread.Now;
        using var response = await _http.SendAsync(request, cancel);
        var answer = await response.Content.ReadAsStringAsync(cancel);
        Measures.Timing(what).Record(SocketThread.Now - started);
        Measures.Count();
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"{method} {path} was answered with {(int)response.StatusCode}: {answer}");
        return response.Headers.ETag;
    }
}
