using System.Text;
using System.Text.Json;

namespace RtcHub.Load.Sockets;

/// <summary>Speaks with load/peers/ws.js.</summary>
internal sealed class WsPeer(SocketThread thread, Route route, Tally tally) : ForeignPeer(thread, route, tally)
{
    public override async Task JoinAsync(string? room, CancellationToken cancel)
    {
        Socket = new WebSocketClient(Thread, this);
        await Socket.ConnectAsync(Route.Servers[0], Route.Local, "/", null, cancel);
        if (room is null) return;
        Socket.Send(Encoding.UTF8.GetBytes($$"""{"t":"join","room":"{{room}}"}"""));
        Id = await JoinedAsync(cancel);
    }

    public override void Send(ReadOnlySpan<byte> type, string? to, ReadOnlySpan<byte> data)
    {
        using var frame = new FrameWriter();
        frame.Put("{\"t\":\""u8);
        frame.Put(type);
        if (to is not null)
        {
            frame.Put("\",\"to\":\""u8);
            frame.PutAscii(to);
        }

        frame.Put("\",\"d\":"u8);
        frame.Put(data);
        frame.Put("}"u8);
        Socket!.Send(frame.Written);
    }

    public override void Read(WebSocketClient socket, ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        ReadOnlySpan<byte> type = default, data = default;
        string? id = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("t"u8))
            {
                reader.Read();
                type = reader.ValueSpan;
            }
            else if (reader.ValueTextEquals("d"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                data = text[start..(int)reader.BytesConsumed];
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                id = reader.GetString();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (id is not null) Joined(id);
        else Heard?.Invoke(type, data);
    }
}
