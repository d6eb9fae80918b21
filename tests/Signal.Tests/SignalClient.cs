using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace RtcHub.Signal.Tests;

/// <summary>A client of rtchub.v1 that says exactly what a test tells it to, on a real WebSocket.</summary>
public sealed class SignalClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly ClientWebSocket _socket = new();
    private readonly Channel<JsonObject> _frames = Channel.CreateUnbounded<JsonObject>();
    private readonly ConcurrentDictionary<long, string> _raw = new();
    private readonly List<JsonObject> _seen = [];
    private Task _reading = Task.CompletedTask;
    private long _id;

    public JsonObject Opened { get; private set; } = [];

    public string Id => (string)Opened["d"]!["self"]!["id"]!;

    public string Secret => (string)Opened["d"]!["self"]!["secret"]!;

    /// <summary>Highest sequence number seen.</summary>
    public long Seq { get; private set; }

    public long LastId => _id;

    /// <summary>The last frame sent by hand may have used an id.</summary>
    public void SkipId() => _id++;

    /// <param name="reads">False: takes nothing off the socket until <see cref="StartReading"/>.</param>
    public static async Task<SignalClient> ConnectAsync(TestHub hub, string? origin = null, bool reads = true)
    {
        var client = new SignalClient();
        client._socket.Options.AddSubProtocol("rtchub.v1");
        client._socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
        if (origin is not null)
            client._socket.Options.SetRequestHeader("Origin", origin);
        var uri = new UriBuilder(hub.Address) { Scheme = "ws", Path = "/ws" }.Uri;
        await client._socket.ConnectAsync(uri, TestContext.Current.CancellationToken);
        if (reads)
            client.StartReading();
        return client;
    }

    /// <summary>Connects and says hello; <see cref="Opened"/> is the answer.</summary>
    public static async Task<SignalClient> OpenAsync(TestHub hub, string name, string? room = null, string? passcode = null, string? token = null)
    {
        var client = await ConnectAsync(hub);
        var hello = new JsonObject { ["name"] = name };
        if (room is not null)
            hello["room"] = new JsonObject { ["id"] = room, ["passcode"] = passcode };
        if (token is not null)
            hello["token"] = token;
        await client.HelloAsync(hello);
        return client;
    }

    /// <summary>As <see cref="OpenAsync"/>, trying again while the hub still counts a connection that has ended.</summary>
    public static async Task<SignalClient> OpenSoonAsync(TestHub hub, string name)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await OpenAsync(hub, name);
            }
            catch (WebSocketException) when (attempt < 1000)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>A new socket for the session of another client, which saw everything up to <paramref name="seq"/>.</summary>
    public static async Task<SignalClient> ResumeAsync(TestHub hub, SignalClient before, long? seq = null, string? secret = null, string? room = null, string? token = null)
    {
        var client = await ConnectAsync(hub);
        client._id = before._id;
        client.Seq = seq ?? before.Seq;
        var hello = new JsonObject
        {
            ["resume"] = new JsonObject { ["id"] = before.Id, ["secret"] = secret ?? before.Secret, ["seq"] = client.Seq },
        };
        if (room is not null)
            hello["room"] = new JsonObject { ["id"] = room };
        if (token is not null)
            hello["token"] = token;
        await client.HelloAsync(hello);
        if (client.Type == "resumed")
            client.Opened["d"]!["self"] = before.Opened["d"]!["self"]!.DeepClone();
        return client;
    }

    /// <summary>What the client before had received and nobody had asked for yet.</summary>
    public void TakeOver(SignalClient before)
    {
        while (before._frames.Reader.TryRead(out var frame))
            before._seen.Add(frame);
        _seen.InsertRange(0, before._seen.Where(f => f["seq"] is not null));
    }

    public void StartReading() => _reading = ReadAsync();

    public Task AcknowledgeAsync() => SendAsync($$"""{"t":"ack","seq":{{Seq}}}""");

    public string? Type => (string?)Opened["t"];

    public async Task HelloAsync(JsonObject data)
    {
        await SendAsync(new JsonObject { ["t"] = "hello", ["d"] = data }.ToJsonString());
        Opened = await NextAsync(f => (string?)f["t"] is "welcome" or "resumed" or "resync" or "closing" or "error");
    }

    /// <summary>Sends a request and returns its reply, whatever came before it.</summary>
    public async Task<JsonObject> RequestAsync(string type, JsonNode? data = null, string? to = null)
    {
        var id = await StartAsync(type, data, to);
        return await NextAsync(f => (long?)f["re"] == id);
    }

    /// <summary>Sends a request and returns its id.</summary>
    public async Task<long> StartAsync(string type, JsonNode? data = null, string? to = null)
    {
        var frame = new JsonObject { ["t"] = type, ["id"] = ++_id, ["d"] = data ?? new JsonObject() };
        if (to is not null)
            frame["to"] = to;
        await SendAsync(frame.ToJsonString());
        return _id;
    }

    /// <summary>A request that must succeed; returns <c>d</c> of the reply.</summary>
    public async Task<JsonNode> DoAsync(string type, JsonNode? data = null, string? to = null)
    {
        var reply = await RequestAsync(type, data, to);
        Assert.True((bool)reply["ok"]!, reply.ToJsonString());
        return reply["d"]!;
    }

    /// <summary>As <see cref="DoAsync"/>, when requests up to <paramref name="last"/> were sent by hand.</summary>
    public Task<JsonNode> DoAsyncAfter(long last, string type, JsonNode? data = null, string? to = null)
    {
        _id = last;
        return DoAsync(type, data, to);
    }

    /// <summary>A request that must be refused; returns the error's code.</summary>
    public async Task<string> RefusedAsync(string type, JsonNode? data = null, string? to = null)
    {
        var reply = await RequestAsync(type, data, to);
        Assert.False((bool)reply["ok"]!, reply.ToJsonString());
        return (string)reply["error"]!["code"]!;
    }

    public Task SendAsync(string frame) => SendAsync(Encoding.UTF8.GetBytes(frame));

    public Task SendAsync(byte[] frame, WebSocketMessageType type = WebSocketMessageType.Text, bool end = true) =>
        _socket.SendAsync(frame, type, end, TestContext.Current.CancellationToken);

    /// <summary>The next event of a type; its <c>d</c>.</summary>
    public async Task<JsonNode> EventAsync(string type) => (await NextAsync(f => (string?)f["t"] == type))["d"]!;

    /// <summary>The first frame, of those not returned yet, that fits; the others stay for later.</summary>
    public async Task<JsonObject> NextAsync(Func<JsonObject, bool> fits)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (true)
        {
            var found = _seen.FindIndex(f => fits(f));
            if (found >= 0)
            {
                var frame = _seen[found];
                _seen.RemoveAt(found);
                return frame;
            }

            try
            {
                _seen.Add(await _frames.Reader.ReadAsync(patience.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
            {
                throw new InvalidOperationException(
                    $"Waited in vain ({e.GetType().Name}, closed {(int?)_socket.CloseStatus}); not expected: {string.Join('\n', _seen.Select(f => f.ToJsonString()))}", e);
            }
        }
    }

    /// <summary>The text in which a sequenced frame came.</summary>
    public string RawOf(JsonObject frame) => _raw[(long)frame["seq"]!];

    /// <summary>Everything that has come and was not asked for yet (pings apart), after the hub has answered a ping.</summary>
    public async Task<IReadOnlyList<JsonObject>> SettleAsync()
    {
        await SendAsync("""{"t":"ping","d":"settle"}""");
        await NextAsync(f => (string?)f["t"] == "pong");
        JsonObject[] all = [.. _seen.Where(f => (string?)f["t"] != "ping")];
        _seen.Clear();
        return all;
    }

    /// <summary>Everything that came on a socket that is closed, and was not asked for.</summary>
    public async Task<IReadOnlyList<JsonObject>> RestAsync()
    {
        await _reading;
        while (_frames.Reader.TryRead(out var frame))
            _seen.Add(frame);
        return _seen;
    }

    /// <summary>Until the hub has closed the socket; with which code.</summary>
    public async Task<int> ClosedAsync()
    {
        await _reading.WaitAsync(Patience, TestContext.Current.CancellationToken);
        return (int)(_socket.CloseStatus ?? 0);
    }

    /// <summary>The socket is gone without a word, as when a cable is pulled.</summary>
    public async Task DropAsync()
    {
        _socket.Abort();
        await _reading.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    public async Task CloseAsync()
    {
        await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        await _reading.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 19];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += part.Count;
                }
                while (!part.EndOfMessage);

                if (part.MessageType == WebSocketMessageType.Close)
                {
                    if (_socket.State == WebSocketState.CloseReceived)
                        await _socket.CloseOutputAsync(_socket.CloseStatus!.Value, null, CancellationToken.None);
                    break;
                }

                var frame = JsonNode.Parse(buffer.AsSpan(0, length))!.AsObject();
                if ((string?)frame["t"] == "resync")
                    Seq = (long)frame["d"]!["seq"]!;
                if (frame["seq"] is { } seq)
                {
                    // Every client in every test holds the hub to this.
                    if ((long)seq != Seq + 1)
                        _frames.Writer.TryComplete(new InvalidOperationException($"After {Seq} came {seq}."));
                    Seq = (long)seq;
                    _raw[Seq] = Encoding.UTF8.GetString(buffer, 0, length);
                }

                _frames.Writer.TryWrite(frame);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The socket is gone: tests that care look at how.
        }

        _frames.Writer.TryComplete();
    }
}
