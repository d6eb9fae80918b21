using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace RtcHub.Signal.Cluster;

/// <summary>A piece of a WebSocket message, or the close of the other side.</summary>
internal readonly record struct BridgePiece(WebSocketMessageType Type, bool End, ReadOnlyMemory<byte> Bytes, int Code = 0, string? Reason = null);

/// <summary>
/// One of the two ends of a WebSocket between nodes: pieces of messages in both directions, at most a window of them unread, and a
/// close with its code and reason both ways.
/// </summary>
/// <param name="answers">This is the home's end; the other one is at the node that the client is connected to.</param>
internal sealed class BridgeEnd(RelayLink link, uint id, bool answers) : IDisposable
{
    private const int Window = 256 * 1024;
    private const int CreditAt = 64 * 1024;
    private const byte Text = 1;
    private const byte Final = 2;

    private readonly Channel<BridgePiece> _incoming = Channel.CreateUnbounded<BridgePiece>(new UnboundedChannelOptions { SingleReader = true });
    private readonly FlowWindow _outgoing = new(Window);
    private readonly CancellationTokenSource _gone = new();
    private int _read;

    public string Node => link.Target;

    public uint Id => id;

    /// <summary>Cancelled when the bridge is gone: the other node, or the way to it.</summary>
    public CancellationToken Gone => _gone.Token;

    public void Post(FrameKind kind, ReadOnlyMemory<byte> payload = default) => link.Post(kind, answers, id, payload);

    /// <summary>Sends a piece of a message; waits while the other end has not read enough.</summary>
    public async ValueTask SendAsync(WebSocketMessageType type, bool end, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await _outgoing.TakeAsync(bytes.Length + 1, cancel);
        var payload = new byte[bytes.Length + 1];
        payload[0] = (byte)((type == WebSocketMessageType.Text ? Text : 0) | (end ? Final : 0));
        bytes.CopyTo(payload.AsMemory(1));
        Post(FrameKind.Message, payload);
    }

    public void Close(int code, string? reason)
    {
        var payload = new byte[2 + Encoding.UTF8.GetByteCount(reason ?? "")];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetBytes(reason ?? "", payload.AsSpan(2));
        Post(FrameKind.Close, payload);
    }

    /// <summary>Waits for something to read, and leaves it there. Throws when the bridge is gone.</summary>
    public async ValueTask<BridgePiece> PeekAsync(CancellationToken cancel)
    {
        BridgePiece piece;
        while (!_incoming.Reader.TryPeek(out piece))
        {
            if (!await _incoming.Reader.WaitToReadAsync(cancel)) throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
        }

        return piece;
    }

    /// <summary>What was peeked has been read; that lets the other end send more.</summary>
    public void Take()
    {
        if (!_incoming.Reader.TryRead(out var piece) || (_read += piece.Bytes.Length + 1) < CreditAt) return;
        var credit = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(credit, _read);
        _read = 0;
        Post(FrameKind.Credit, credit);
    }

    /// <summary>A frame of the other end.</summary>
    public void Receive(RelayFrame frame)
    {
        var payload = frame.Payload;
        switch (frame.Kind)
        {
            case FrameKind.Message when payload.Length > 0:
                var flags = payload.Span[0];
                _incoming.Writer.TryWrite(new((flags & Text) != 0 ? WebSocketMessageType.Text : WebSocketMessageType.Binary, (flags & Final) != 0, payload[1..]));
                break;
            case FrameKind.Credit when payload.Length == 4:
                _outgoing.Give(BinaryPrimitives.ReadInt32BigEndian(payload.Span));
                break;
            case FrameKind.Close when payload.Length >= 2:
                var reason = payload.Length > 2 ? Encoding.UTF8.GetString(payload.Span[2..]) : null;
                _incoming.Writer.TryWrite(new(WebSocketMessageType.Close, true, default, BinaryPrimitives.ReadUInt16BigEndian(payload.Span), reason));
                break;
            case FrameKind.Abort:
                Break();
                break;
        }
    }

    /// <summary>Ends it here, and tells the other end nothing: that is gone, or knows.</summary>
    public void Break()
    {
        _incoming.Writer.TryComplete();
        _gone.Cancel();
    }

    /// <summary>Ends it on both sides at once.</summary>
    public void Abort()
    {
        if (_gone.IsCancellationRequested) return;
        Post(FrameKind.Abort);
        Break();
    }

    /// <summary>Nothing is left to be released but what waits on it: others may be about to break it at this moment.</summary>
    public void Dispose() => Abort();
}
