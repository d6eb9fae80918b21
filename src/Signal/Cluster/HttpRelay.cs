using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Hosting;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>On an endpoint: its requests are about the room of that route value, and its home answers them.</summary>
internal sealed record OfRoom(string RouteValue);

/// <summary>
/// REST, WHIP and WHEP on any node: a request that is about a room which lives elsewhere goes to its home and its response comes
/// back, whole, in one frame each. Nothing is tried twice: what became of a request that was not answered is for the client to find out.
/// </summary>
internal sealed partial class HttpRelay(
    Homes homes, Relay relay, IHttpContextFactory contexts, IOptions<SocketOptions> options, TimeProvider time, ILogger<HttpRelay> logger) : IStartupFilter
{
    private const int MaxResponse = 4 << 20;
    private const int MaxWaiting = 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly HubError NoAnswer = Errors.Unavailable.With("The node that this room lives on does not answer.", retryAfterMs: 2000);

    private readonly ConcurrentDictionary<uint, (string Node, TaskCompletionSource<ReadOnlyMemory<byte>?> Response)> _waiting = new();
    private RequestDelegate _application = _ => Task.CompletedTask;
    private uint _lastId;

    /// <summary>Keeps the way into the application, for requests that come from other nodes.</summary>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(application => _application = application);
        next(app);
    };

    /// <summary>Behind the routing and the keys, in front of the endpoints.</summary>
    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OfRoom>() is not { } ofRoom || context.Request.RouteValues[ofRoom.RouteValue] is not string room
            || !RoomId.IsValid(room) || HttpMethods.IsOptions(context.Request.Method))
        {
            await next(context);
            return;
        }

        // Who only looks need not make this node the home: what nobody has in memory is read from the store.
        var reads = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        var home = await homes.FindAsync(room, context.RequestAborted, claim: !reads);
        if (home.Kind is HomeKind.Here or HomeKind.Nowhere)
            await next(context);
        else if (home.Kind == HomeKind.Unavailable || context.Features.Get<Relayed>() is not null)
            await Problems.WriteAsync(context, Home.Away);
        else
            await AskAsync(context, home.Node!);
    }

    /// <summary>A request of another node, or its response to one of this node's.</summary>
    public void Receive(string node, RelayFrame frame)
    {
        if (frame.Kind == FrameKind.Request)
            _ = Task.Run(() => AnswerAsync(node, frame));
        else if (_waiting.TryGetValue(frame.Id, out var waiting) && waiting.Node == node)
            waiting.Response.TrySetResult(frame.Payload.ToArray());
    }

    /// <summary>That node will answer nothing of what it was asked.</summary>
    public void Break(string node)
    {
        foreach (var waiting in _waiting.Values)
        {
            if (waiting.Node == node) waiting.Response.TrySetResult(null);
        }
    }

    private async Task AskAsync(HttpContext context, string node)
    {
        if (_waiting.Count >= MaxWaiting)
        {
            await Problems.WriteAsync(context, NoAnswer);
            return;
        }

        if (await ReadAsync(context.Request) is not { } body)
        {
            await Problems.WriteAsync(context, Errors.TooLarge);
            return;
        }

        var id = Interlocked.Increment(ref _lastId);
        var response = new TaskCompletionSource<ReadOnlyMemory<byte>?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = (node, response);
        try
        {
            var head = JsonSerializer.SerializeToUtf8Bytes(RequestHead.Of(context), ClusterJson.Default.RequestHead);
            relay.To(node).Post(FrameKind.Request, answers: false, id, RelayFrame.Join(head, body));
            if (await response.Task.WaitAsync(Patience, time, context.RequestAborted) is { } answer && RelayFrame.TrySplit(answer, out var headJson, out var content)
                && JsonSerializer.Deserialize(headJson.Span, ClusterJson.Default.ResponseHead) is { } answered)
            {
                context.Response.StatusCode = answered.Status;
                foreach (var (name, values) in answered.Headers) context.Response.Headers[name] = values;
                if (content.Length > 0 || !HttpMethods.IsHead(context.Request.Method)) context.Response.ContentLength = answered.Status is 204 or 304 ? null : content.Length;
                await context.Response.Body.WriteAsync(content, context.RequestAborted);
                return;
            }
        }
        catch (TimeoutException)
        {
            // It may have been carried out all the same.
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }

        await Problems.WriteAsync(context, NoAnswer);
    }

    // Null: more than any endpoint takes.
    private async Task<byte[]?> ReadAsync(HttpRequest request)
    {
        var limit = options.Value.SdpFrameBytes;
        if (request.ContentLength > limit) return null;
        using var body = new MemoryStream();
        var buffer = new byte[8192];
        while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted) is > 0 and var count)
        {
            if (body.Length + count > limit) return null;
            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }

    private async Task AnswerAsync(string node, RelayFrame frame)
    {
        using var late = new CancellationTokenSource(Patience, time);
        using var body = new MemoryStream();
        try
        {
            if (!RelayFrame.TrySplit(frame.Payload, out var headJson, out var content) || JsonSerializer.Deserialize(headJson.Span, ClusterJson.Default.RequestHead) is not { } head) return;
            var context = contexts.Create(head.ToFeatures(content.ToArray(), body, late.Token));
            try
            {
                await _application(context);
                await context.Response.CompleteAsync();
                var answer = new ResponseHead(context.Response.StatusCode, RequestHead.Passed(context.Response.Headers));
                if (body.Length > MaxResponse) answer = new ResponseHead(StatusCodes.Status500InternalServerError, []);
                var json = JsonSerializer.SerializeToUtf8Bytes(answer, ClusterJson.Default.ResponseHead);
                relay.To(node).Post(FrameKind.Response, answers: true, frame.Id, RelayFrame.Join(json, body.Length > MaxResponse ? [] : body.GetBuffer().AsSpan(0, (int)body.Length)));
            }
            finally
            {
                contexts.Dispose(context);
            }
        }
        catch (Exception e)
        {
            Log.Failed(logger, node, e); // the other node's patience ends in a 503
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A request that node {Node} passed on failed")]
        public static partial void Failed(ILogger logger, string node, Exception exception);
    }
}
