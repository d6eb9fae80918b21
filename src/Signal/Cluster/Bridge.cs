using System.Buffers;
using System.Net.WebSockets;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// A client's socket at this node whose session lives at another: what comes is passed on unread, both ways. Limits, pings and
/// patience are the home's, as if the socket were there.
/// </summary>
internal sealed class Bridge(WebSocket socket, BridgeEnd end, TimeProvider time)
{
    private const int Piece = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private CloseCode _leaving;
    private int _retryAfterMs;

    /// <summary>Ends it from this side: the client is told why, the home that the socket went away.</summary>
    public void Leave(CloseCode code, int retryAfterMs)
    {
        (_leaving, _retryAfterMs) = (code, retryAfterMs);
        end.Abort();
    }

    /// <summary>Runs until one of the three is gone: the client, the home, or the way between them.</summary>
    public async Task RunAsync(CancellationToken aborted)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var up = UpAsync(done.Token);
        var down = DownAsync(done.Token);
        try
        {
            // Whoever closes first gets a moment for the other's answer.
            await Task.WhenAny(up, down);
            if (end.Gone.IsCancellationRequested) await TellAsync(aborted);
            await Task.WhenAll(up, down).WaitAsync(Patience, time, aborted);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            // The client went away, or does not answer.
        }
        finally
        {
            end.Abort();
            await done.CancelAsync();
            socket.Abort();
            await Task.WhenAll(up, down);
        }
    }

    private async Task UpAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                // A read of nothing waits without a buffer.
                var waited = await socket.ReceiveAsync(Memory<byte>.Empty, cancel);
                if (waited.MessageType != WebSocketMessageType.Close && !waited.EndOfMessage) waited = await PassAsync(cancel);
                else if (waited.MessageType != WebSocketMessageType.Close) await end.SendAsync(waited.MessageType, true, default, cancel);
                if (waited.MessageType != WebSocketMessageType.Close) continue;
                end.Close((int)(socket.CloseStatus ?? WebSocketCloseStatus.Empty), socket.CloseStatusDescription);
                return;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            end.Abort();
        }
    }

    private async ValueTask<ValueWebSocketReceiveResult> PassAsync(CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), cancel);
                if (part.MessageType == WebSocketMessageType.Close) return part;
                await end.SendAsync(part.MessageType, part.EndOfMessage, buffer.AsMemory(0, part.Count), cancel);
                if (part.EndOfMessage) return part;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task DownAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var piece = await end.PeekAsync(cancel);
                if (piece.Type == WebSocketMessageType.Close)
                {
                    await socket.CloseOutputAsync((WebSocketCloseStatus)piece.Code, piece.Reason, cancel);
                    return;
                }

                await socket.SendAsync(piece.Bytes, piece.Type, piece.End, cancel);
                end.Take();
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            end.Break(); // what else is there is said by RunAsync
        }
    }

    // The home is gone: another node will have the session by the time the client is back.
    private async Task TellAsync(CancellationToken cancel)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived)) return;
        var (code, wait) = _leaving == 0 ? (CloseCode.Moved, Random.Shared.Next(50, 300)) : (_leaving, _retryAfterMs);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        await socket.SendCloseAsync(code, wait, patience.Token);
    }
}
