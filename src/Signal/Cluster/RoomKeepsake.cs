using System.Text.Json;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Cluster;

/// <summary>What Redis has to know of a room that lives here, in case that it has forgotten.</summary>
/// <param name="Live">What the home knows besides the record.</param>
/// <param name="Chat">The newest messages, oldest first.</param>
internal sealed record RoomKeepsake(RoomRecord Record, byte[] Live, IReadOnlyList<ChatMessage> Chat)
{
    /// <summary>Publishers and players that are no sessions of the hub, by key.</summary>
    public IReadOnlyDictionary<string, byte[]> Programs { get; init; } = new Dictionary<string, byte[]>();

    /// <param name="program">Null: it is gone.</param>
    public static void Write(FencedWrite write, ClusterKeys keys, string room, string key, byte[]? program)
    {
        var programs = (string)keys.Programs(room)!;
        if (program is null)
        {
            write.Add("HDEL", programs, key);
            return;
        }

        write.Add("HSET", programs, key, program);
        write.Add("EXPIRE", programs, SessionWriter.KeepSeconds);
    }

    public void Write(FencedWrite write, ClusterKeys keys)
    {
        var id = Record.Id;
        write.Add("HSET", (string)keys.Room(id)!, "record", JsonSerializer.SerializeToUtf8Bytes(Record, StoreJson.Default.RoomRecord), "version", Record.Version);
        write.Add("ZADD", (string)keys.Rooms!, 0, id);
        write.Add("SET", (string)keys.Live(id)!, Live, "EX", SessionWriter.KeepSeconds);
        foreach (var (key, program) in Programs)
            Write(write, keys, id, key, program);
        // Others may have read these numbers: a message keeps its own.
        write.Add("DEL", (string)keys.Chat(id)!, (string)keys.ChatNumbers(id)!);
        foreach (var message in Chat)
        {
            write.Add("XADD", (string)keys.Chat(id)!, $"{message.Message}-0", "m", JsonSerializer.SerializeToUtf8Bytes(message, StoreJson.Default.ChatMessage), "k", $"{message.From} {message.N}");
            write.Add("HSET", (string)keys.ChatNumbers(id)!, $"{message.From} {message.N}", message.Message);
        }
    }
}
