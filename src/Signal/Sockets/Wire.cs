using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// Builds the bytes that go into an <see cref="Sessions.Outbox"/>: a frame without its opening <c>{"seq":N,</c>, so that one
/// body serves all receivers. Control frames, which have no number, are whole.
/// </summary>
internal static class Wire
{
    /// <summary><c>"t":..,"d":..}</c></summary>
    public static byte[] Event<T>(string type, T data, JsonTypeInfo<Event<T>> json) =>
        JsonSerializer.SerializeToUtf8Bytes(new Event<T>(type, data), json)[1..];

    /// <summary><c>{"t":..,"d":..}</c></summary>
    public static byte[] Control<T>(string type, T data, JsonTypeInfo<Event<T>> json) =>
        JsonSerializer.SerializeToUtf8Bytes(new Event<T>(type, data), json);

    /// <summary><c>"re":7,"ok":true,"d":..}</c></summary>
    public static byte[] Ok(long id, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[48];
        var length = Number(head, "\"re\":"u8, id);
        return [.. head[..length], .. ",\"ok\":true,\"d\":"u8, .. data, (byte)'}'];
    }

    /// <summary><c>"re":7,"ok":false,"error":..}</c></summary>
    public static byte[] Error(long id, HubError error)
    {
        Span<byte> head = stackalloc byte[48];
        var length = Number(head, "\"re\":"u8, id);
        var view = JsonSerializer.SerializeToUtf8Bytes(ErrorView.Of(error), MessageJson.Default.ErrorView);
        return [.. head[..length], .. ",\"ok\":false,\"error\":"u8, .. view, (byte)'}'];
    }

    /// <summary>
    /// <c>"t":"offer","from":"..","d":RAW}</c>: the payload as it came, byte for byte. Ids are plain ASCII, so nothing
    /// needs escaping.
    /// </summary>
    /// <param name="n">The sender's request id, for messages whose receiver drops repeats; 0: leave out.</param>
    public static byte[] Relay(ReadOnlySpan<byte> type, string from, string? to, long n, ReadOnlySpan<byte> raw)
    {
        Span<byte> head = stackalloc byte[128];
        var length = 0;
        Put(head, "\"t\":\""u8, ref length);
        Put(head, type, ref length);
        Put(head, "\",\"from\":\""u8, ref length);
        length += System.Text.Encoding.ASCII.GetBytes(from, head[length..]);
        if (to is not null)
        {
            Put(head, "\",\"to\":\""u8, ref length);
            length += System.Text.Encoding.ASCII.GetBytes(to, head[length..]);
        }

        Put(head, "\""u8, ref length);
        if (n > 0)
            length += Number(head[length..], ",\"n\":"u8, n);
        Put(head, ",\"d\":"u8, ref length);

        var frame = GC.AllocateUninitializedArray<byte>(length + raw.Length + 1);
        head[..length].CopyTo(frame);
        raw.CopyTo(frame.AsSpan(length));
        frame[^1] = (byte)'}';
        return frame;
    }

    private static void Put(Span<byte> target, ReadOnlySpan<byte> text, ref int length)
    {
        text.CopyTo(target[length..]);
        length += text.Length;
    }

    private static int Number(Span<byte> target, ReadOnlySpan<byte> label, long value)
    {
        label.CopyTo(target);
        value.TryFormat(target[label.Length..], out var digits, default, System.Globalization.CultureInfo.InvariantCulture);
        return label.Length + digits;
    }
}
