using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace RtcHub.E2E.Tests;

/// <summary>
/// One WebDriver BiDi session (W3C WebDriver BiDi, section 3): commands with their replies, and events, as JSON texts on a WebSocket.
/// A browser that speaks it needs no driver program.
/// </summary>
internal sealed class WebDriverBiDi : IAsyncDisposable
{
    // A command may wait for a page to load on a machine that has other things to do.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _closed = new();
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonNode>> _pending = [];
    private Task _reading = Task.CompletedTask;
    private long _lastId;

    private WebDriverBiDi()
    {
    }

    /// <summary>An event that was subscribed to: its method and its parameters. Raised on the thread that reads.</summary>
    public event Action<string, JsonNode>? Happened;

    /// <param name="address">What the browser says it listens on: <c>ws://127.0.0.1:PORT</c>.</param>
    public static async Task<WebDriverBiDi> ConnectAsync(Uri address)
    {
        var session = new WebDriverBiDi();
        try
        {
            await session._socket.ConnectAsync(new Uri(address, "/session"), session._closed.Token).WaitAsync(Patience);
            session._reading = session.ReadAsync();
            await session.SendAsync("session.new", new() { ["capabilities"] = new JsonObject() });
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <returns>The command's result.</returns>
    /// <exception cref="InvalidOperationException">The browser refused the command, or is gone.</exception>
    public async Task<JsonNode> SendAsync(string method, JsonObject parameters)
    {
        var id = Interlocked.Increment(ref _lastId);
        var reply = _pending[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await _sending.WaitAsync(_closed.Token);
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(command.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, _closed.Token);
        }
        finally
        {
            _sending.Release();
        }

        return await reply.Task.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _reading;
        _socket.Dispose();
        _sending.Dispose();
        _closed.Dispose();
    }

    private async Task ReadAsync()
    {
        Exception? reason = null;
        try
        {
            while (await ReceiveAsync() is { } message)
                Take(message);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            reason = e;
        }

        foreach (var (_, waiting) in _pending)
            waiting.TrySetException(new InvalidOperationException("The browser closed the session.", reason));
    }

    private async Task<JsonNode?> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer.AsMemory(), _closed.Token);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        message.Position = 0;
        return JsonNode.Parse(message);
    }

    private void Take(JsonNode message)
    {
        switch ((string?)message["type"])
        {
            case "event":
                Happened?.Invoke((string)message["method"]!, message["params"]!);
                break;
            case "success" when _pending.TryRemove((long)message["id"]!, out var waiting):
                waiting.TrySetResult(message["result"]!);
                break;
            case "error" when message["id"] is { } id && _pending.TryRemove((long)id, out var waiting):
                waiting.TrySetException(new InvalidOperationException($"{message["error"]}: {message["message"]}"));
                break;
        }
    }
}
