using System.Text.Json;
using System.Text.Json.Serialization;
using RtcHub.Sfu.Redis;
using RtcHub.Signal.Rooms;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>How many are in a room, and which way its media goes.</summary>
internal sealed record RoomCount(int Participants, RouteView Route);

/// <summary>
/// Who is where, for lists of rooms: each node says once a second what has changed in its own. A list is a look at many rooms at
/// once, and need not be truer than that.
/// </summary>
internal sealed class Census
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Takes back what this node has said, if no other has said something since.
    private const string RemoveScript =
        """
        for i = 2, #ARGV do
          local said = redis.call('HGET', KEYS[1], ARGV[i])
          if said and string.sub(said, 1, #ARGV[1] + 1) == ARGV[1] .. ' ' then redis.call('HDEL', KEYS[1], ARGV[i]) end
        end
        """;

    private readonly Nodes _nodes;
    private readonly RoomDirectory _rooms;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, RoomCount> _said = [];
    private long _saidAt;

    public Census(Nodes nodes, RoomDirectory rooms, TimeProvider time)
    {
        (_nodes, _rooms, _time) = (nodes, rooms, time);
        nodes.Beaten += SayAsync;
        nodes.Returned += () =>
        {
            _said.Clear();
            return Task.CompletedTask;
        };
    }

    /// <summary>Those of some rooms that live on other nodes and have somebody in them; none while Redis is away.</summary>
    public async Task<IReadOnlyDictionary<string, RoomCount>> OfOthersAsync(IReadOnlyList<string> rooms)
    {
        var found = new Dictionary<string, RoomCount>();
        if (rooms.Count == 0 || _nodes.IsAway) return found;
        try
        {
            var said = await _nodes.Database.HashGetAsync(_nodes.Keys.Census, [.. rooms.Select(room => (RedisValue)room)]);
            foreach (var (room, value) in rooms.Zip(said))
            {
                if ((string?)value is not { } text || text.IndexOf(' ') is var space && space < 0) continue;
                if (text[..space] is var node && node != _nodes.Id && _nodes.IsAlive(node) && JsonSerializer.Deserialize(text[(space + 1)..], CensusJson.Default.RoomCount) is { } count)
                    found[room] = count;
            }
        }
        catch (Exception e) when (RedisServices.IsAway(e))
        {
            // The list is as this node alone sees it.
        }

        return found;
    }

    private async Task SayAsync()
    {
        if (_time.GetElapsedTime(_saidAt) < Period) return;
        _saidAt = _time.GetTimestamp();
        var now = _rooms.All.Where(room => room.Count > 0).ToDictionary(room => room.Id, room => new RoomCount(room.Count, room.RouteView));
        var gone = _said.Keys.Where(room => !now.ContainsKey(room)).ToList();
        var changed = now.Where(room => !_said.TryGetValue(room.Key, out var before) || before != room.Value).ToList();
        if (changed.Count > 0)
            await _nodes.Database.HashSetAsync(_nodes.Keys.Census, [.. changed.Select(room => new HashEntry(room.Key, $"{_nodes.Id} {JsonSerializer.Serialize(room.Value, CensusJson.Default.RoomCount)}"))]);
        if (gone.Count > 0)
            await _nodes.Database.ScriptEvaluateAsync(RemoveScript, [_nodes.Keys.Census], [_nodes.Id, .. gone.Select(room => (RedisValue)room)]);
        foreach (var room in gone) _said.Remove(room);
        foreach (var (room, count) in changed) _said[room] = count;
    }
}

[JsonSerializable(typeof(RoomCount))]
internal sealed partial class CensusJson : JsonSerializerContext;
