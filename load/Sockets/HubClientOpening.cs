using System.Text;
using System.Text.Json;

namespace RtcHub.Load.Sockets;

/// <summary>The first frames of a socket: docs/protocol.md section 3, and what becomes of requests that had no reply when the last one ended.</summary>
internal sealed partial class HubClient
{
    private const int AtOnce = 4008; // and above: the client resumes without waiting (docs/protocol.md section 7)

    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LastBackOff = TimeSpan.FromSeconds(5);

    private int _retryAfterMs;
    private int _server;

    private async Task<JsonElement> OpenAsync(CancellationToken cancel)
    {
        var socket = new WebSocketClient(Thread, this);
        var opened = New();
        lock (_gate) (Socket, _opened) = (socket, opened);
        await socket.ConnectAsync(Route.Servers[_server % Route.Servers.Count], Route.Local, "/ws", "rtchub.v1", cancel);
        var resume = Id.Length == 0 ? "" : $",\"resume\":{{\"id\":\"{Id}\",\"secret\":\"{_secret}\",\"seq\":{Volatile.Read(ref _seq)}}}";
        socket.Send(Encoding.UTF8.GetBytes($"{{\"t\":\"hello\",\"d\":{{\"versions\":[\"rtchub.v1\"],\"name\":\"{name}\"{(Hello is null ? "" : $",{Hello}")}{_room}{resume}}}}}"));
        return await opened.Task.WaitAsync(Patience, cancel);
    }

    // Full jitter: any time between none and the limit, which doubles.
    private async Task ComeBackAsync(int code)
    {
        var lost = SocketThread.Time;
        var limit = FirstBackOff;
        var wait = code >= AtOnce ? TimeSpan.FromMilliseconds(_retryAfterMs) : Random.Shared.NextDouble() * limit;
        _retryAfterMs = 0;
        while (!_leaving)
        {
            try
            {
                await Task.Delay(wait);
                if (_leaving) return;
                await OpenAsync(CancellationToken.None);
                Tally.CameBack(SocketThread.Time - lost);
                return;
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                // Nobody there: perhaps at the next address.
                Socket!.Abort();
                _server++;
                limit = limit * 2 < LastBackOff ? limit * 2 : LastBackOff;
                wait = Random.Shared.NextDouble() * limit;
            }
        }
    }

    private void Open(JsonElement data, bool isNew)
    {
        lock (_gate)
        {
            if (isNew && Id.Length > 0)
            {
                Tally.Forget();
                _leaving = true;
                return;
            }

            if (!isNew)
            {
                Tally.Resume();
                Repeat(data.GetProperty("received").GetInt64());
            }

            _ready = true;
        }

        _opened.TrySetResult(data);
    }

    private void Resync(ReadOnlySpan<byte> data)
    {
        var snapshot = Parse(data);
        lock (_gate)
        {
            Tally.Resync();
            _seq = snapshot.GetProperty("seq").GetInt64();
            _unacked = 0;
            var received = snapshot.GetProperty("received");
            Repeat(received.ValueKind == JsonValueKind.Null ? null : received.GetInt64());
            _ready = true;
        }

        _opened.TrySetResult(snapshot);
        Happened?.Invoke("resync"u8, data);
    }

    // Again with their old ids: what the hub has not taken up; all that had no reply when it does not know.
    private void Repeat(long? received)
    {
        foreach (var (id, frame) in _unanswered)
            if (received is null || id > received) Socket!.Send(frame);
    }
}
