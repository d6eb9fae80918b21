using System.Buffers;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;

namespace RtcHub.Sfu.Control;

/// <summary>
/// The events of a service on another machine, over a WebSocket that is opened again when it breaks. While the service comes back
/// in time and still knows what was missed, a listener notices nothing; else it is told <see cref="SfuEvent.Lost"/> and
/// <see cref="SfuEvent.Found"/>. The first event is one of these two.
/// </summary>
/// <param name="events">Of <see cref="EventSocket"/>.</param>
internal sealed partial class RemoteEvents(Uri events, string? secret, TimeProvider time, ILogger<RemoteEvents> log)
{
    /// <summary>The service gives a sign of life every second.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    // Refused so many times in a row, nobody listens there any more: the process is gone, and what it held with it.
    private const int Refusals = 2;

    private const int Backlog = 100_000;
    private const int MaxFrame = 64 * 1024;

    // As long as this a service that has just gone is not asked again.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Begins now, not when the first event is read. A listener that stays far behind ends with an exception.</summary>
    public IAsyncEnumerable<SfuEvent> ListenAsync(CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<SfuEvent>(new BoundedChannelOptions(Backlog) { SingleReader = true, SingleWriter = true });
        var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _ = Task.Run(async () => channel.Writer.TryComplete(await new Listener(events, secret, time, log, channel.Writer).RunAsync(ended.Token)), CancellationToken.None);
        return ReadAsync(channel, ended, cancel);
    }

    private static async IAsyncEnumerable<SfuEvent> ReadAsync(Channel<SfuEvent> channel, CancellationTokenSource ended, [EnumeratorCancellation] CancellationToken cancel)
    {
        using (ended)
        {
            try
            {
                await foreach (var happened in channel.Reader.ReadAllAsync(cancel)) yield return happened;
            }
            finally
            {
                await ended.CancelAsync();
            }
        }
    }

    /// <summary>One listener's place in the events.</summary>
    private sealed class Listener(Uri address, string? secret, TimeProvider time, ILogger log, ChannelWriter<SfuEvent> events)
    {
        private string? _instance;
        private long _seq;
        private bool? _isThere;
        private long _heardAt = time.GetTimestamp();
        private Exception? _why;
        private int _refused;

        /// <returns>Why it ended, or null.</returns>
        public async Task<Exception?> RunAsync(CancellationToken cancel)
        {
            try
            {
                while (true)
                {
                    await ListenOnceAsync(cancel);
                    if (_isThere != false && (time.GetElapsedTime(_heardAt) >= Silence || (_isThere == true && _refused >= Refusals))) Tell(SfuEvent.Lost);
                    await Task.Delay(Remaining() is var left && left < Pause ? left : Pause, time, cancel);
                }
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return null;
            }
            catch (SfuException tooSlow)
            {
                return tooSlow;
            }
        }

        // One socket, from opening it until it breaks or falls silent.
        private async Task ListenOnceAsync(CancellationToken cancel)
        {
            using var socket = new ClientWebSocket();
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            if (secret is not null) socket.Options.SetRequestHeader("Authorization", $"Bearer {secret}");
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            // Asynchronously: a timer that is just firing is waited for, or it would find its source disposed and take the process down.
            await using var clock = time.CreateTimer(_ => silence.Cancel(), null, Remaining(), Timeout.InfiniteTimeSpan);
            try
            {
                await socket.ConnectAsync(new Uri(address, _instance is null ? "" : $"?instance={_instance}&after={_seq}"), silence.Token);
                _refused = 0;
                var buffer = new ArrayBufferWriter<byte>();
                while (true)
                {
                    Take(await ReceiveAsync(socket, buffer, silence.Token));
                    _heardAt = time.GetTimestamp();
                    clock.Change(Silence, Timeout.InfiniteTimeSpan);
                }
            }
            catch (Exception broken) when (broken is WebSocketException or JsonException || (broken is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                _why = broken; // The caller opens it again.
                if (broken.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused }) _refused++;
            }
        }

        // Until the silence is complete, while something would be lost by it; else what one try may take.
        private TimeSpan Remaining()
        {
            if (_isThere == false) return Silence;
            var left = Silence - time.GetElapsedTime(_heardAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }

        private static async Task<EventFrame> ReceiveAsync(WebSocket socket, ArrayBufferWriter<byte> buffer, CancellationToken cancel)
        {
            buffer.ResetWrittenCount();
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.GetMemory(4096), cancel);
                buffer.Advance(part.Count);
                if (part.MessageType == WebSocketMessageType.Close || buffer.WrittenCount > MaxFrame) throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
                if (part.EndOfMessage) return JsonSerializer.Deserialize(buffer.WrittenSpan, SfuJson.Default.EventFrame) ?? throw new JsonException("It is null.");
            }
        }

        private void Take(EventFrame frame)
        {
            if (frame.Instance is { } instance)
            {
                if (_isThere == true && !frame.Resumed) Tell(SfuEvent.Lost);
                _instance = instance;
                _seq = frame.Seq;
                if (_isThere != true) Tell(SfuEvent.Found);
            }
            else if (frame.Event is { } happened)
            {
                _seq = frame.Seq;
                Write(happened);
            }
        }

        private void Tell(string kind)
        {
            _isThere = kind == SfuEvent.Found;
            if (kind == SfuEvent.Lost)
            {
                Log.Lost(log, address, _why);
                _instance = null; // What happens until it is found concerns nobody.
            }
            else
            {
                Log.Found(log, address, _instance!);
            }

            Write(new SfuEvent(kind, Room: null));
        }

        private void Write(SfuEvent happened)
        {
            if (!events.TryWrite(happened)) throw new SfuException(SfuError.Unavailable, "Events were read too slowly.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The media service at {Address} is lost")]
        public static partial void Lost(ILogger logger, Uri address, Exception? exception);

        [LoggerMessage(2, LogLevel.Information, "The media service at {Address} is there: {Instance}")]
        public static partial void Found(ILogger logger, Uri address, string instance);
    }
}
