using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;

namespace RtcHub.Sfu.Control;

/// <summary>
/// <c>/sfu/v1/events?instance=I&amp;after=N</c>: what happens, as WebSocket messages with numbers, and a sign of life every
/// second. A listener that comes back within reach of the log is told what it missed.
/// </summary>
internal sealed class EventSocket(EventLog log, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan PingPeriod = TimeSpan.FromSeconds(1);

    // By then the listener has given this socket up, too.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task RunAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await Reply.Of(new SfuException(SfuError.Invalid, "This is a WebSocket.")).ExecuteAsync(context);
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var reading = ReadToEndAsync(socket, ended);
        try
        {
            await WriteAsync(socket, context.Request.Query, ended.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or TimeoutException or WebSocketException or SfuException)
        {
            // It comes back, or it does not; the log keeps what it will want to know.
        }

        socket.Abort();
        await reading;
    }

    private async Task WriteAsync(WebSocket socket, IQueryCollection query, CancellationToken cancel)
    {
        var resumes = long.TryParse(query["after"], CultureInfo.InvariantCulture, out var at) && query["instance"] == log.Instance && log.Reaches(at);
        if (!resumes) at = log.Last;
        await SendAsync(socket, Encode(new EventFrame(at, log.Instance, resumes)), cancel);
        while (true)
        {
            if (log.Next(at, out var more) is { } frame)
            {
                await SendAsync(socket, frame, cancel);
                at++;
                continue;
            }

            try
            {
                await more.WaitAsync(PingPeriod, time, cancel);
            }
            catch (TimeoutException)
            {
                await SendAsync(socket, Encode(new EventFrame(at)), cancel);
            }
        }
    }

    private async Task SendAsync(WebSocket socket, byte[] frame, CancellationToken cancel) =>
        await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, cancel).WaitAsync(Patience, time, cancel);

    // Listeners say nothing; this is how one notices that they have gone.
    private static async Task ReadToEndAsync(WebSocket socket, CancellationTokenSource ended)
    {
        try
        {
            var nothing = new byte[16];
            while ((await socket.ReceiveAsync(nothing, ended.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException)
        {
            // That is the end, too.
        }

        await ended.CancelAsync();
    }

    private static byte[] Encode(EventFrame frame) => JsonSerializer.SerializeToUtf8Bytes(frame, SfuJson.Default.EventFrame);
}
