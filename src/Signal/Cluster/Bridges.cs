using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>All bridges of this node: clients of its own whose home is elsewhere, and clients of others whose home is here.</summary>
internal sealed partial class Bridges
{
    // A room that has just left is where somebody asks for it next.
    private const int MovedMs = 200;

    private readonly Nodes _nodes;
    private readonly Relay _relay;
    private readonly HelloRoute _route;
    private readonly IHttpContextFactory _contexts;
    private readonly TimeProvider _time;
    private readonly ILogger<Bridges> _logger;
    private readonly ConcurrentDictionary<uint, (Bridge Bridge, BridgeEnd End)> _opened = new();
    private readonly ConcurrentDictionary<(string Node, uint Id), BridgeEnd> _accepted = new();
    private uint _lastId;

    public Bridges(Nodes nodes, Relay relay, HelloRoute route, IHttpContextFactory contexts, TimeProvider time, ILogger<Bridges> logger)
    {
        (_nodes, _relay, _route, _contexts, _time, _logger) = (nodes, relay, route, contexts, time, logger);
        relay.Broken += Break;
    }

    /// <summary>Runs an ordinary connection on a socket whose first message has been read.</summary>
    public Func<WebSocket, HttpContext, ReadOnlyMemory<byte>, Task> Serve { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Sockets here whose sessions live elsewhere.</summary>
    public int Count => _opened.Count;

    public IEnumerable<Bridge> Opened => _opened.Values.Select(pair => pair.Bridge);

    /// <summary>Runs a client's socket against the node where its session lives.</summary>
    public async Task RunAsync(WebSocket socket, HttpContext context, string node, ReadOnlyMemory<byte> first)
    {
        var id = Interlocked.Increment(ref _lastId);
        using var end = new BridgeEnd(_relay.To(node), id, answers: false);
        var bridge = new Bridge(socket, end, _time);
        _opened[id] = (bridge, end);
        try
        {
            var head = JsonSerializer.SerializeToUtf8Bytes(RequestHead.Of(context), ClusterJson.Default.RequestHead);
            end.Post(FrameKind.Open, RelayFrame.Join(head, first.Span));
            await bridge.RunAsync(context.RequestAborted);
        }
        finally
        {
            _opened.TryRemove(id, out _);
        }
    }

    /// <summary>A frame of a bridge, from another node.</summary>
    public void Receive(string node, RelayFrame frame)
    {
        if (frame.Kind == FrameKind.Open)
            Accept(node, frame);
        else if (Find(node, frame) is { } end)
            end.Receive(frame);
        else if (frame.Kind == FrameKind.Message)
            _relay.To(node).Post(FrameKind.Abort, !frame.Answers, frame.Id); // a bridge that this end has given up
    }

    private BridgeEnd? Find(string node, RelayFrame frame)
    {
        if (!frame.Answers) return _accepted.GetValueOrDefault((node, frame.Id));
        return _opened.TryGetValue(frame.Id, out var opened) && opened.End.Node == node ? opened.End : null;
    }

    private void Accept(string node, RelayFrame frame)
    {
        if (!RelayFrame.TrySplit(frame.Payload, out var headJson, out var first) || JsonSerializer.Deserialize(headJson.Span, ClusterJson.Default.RequestHead) is not { } head) return;
        var end = new BridgeEnd(_relay.To(node), frame.Id, answers: true);
        if (_accepted.TryAdd((node, frame.Id), end)) _ = Task.Run(() => ServeAsync(end, head, first));
    }

    private async Task ServeAsync(BridgeEnd end, RequestHead head, ReadOnlyMemory<byte> first)
    {
        var features = head.ToFeatures([], Stream.Null, default);
        features.Set<IHttpRequestLifetimeFeature>(new Lifetime(end));
        var context = _contexts.Create(features);
        using var socket = new BridgeSocket(end, Opening.Version);
        try
        {
            // Asked again here: a room that is just being taken over is waited for, one that has moved on is not ours.
            var home = await _route.FindAsync(first, end.Gone);
            if (home.Kind is HomeKind.Here or HomeKind.Nowhere)
                await Serve(socket, context, first);
            else if (home.Kind == HomeKind.There || _nodes.IsDraining)
                await socket.SendCloseAsync(CloseCode.Moved, Random.Shared.Next(50, MovedMs), end.Gone);
            else
                await socket.SendCloseAsync(CloseCode.Unavailable, Home.Away.RetryAfterMs!.Value, end.Gone);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The client, or its node, is gone.
        }
        catch (Exception e)
        {
            Log.Failed(_logger, end.Node, e);
        }
        finally
        {
            _accepted.TryRemove((end.Node, end.Id), out _);
            _contexts.Dispose(context);
        }
    }

    // The clients come back at different times, the later the more they are.
    private void Break(string node)
    {
        var lost = _opened.Values.Where(pair => pair.End.Node == node).ToList();
        foreach (var (bridge, _) in lost) bridge.Leave(CloseCode.Moved, Random.Shared.Next(1, Math.Clamp(lost.Count, 50, 2000)));
        foreach (var ((of, _), end) in _accepted)
        {
            if (of == node) end.Abort();
        }
    }

    private sealed class Lifetime(BridgeEnd end) : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; } = end.Gone;

        public void Abort() => end.Abort();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A client of node {Node} could not be served")]
        public static partial void Failed(ILogger logger, string node, Exception exception);
    }
}
