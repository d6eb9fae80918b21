using System.Buffers;
using System.Net.WebSockets;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Sockets;

// How a socket writes: one writer at a time, whichever thread it is, takes from the outbox until nothing is left.
internal sealed partial class SocketConnection
{
    /// <summary>Makes sure that what there is to send gets sent; never waits.</summary>
    public void Flush()
    {
        if (Interlocked.CompareExchange(ref _sending, 1, 0) == 0 && !Aftermath.TryAdd(this))
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>As <see cref="Flush"/>, but there is time: it goes with what follows, within <see cref="DeferredWrites.Most"/>.</summary>
    public void FlushLater()
    {
        if (Interlocked.Exchange(ref _deferred, 1) == 0) deferred.Add(this);
    }

    /// <summary>The time of <see cref="FlushLater"/> is over.</summary>
    public void FlushDeferred()
    {
        Interlocked.Exchange(ref _deferred, 0);
        if (_ready && Session!.Outbox.HasNext(this)) Flush();
    }

    /// <summary>Writes what there is; nobody holds a lock, and nobody waits for the end of it.</summary>
    public void Execute() => _ = WriteAsync();

    // By the writer, as everything that goes out: what the client asked before it closed is answered, and nothing follows a close
    // (RFC 6455 section 5.5.1). The WebSocket by itself lets a message past that is sent at the same moment.
    private Task AnswerCloseAsync()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _over, over);
        if (Interlocked.CompareExchange(ref _closing, Answering, 0) == 0) Volatile.Write(ref _closingSinceMs, NowMs(time));
        WriteAftermath();
        Flush();
        Interlocked.MemoryBarrier();
        return _isOver ? Task.CompletedTask : over.Task;
    }

    private void WriteAftermath()
    {
        var aftermath = _aftermath;
        _aftermath = null;
        aftermath?.Write();
    }

    private async Task WriteAsync()
    {
        try
        {
            do
            {
                while (true)
                {
                    // In this order: whoever sees that it is ready sees the opening frame, too.
                    var ready = _ready;
                    if (Interlocked.Exchange(ref _opening, null) is { } opening)
                    {
                        await SendAsync(opening);
                    }
                    else if (ready && Session!.Outbox.TryTake(this, out var seq, out var body, out var receivedAt))
                    {
                        _stream?.More = Session.Outbox.HasNext(this);
                        await SendAsync(seq, body);
                        if (receivedAt != 0)
                            metrics.Relayed(receivedAt, time.GetTimestamp());
                    }
                    else if (_control is { } control && control.TryDequeue(out var frame))
                    {
                        _stream?.More = false;
                        await SendAsync(frame);
                    }
                    else if (Volatile.Read(ref _closing) is not 0 and var code)
                    {
                        _stream?.More = false;
                        if (code == Answering) await webSocket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                        else await SendCloseAsync((CloseCode)code);
                        End();
                        return; // still marked as sending: nothing goes out after a close
                    }
                    else
                    {
                        break;
                    }
                }

                Volatile.Write(ref _sending, 0);
                Interlocked.MemoryBarrier();
            }
            while ((_control is { IsEmpty: false } || Volatile.Read(ref _closing) != 0 || (_ready && (_opening is not null || Session!.Outbox.HasNext(this))))
                && Interlocked.CompareExchange(ref _sending, 1, 0) == 0);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // What was taken stays in the outbox until acknowledged. A socket that is closing is the reader's business.
            if (webSocket.State == WebSocketState.Open)
                context.Abort();
            End();
        }
    }

    private void End()
    {
        _isOver = true;
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _over)?.TrySetResult();
    }

    private async ValueTask SendAsync(long seq, ReadOnlyMemory<byte> body)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(body.Length + 32);
        try
        {
            var prefix = Outbox.WritePrefix(buffer, seq);
            body.Span.CopyTo(buffer.AsSpan(prefix));
            await SendAsync(buffer.AsMemory(0, prefix + body.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> frame)
    {
        Volatile.Write(ref _writingSinceMs, NowMs(time));
        await webSocket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        Volatile.Write(ref _writingSinceMs, 0);
        metrics.Sent();
    }

    private async ValueTask SendCloseAsync(CloseCode code)
    {
        await SendAsync(SocketClose.Frame(code, _retryAfterMs));
        await webSocket.CloseOutputAsync(code.Status(), code.Name(), context.RequestAborted);
    }
}
