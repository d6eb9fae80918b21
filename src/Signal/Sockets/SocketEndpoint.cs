using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// <c>/ws</c>: who may open a socket at all. Checks the origin, the sub-protocol and the number of connections of the
/// address, then runs the connection to its end.
/// </summary>
internal sealed class SocketEndpoint(
    Dispatch dispatch, DeferredWrites deferred, Heartbeat heartbeat, Origins origins, IOptions<SocketOptions> options, HubMetrics metrics, TimeProvider time,
    IHostApplicationLifetime lifetime, ILogger<SocketConnection> logger, Doorway? doorway = null)
{
    private const int SpreadMs = 2000;
    private readonly ConcurrentDictionary<IPAddress, int> _perAddress = new();

    /// <summary>The hub is going away: everybody is told, and told to come back at different times. In a cluster that is the work of Cluster/Drain.</summary>
    public void Drain()
    {
        if (doorway is not null)
            return;
        foreach (var socket in heartbeat.Sockets)
            socket.Close(CloseCode.Draining, Random.Shared.Next(100, SpreadMs));
    }

    public async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest || !context.WebSockets.WebSocketRequestedProtocols.Contains(Opening.Version))
        {
            await Problems.WriteAsync(context, Errors.Unsupported.With($"This is a WebSocket of sub-protocol {Opening.Version}."));
            return;
        }

        if (!origins.Allow(context.Request))
        {
            await Problems.WriteAsync(context, Errors.Forbidden.With("Pages of that origin may not connect; see Signal:AllowedOrigins."));
            return;
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await Problems.WriteAsync(context, Errors.Unavailable.With(retryAfterMs: 1000));
            return;
        }

        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (_perAddress.AddOrUpdate(address, 1, (_, n) => n + 1) > options.Value.ConnectionsPerAddress)
        {
            Leave(address);
            await Problems.WriteAsync(context, Errors.RateLimited.With("Too many connections from your address.", retryAfterMs: 5000));
            return;
        }

        try
        {
            await RunAsync(context);
        }
        finally
        {
            Leave(address);
        }
    }

    private async Task RunAsync(HttpContext context)
    {
        // The heartbeat watches every socket; the framework's own keep-alive would be a timer for each.
        using var webSocket = await context.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext { SubProtocol = Opening.Version, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        if (doorway is null) await ServeAsync(webSocket, context, default);
        else await doorway.EnterAsync(webSocket, context, first => ServeAsync(webSocket, context, first));
    }

    /// <summary>Runs a connection to its end.</summary>
    /// <param name="first">A message that was read already, or empty.</param>
    public async Task ServeAsync(WebSocket webSocket, HttpContext context, ReadOnlyMemory<byte> first)
    {
        var socket = new SocketConnection(webSocket, context, dispatch, deferred, options.Value, metrics, time, logger);
        heartbeat.Add(socket);
        metrics.Connected(1);
        try
        {
            var closed = await socket.RunAsync(first, context.RequestAborted);
            Detach(socket, closed);
        }
        finally
        {
            heartbeat.Remove(socket);
            metrics.Connected(-1);
        }
    }

    // A client that closes in so many words is gone; one whose socket just ended may come back.
    private void Detach(SocketConnection socket, WebSocketCloseStatus? closed)
    {
        if (socket.Session is not { } session || !session.Detach(socket, time.GetUtcNow()))
            return;
        if (closed == WebSocketCloseStatus.NormalClosure || socket.EndsSession)
            heartbeat.End(session, "left", kicked: socket.EndsSession);
        else
            session.Participant?.Room.Change(session, _ => { });
    }

    private void Leave(IPAddress address)
    {
        if (_perAddress.AddOrUpdate(address, 0, (_, n) => n - 1) <= 0)
            _perAddress.TryRemove(KeyValuePair.Create(address, 0));
    }
}
