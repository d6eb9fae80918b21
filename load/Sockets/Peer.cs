using System.Net;

namespace RtcHub.Load.Sockets;

/// <summary>A message of somebody else.</summary>
/// <param name="data">Its payload; valid until the call returns.</param>
internal delegate void Heard(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data);

/// <summary>Where to connect.</summary>
/// <param name="Servers">Of several, the first to try.</param>
/// <param name="Local">Address to connect from; null: whichever the system takes.</param>
internal sealed record Route(IReadOnlyList<IPEndPoint> Servers, IPAddress? Local = null);

/// <summary>Somebody in a room of a signalling server, whichever it is: who says something to one or to all others, and hears what they say.</summary>
internal abstract class Peer(SocketThread thread, Route route, Tally tally) : IFrameReader, IAsyncDisposable
{
    public SocketThread Thread => thread;

    /// <summary>By which others address it; once it has joined.</summary>
    public string Id { get; protected set; } = "";

    /// <summary>Told of what others say. On the thread.</summary>
    public Heard? Heard { get; set; }

    public WebSocketClient? Socket { get; protected set; }

    protected Route Route => route;

    protected Tally Tally => tally;

    /// <summary>Connects, and enters a room if one is given.</summary>
    /// <exception cref="IOException">The server did not let us.</exception>
    public abstract Task JoinAsync(string? room, CancellationToken cancel);

    /// <summary>Says something to one, or with <paramref name="to"/> null to all others in the room.</summary>
    /// <param name="data">JSON.</param>
    public abstract void Send(ReadOnlySpan<byte> type, string? to, ReadOnlySpan<byte> data);

    public abstract void Read(WebSocketClient socket, ReadOnlySpan<byte> text);

    public abstract void Ended(WebSocketClient socket, int code);

    public virtual void Tick()
    {
    }

    /// <summary>Leaves for good.</summary>
    public virtual ValueTask DisposeAsync()
    {
        Socket?.Abort();
        return ValueTask.CompletedTask;
    }
}

/// <summary>How a server speaks: what makes a <see cref="Peer"/> of it.</summary>
internal delegate Peer PeerFactory(SocketThread thread, Route route, Tally tally, string name);
