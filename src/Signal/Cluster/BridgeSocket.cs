using System.Net.WebSockets;

namespace RtcHub.Signal.Cluster;

/// <summary>The client's WebSocket as its home sees it: the socket itself is at another node.</summary>
internal sealed class BridgeSocket(BridgeEnd end, string subProtocol) : WebSocket
{
    private int _offset;
    private bool _closeSent;
    private WebSocketCloseStatus? _closeStatus;
    private string? _closeDescription;

    public override WebSocketCloseStatus? CloseStatus => _closeStatus;

    public override string? CloseStatusDescription => _closeDescription;

    public override string? SubProtocol => subProtocol;

    public override WebSocketState State => end.Gone.IsCancellationRequested
        ? WebSocketState.Aborted
        : (_closeStatus is not null, _closeSent) switch
        {
            (true, true) => WebSocketState.Closed,
            (true, false) => WebSocketState.CloseReceived,
            (false, true) => WebSocketState.CloseSent,
            _ => WebSocketState.Open,
        };

    public override void Abort() => end.Abort();

    public override async Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        await CloseOutputAsync(closeStatus, statusDescription, cancellationToken);
        while (_closeStatus is null) await ReceiveAsync(new byte[1024].AsMemory(), cancellationToken);
    }

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        if (_closeSent) return Task.CompletedTask;
        _closeSent = true;
        end.Close((int)closeStatus, statusDescription);
        return Task.CompletedTask;
    }

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await ReceiveAsync(buffer.AsMemory(), cancellationToken);
        return new WebSocketReceiveResult(result.Count, result.MessageType, result.EndOfMessage, _closeStatus, _closeDescription);
    }

    /// <summary>As a socket of the framework does: a read into nothing waits for the next message and takes none of it.</summary>
    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_closeStatus is not null) return new(0, WebSocketMessageType.Close, true);
        var piece = await end.PeekAsync(cancellationToken);
        if (piece.Type == WebSocketMessageType.Close)
        {
            end.Take();
            (_closeStatus, _closeDescription) = ((WebSocketCloseStatus)piece.Code, piece.Reason);
            return new(0, WebSocketMessageType.Close, true);
        }

        var count = Math.Min(buffer.Length, piece.Bytes.Length - _offset);
        piece.Bytes.Slice(_offset, count).CopyTo(buffer);
        _offset += count;
        if (_offset < piece.Bytes.Length || (buffer.Length == 0 && !piece.End)) return new(count, piece.Type, false);
        end.Take();
        _offset = 0;
        return new(count, piece.Type, piece.End);
    }

    public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        SendAsync(buffer.AsMemory(), messageType, endOfMessage, cancellationToken).AsTask();

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
    {
        if (State is not (WebSocketState.Open or WebSocketState.CloseReceived)) throw new WebSocketException(WebSocketError.InvalidState);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, end.Gone);
        await end.SendAsync(messageType, endOfMessage, buffer, either.Token);
    }

    public override void Dispose()
    {
        // Whoever still waits at the other end need not wait.
        if (State is not WebSocketState.Closed) end.Abort();
        else end.Break();
    }
}
