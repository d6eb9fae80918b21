using System.Globalization;
using RtcHub.Signal.Sessions;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>A session as another node has left it in Redis.</summary>
/// <param name="Request">The last one whose effects are there, or null.</param>
/// <param name="Seq">The number that the messages follow.</param>
/// <param name="Lost">Messages were dropped.</param>
internal sealed record StoredSession(SessionRecord Record, long? Request, long Seq, bool Lost, IReadOnlyList<Outbox.Entry> Messages)
{
    /// <summary>Null when nothing is known of it.</summary>
    public static async Task<StoredSession?> ReadAsync(IDatabase redis, ClusterKeys keys, string id)
    {
        var (hash, stream) = (redis.HashGetAllAsync(keys.Session(id)), redis.StreamRangeAsync(keys.Replay(id)));
        var fields = (await hash).ToDictionary(field => (string)field.Name!, field => field.Value);
        var entries = await stream;
        if (!fields.TryGetValue("state", out var state) || !fields.TryGetValue("secret", out var secret))
            return null;
        var ended = fields.GetValueOrDefault("ended");
        var room = (string?)fields.GetValueOrDefault("room");
        var record = new SessionRecord(
            id, secret!, state!, ended.IsNullOrEmpty ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)ended), string.IsNullOrEmpty(room) ? null : room);

        // A message that took the place of another came later, under the same number.
        var messages = new SortedDictionary<long, Outbox.Entry>();
        foreach (var entry in entries)
        {
            var seq = (long)entry["s"];
            messages[seq] = new Outbox.Entry(seq, (byte[])entry["b"]!, null, false, !entry["r"].IsNull, 0, Stamp: StampOf(entry.Id));
        }

        var request = fields.GetValueOrDefault("request");
        return new StoredSession(
            record, request.IsNull ? null : (long)request, (long)fields.GetValueOrDefault("seq", 0), fields.GetValueOrDefault("lost") == 1, [.. messages.Values]);
    }

    private static long StampOf(RedisValue id) => long.Parse(((string)id!).AsSpan(0, ((string)id!).IndexOf('-')), CultureInfo.InvariantCulture);
}
