using System.Buffers;
using System.Net.WebSockets;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>In front of every socket of a node in a cluster: reads its first message, and takes it to where it belongs.</summary>
internal sealed class Doorway(HelloRoute route, Bridges bridges, IOptions<SocketOptions> options, TimeProvider time)
{
    /// <param name="serve">Runs the socket here; given the first message.</param>
    public async Task EnterAsync(WebSocket socket, HttpContext context, Func<ReadOnlyMemory<byte>, Task> serve)
    {
        try
        {
            if (await FirstAsync(socket, context.RequestAborted) is not { } first) return;
            var home = await route.FindAsync(first, context.RequestAborted);
            switch (home.Kind)
            {
                case HomeKind.There:
                    await bridges.RunAsync(socket, context, home.Node!, first);
                    break;
                case HomeKind.Unavailable:
                    await socket.SendAsync(Wire.Control("error", ErrorView.Of(Home.Away), MessageJson.Default.EventErrorView), WebSocketMessageType.Text, true, context.RequestAborted);
                    await socket.SendCloseAsync(CloseCode.Unavailable, Home.Away.RetryAfterMs!.Value, context.RequestAborted);
                    break;
                default:
                    await serve(first);
                    break;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The client is gone already.
        }
    }

    // Null: there was none, and the socket is closed.
    private async Task<ReadOnlyMemory<byte>?> FirstAsync(WebSocket socket, CancellationToken aborted)
    {
        using var late = new CancellationTokenSource(options.Value.HelloTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, aborted);
        var buffer = new ArrayBufferWriter<byte>(1024);
        try
        {
            // A read that is cancelled costs the socket, so a client that says nothing gets its reason before.
            var reading = ReadAsync();
            await Task.WhenAny(reading, Task.Delay(Timeout.InfiniteTimeSpan, time, either.Token));
            if (!reading.IsCompleted) await socket.SendCloseAsync(CloseCode.Protocol, 0, aborted);
            return await reading.WaitAsync(TimeSpan.FromSeconds(1), time, aborted) ? buffer.WrittenMemory : null;
        }
        catch (TimeoutException)
        {
            return null;
        }

        async Task<bool> ReadAsync()
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.GetMemory(1024), aborted);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    if (socket.State == WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, aborted);
                    return false;
                }

                buffer.Advance(part.Count);
                if (buffer.WrittenCount > options.Value.SdpFrameBytes)
                {
                    await socket.SendCloseAsync(CloseCode.TooBig, 0, aborted);
                    return false;
                }

                if (part.EndOfMessage) return socket.State == WebSocketState.Open;
            }
        }
    }
}
