using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RtcHub.Load.Clients;

namespace RtcHub.Load.Signalling;

/// <summary>
/// Janus' VideoRoom plugin over its HTTP API: a session and a handle for each client, as each browser would have them. Events are
/// fetched by long polls, which also keep a session alive.
/// </summary>
internal sealed class JanusSignalling(Uri server) : ISignalling
{
    private const int FirstRoom = 1000;

    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = TimeSpan.FromSeconds(60) };
    private readonly CancellationTokenSource _closed = new();
    private readonly ConcurrentBag<Task> _polls = [];
    private readonly ConcurrentDictionary<int, bool> _rooms = new();
    private readonly ConcurrentDictionary<int, long> _feeds = new();

    public async Task PublishAsync(int room, Publisher publisher, CancellationToken cancel)
    {
        var handle = await AttachAsync(cancel);
        if (_rooms.TryAdd(room, true)) await handle.RequestAsync(new JsonObject
        {
            ["request"] = "create",
            ["room"] = FirstRoom + room,
            ["publishers"] = 50,
            ["fir_freq"] = 0,
            ["bitrate"] = 0,
            ["audiocodec"] = "opus",
            ["videocodec"] = "vp8",
            ["audiolevel_event"] = false,
            ["transport_wide_cc_ext"] = false,
        }, cancel);
        var joined = await handle.SendAsync(new JsonObject { ["request"] = "join", ["ptype"] = "publisher", ["room"] = FirstRoom + room }, null, cancel);
        var published = await handle.SendAsync(new JsonObject { ["request"] = "publish" }, ("offer", LocalSdp.Offer(publisher)), cancel);
        var answer = RemoteSdp.Parse(published["jsep"]!["sdp"]!.GetValue<string>());
        publisher.Extensions = LocalSdp.ExtensionsOf(answer);
        await publisher.ConnectAsync(answer);
        _feeds.TryAdd(room, joined["plugindata"]!["data"]!["id"]!.GetValue<long>());
    }

    public async Task SubscribeAsync(int room, Viewer viewer, CancellationToken cancel)
    {
        var handle = await AttachAsync(cancel);
        var streams = new JsonArray(new JsonObject { ["feed"] = _feeds[room] });
        var attached = await handle.SendAsync(
            new JsonObject { ["request"] = "join", ["ptype"] = "subscriber", ["room"] = FirstRoom + room, ["streams"] = streams }, null, cancel);
        var offer = RemoteSdp.Parse(attached["jsep"]!["sdp"]!.GetValue<string>());
        await handle.SendAsync(new JsonObject { ["request"] = "start" }, ("answer", LocalSdp.Answer(viewer, offer)), cancel);

        // It offers actpass, and we answer active.
        await viewer.ConnectAsync(offer);
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await Task.WhenAll(_polls);
        _closed.Dispose();
        _http.Dispose();
    }

    private async Task<Handle> AttachAsync(CancellationToken cancel)
    {
        var session = (await PostAsync("/janus", new JsonObject { ["janus"] = "create" }, cancel))["data"]!["id"]!.GetValue<long>();
        var attach = new JsonObject { ["janus"] = "attach", ["plugin"] = "janus.plugin.videoroom" };
        var handle = new Handle(this, $"/janus/{session}", (await PostAsync($"/janus/{session}", attach, cancel))["data"]!["id"]!.GetValue<long>());
        _polls.Add(handle.PollAsync(_closed.Token));
        return handle;
    }

    private async Task<JsonObject> PostAsync(string path, JsonObject message, CancellationToken cancel)
    {
        message.TryAdd("transaction", Guid.NewGuid().ToString("N"));
        using var response = await _http.PostAsJsonAsync(path, message, cancel);
        response.EnsureSuccessStatusCode();
        return Checked((await response.Content.ReadFromJsonAsync<JsonObject>(cancel))!);
    }

    private static JsonObject Checked(JsonObject message)
    {
        var error = message["error"]?["reason"] ?? message["plugindata"]?["data"]?["error"];
        return error is null ? message : throw new HttpRequestException($"Janus: {error}");
    }

    private sealed class Handle(JanusSignalling janus, string session, long id)
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> _expected = new();

        /// <summary>A request that is answered at once.</summary>
        public Task<JsonObject> RequestAsync(JsonObject body, CancellationToken cancel) =>
            janus.PostAsync($"{session}/{id}", new JsonObject { ["janus"] = "message", ["body"] = body }, cancel);

        /// <summary>A request that is answered by an event.</summary>
        public async Task<JsonObject> SendAsync(JsonObject body, (string Type, string Sdp)? jsep, CancellationToken cancel)
        {
            var transaction = Guid.NewGuid().ToString("N");
            var done = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
            _expected[transaction] = done;
            var message = new JsonObject { ["janus"] = "message", ["body"] = body, ["transaction"] = transaction };
            if (jsep is var (type, sdp)) message["jsep"] = new JsonObject { ["type"] = type, ["sdp"] = sdp };
            await janus.PostAsync($"{session}/{id}", message, cancel);
            return await done.Task.WaitAsync(TimeSpan.FromSeconds(30), cancel);
        }

        public async Task PollAsync(CancellationToken cancel)
        {
            try
            {
                while (true)
                {
                    var events = await janus._http.GetFromJsonAsync<JsonArray>($"{session}?maxev=10", cancel);
                    foreach (var message in events!) Take(message!.AsObject());
                }
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
            {
                foreach (var expected in _expected.Values) expected.TrySetException(new IOException("The session has ended.", e));
            }
        }

        private void Take(JsonObject message)
        {
            if (message["transaction"]?.GetValue<string>() is not { } transaction || !_expected.TryRemove(transaction, out var done)) return;
            try
            {
                done.TrySetResult(Checked(message));
            }
            catch (HttpRequestException e)
            {
                done.TrySetException(e);
            }
        }
    }
}
