using System.Text;
using System.Text.Json;

namespace RtcHub.Load.Sockets;

/// <summary>
/// Speaks with load/peers/socketio.js: Engine.IO 4 and the Socket.IO protocol 5, both a digit before the JSON of an event.
/// </summary>
internal sealed class SocketIoPeer(SocketThread thread, Route route, Tally tally) : ForeignPeer(thread, route, tally)
{
    private string? _room;

    public override async Task JoinAsync(string? room, CancellationToken cancel)
    {
        _room = room;
        Socket = new WebSocketClient(Thread, this);
        await Socket.ConnectAsync(Route.Servers[0], Route.Local, "/socket.io/?EIO=4&transport=websocket", null, cancel);
        Id = await JoinedAsync(cancel);
    }

    public override void Send(ReadOnlySpan<byte> type, string? to, ReadOnlySpan<byte> data)
    {
        using var frame = new FrameWriter();
        frame.Put("42[\""u8);
        frame.Put(type);
        if (to is null)
        {
            frame.Put("\",null,"u8);
        }
        else
        {
            frame.Put("\",\""u8);
            frame.PutAscii(to);
            frame.Put("\","u8);
        }

        frame.Put(data);
        frame.Put("]"u8);
        Socket!.Send(frame.Written);
    }

    public override void Read(WebSocketClient socket, ReadOnlySpan<byte> text)
    {
        switch (text)
        {
            case [(byte)'0', ..]:
                socket.Send("40"u8);
                break;
            case [(byte)'2']:
                socket.Send("3"u8);
                break;
            case [(byte)'4', (byte)'0', ..] when _room is null:
                Joined("");
                break;
            case [(byte)'4', (byte)'0', ..]:
                socket.Send(Encoding.UTF8.GetBytes($"42[\"join\",\"{_room}\"]"));
                break;
            case [(byte)'4', (byte)'2', .. var packet]:
                Event(packet);
                break;
        }
    }

    // ["offer","from",{...}]
    private void Event(ReadOnlySpan<byte> packet)
    {
        var reader = new Utf8JsonReader(packet);
        reader.Read();
        reader.Read();
        var type = reader.ValueSpan;
        reader.Read();
        if (type.SequenceEqual("joined"u8))
        {
            Joined(reader.GetString()!);
            return;
        }

        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        Heard?.Invoke(type, packet[start..(int)reader.BytesConsumed]);
    }
}
