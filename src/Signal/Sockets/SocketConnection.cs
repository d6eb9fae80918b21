using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Features;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// One WebSocket: what dies often. It reads frames and hands them to <see cref="Dispatch"/>, and it writes what its
/// session's <see cref="Outbox"/> holds. It has no timer (<see cref="Heartbeat"/> ticks it), and no buffer while idle.
/// </summary>
internal sealed partial class SocketConnection(
    WebSocket webSocket, HttpContext context, Dispatch dispatch, DeferredWrites deferred, SocketOptions options, HubMetrics metrics, TimeProvider time, ILogger logger)
    : IThreadPoolWorkItem
{
    private const int FirstBuffer = 4096;
    private const int MaxFragments = 1024;
    private const int MaxControl = 64;
    private const int MaxBadFrames = 10;
    private const int MaxRefused = 500;
    private const int MaxTogether = 64;
    private const int Answering = -1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(250);

    private ConcurrentQueue<byte[]>? _control; // most sockets never have one
    private TokenBucket _bucket = new(options.MessagesPerSecond, options.Burst, NowMs(time));
    private readonly GatheringStream? _stream = (context.Features.Get<IHttpUpgradeFeature>() as GatheringUpgrade)?.Stream;
    private Aftermath? _aftermath;  // while there is something to read
    private int _handled;
    private int _badFrames;
    private int _refused;
    private int _sending;
    private int _deferred;          // waits for company
    private byte[]? _opening;       // welcome, resumed or resync: before anything that has a number
    private volatile bool _ready;
    private int _closing;           // a CloseCode once somebody wants it closed, Answering when it is the client
    private volatile bool _isOver;  // nothing is written any more
    private TaskCompletionSource? _over;
    private int _retryAfterMs;
    private long _closingSinceMs;
    private long _writingSinceMs;   // 0: not writing
    private long _receivedMs = NowMs(time);
    private bool _pinged;

    public Session? Session { get; private set; }

    public HttpContext Context => context;

    /// <summary>Whether a frame is on its way to the system: too long, and the client is a slow reader.</summary>
    public bool IsWriting => Volatile.Read(ref _writingSinceMs) != 0;

    /// <summary>The hub closed it because there is nothing to come back to: a token for one room, and that is over.</summary>
    public bool EndsSession => Volatile.Read(ref _closing) is (int)CloseCode.Kicked or (int)CloseCode.RoomClosed;

    /// <summary>Reads until the socket ends. Returns the status that the client closed with, or null when it just went away.</summary>
    /// <param name="first">A message that was read already, or empty.</param>
    public async Task<WebSocketCloseStatus?> RunAsync(ReadOnlyMemory<byte> first, CancellationToken cancel)
    {
        try
        {
            if (!first.IsEmpty) await ReceiveAsync(first, cancel);
            // After a close of ours, too: until the client has answered it, or the heartbeat loses patience.
            while (true)
            {
                // A read of nothing waits for the next message without a buffer: idle sockets are most of them.
                var waiting = webSocket.ReceiveAsync(Memory<byte>.Empty, cancel);
                if (!waiting.IsCompleted) WriteAftermath();
                var waited = await waiting;
                if (waited.MessageType == WebSocketMessageType.Close)
                {
                    // After a close of our own there is nothing to answer.
                    if (webSocket.State == WebSocketState.CloseReceived) await AnswerCloseAsync();
                    return webSocket.CloseStatus;
                }

                await ReadMessageAsync(waited.EndOfMessage, cancel);
            }
        }
        catch (WebSocketException e)
        {
            Log.Broken(logger, Session?.Id, e.WebSocketErrorCode);
            if (e.WebSocketErrorCode != WebSocketError.ConnectionClosedPrematurely)
                await LingerAsync();
        }
        catch (OperationCanceledException)
        {
            // The hub is stopping, or the request was aborted.
        }
        finally
        {
            WriteAftermath();
        }

        return null;
    }

    // A frame that breaks RFC 6455 (text that is not UTF-8) was answered with a close by the framework. Ending the connection at
    // once can take that answer with it: what the client sent and nobody read makes TCP reset instead of finish.
    private async Task LingerAsync()
    {
        try
        {
            await Task.Delay(Linger, time, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client has read the answer and gone.
        }
    }

    /// <summary>From now on this socket writes what the session's outbox holds, after the frame that opens it.</summary>
    public void Open(Session session, byte[] opening)
    {
        Session = session;
        _opening = opening;
        _ready = true;
        Flush();
    }

    /// <summary>Queues a frame without a sequence number.</summary>
    public void Control(byte[] frame)
    {
        var control = LazyInitializer.EnsureInitialized(ref _control, static () => new ConcurrentQueue<byte[]>());
        control.Enqueue(frame);
        if (control.Count > MaxControl)
            Close(CloseCode.SlowConsumer);
        else
            Flush();
    }

    /// <summary>Tells the client why, and closes. Only the first reason counts.</summary>
    public void Close(CloseCode code, int retryAfterMs = 0)
    {
        if (Interlocked.CompareExchange(ref _closing, (int)code, 0) != 0)
            return;
        _retryAfterMs = retryAfterMs;
        Volatile.Write(ref _closingSinceMs, NowMs(time));
        metrics.Closed(code.Name());
        Log.Closing(logger, Session?.Id, code);
        Flush();
    }

    /// <summary>Once a second: deadlines, pings, and the end of a socket that does not move any more.</summary>
    public void Tick(long nowMs)
    {
        var silent = nowMs - Volatile.Read(ref _receivedMs);
        if (Volatile.Read(ref _closing) != 0)
        {
            if (nowMs - Volatile.Read(ref _closingSinceMs) > Patience.TotalMilliseconds)
                context.Abort();
        }
        else if (Volatile.Read(ref _writingSinceMs) is > 0 and var since && nowMs - since > options.WriteTimeout.TotalMilliseconds)
        {
            Close(CloseCode.SlowConsumer);
        }
        else if (Session is null)
        {
            if (silent > options.HelloTimeout.TotalMilliseconds)
                Close(CloseCode.Protocol);
        }
        else if (silent > options.DeadAfter.TotalMilliseconds)
        {
            Close(CloseCode.Dead);
        }
        else if (silent > options.PingAfter.TotalMilliseconds && !_pinged)
        {
            _pinged = true;
            Control("""{"t":"ping"}"""u8.ToArray());
        }
    }

    private async Task ReadMessageAsync(bool empty, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var (length, text) = (0, true);
            for (var fragments = 0; !empty; fragments++)
            {
                if (length == buffer.Length)
                    buffer = Grow(buffer);
                var receiving = webSocket.ReceiveAsync(buffer.AsMemory(length), cancel);
                if (!receiving.IsCompleted) WriteAftermath();
                var part = await receiving;
                if (part.MessageType == WebSocketMessageType.Close)
                    return; // in the middle of a message; the next read of the loop sees it again
                length += part.Count;
                if (length > options.SdpFrameBytes || fragments > MaxFragments)
                {
                    Close(CloseCode.TooBig);
                    return;
                }

                text = part.MessageType == WebSocketMessageType.Text;
                if (part.EndOfMessage)
                    break;
            }

            _pinged = false;
            Volatile.Write(ref _receivedMs, NowMs(time));
            await ReceiveAsync(text ? buffer.AsMemory(0, length) : Memory<byte>.Empty, cancel);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask ReceiveAsync(ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        if (Volatile.Read(ref _closing) != 0)
            return;
        var receivedAt = time.GetTimestamp();
        var header = Envelope.Read(message, out var error);
        metrics.Received(header.Handler?.Name ?? "unknown");
        var allowed = _bucket.TryTake(NowMs(time), out var retryAfterMs);
        if (!allowed && ++_refused > MaxRefused)
        {
            Close(CloseCode.Rate, 1000);
            return;
        }

        if (error is null && !allowed)
            error = Errors.RateLimited.With(retryAfterMs: retryAfterMs);
        if (error is null && message.Length > options.FrameBytes && header.Handler is not { MayBeLarge: true })
            error = Errors.TooLarge;

        if (Session is null)
        {
            error ??= header.Handler == Handler.Hello ? null : Errors.Invalid.With("The first message is 'hello'.", "t");
            error ??= await dispatch.HelloAsync(this, header.Data, cancel);
            if (error is not null)
            {
                Refuse(error);
                Close(CodeOf(error), error.RetryAfterMs ?? 0);
            }

            return;
        }

        if (header.Ack is { } ack)
            Session.Outbox.Acknowledge(ack);
        if (header.Handler is { IsControl: true })
        {
            if (error is not null)
                Refuse(error);
            else if (header.Handler == Handler.Ping)
                Control([.. "{\"t\":\"pong\",\"d\":"u8, .. header.Data.Span, (byte)'}']);
            else if (header.Handler == Handler.Hello)
                Refuse(Errors.Conflict.With("The session is open already."));
        }
        else if (header.Id is not { } id)
        {
            Refuse(error ?? Errors.Invalid.With("A request needs an 'id'.", "id"));
        }
        else
        {
            if (error is null && header.Handler is null)
                error = Errors.Unsupported.With("This message is not known here.", "t");
            _aftermath ??= new Aftermath();
            _aftermath.Collect();
            var handling = dispatch.RequestAsync(this, new Request(Session, id, header.To, header.Data, receivedAt), header.Handler, error, cancel);
            Aftermath.Stop();
            if (!handling.IsCompleted || ++_handled % MaxTogether == 0) WriteAftermath();
            await handling;
        }
    }

    private static CloseCode CodeOf(HubError error) => error.Kind switch
    {
        var kind when kind == Errors.Unauthorized => CloseCode.Unauthorized,
        var kind when kind == Errors.RateLimited => CloseCode.Rate,
        var kind when kind == Errors.Unavailable => CloseCode.Unavailable,
        _ => CloseCode.Protocol,
    };

    /// <summary>An error that belongs to no request. Ten of them, and the client is taken to be broken.</summary>
    private void Refuse(HubError error)
    {
        metrics.Error(error.Kind);
        Control(Wire.Control("error", ErrorView.Of(error), MessageJson.Default.EventErrorView));
        if (++_badFrames >= MaxBadFrames)
            Close(CloseCode.Protocol);
    }

    private byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, options.SdpFrameBytes + 1));
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    // Milliseconds from an arbitrary start, never 0.
    public static long NowMs(TimeProvider time) => 1 + (long)time.GetElapsedTime(0).TotalMilliseconds;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Socket of {Session} broke: {Error}")]
        public static partial void Broken(ILogger logger, string? session, WebSocketError error);

        [LoggerMessage(2, LogLevel.Debug, "Closing the socket of {Session}: {Code}")]
        public static partial void Closing(ILogger logger, string? session, CloseCode code);
    }
}
