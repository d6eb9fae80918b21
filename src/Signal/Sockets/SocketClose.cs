using System.Net.WebSockets;

namespace RtcHub.Signal.Sockets;

/// <summary>The last words on a socket: <c>closing</c>, and the close with the same code.</summary>
internal static class SocketClose
{
    public static byte[] Frame(CloseCode code, int retryAfterMs) =>
        Wire.Control("closing", new Closing((int)code, code.Name(), retryAfterMs > 0 ? retryAfterMs : null), MessageJson.Default.EventClosing);

    public static async Task SendCloseAsync(this WebSocket socket, CloseCode code, int retryAfterMs, CancellationToken cancel)
    {
        await socket.SendAsync(Frame(code, retryAfterMs), WebSocketMessageType.Text, endOfMessage: true, cancel);
        await socket.CloseOutputAsync(code.Status(), code.Name(), cancel);
    }
}
