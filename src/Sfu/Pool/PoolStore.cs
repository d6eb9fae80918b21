using System.Text.Json;
using Microsoft.Extensions.Options;
using RtcHub.Sfu.Redis;
using StackExchange.Redis;

namespace RtcHub.Sfu.Pool;

/// <summary>What media services and hubs tell each other in Redis: who is there, and which room is where. Throws what <see cref="IsAway"/> knows while Redis is away.</summary>
internal sealed class PoolStore(IConnectionMultiplexer redis, IOptions<RedisOptions> options)
{
    /// <summary>Between two signs of life.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    /// <summary>A service that gives no sign of life for as long as this is not in the list any more.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(2);

    /// <summary>How long a room stays where it is after the last hub has asked for it.</summary>
    public static readonly TimeSpan Stay = TimeSpan.FromSeconds(60);

    // One key, so that it is one step; the answer is where the room is from now on.
    private const string Claim = """
        local at = redis.call('get', KEYS[1])
        if not at or at == ARGV[1] or at == ARGV[2] then
          at = ARGV[2]
          redis.call('set', KEYS[1], at, 'px', ARGV[3])
        end
        return at
        """;

    private readonly string _prefix = $"{options.Value.Prefix}:sfu:";

    private IDatabase Database => redis.GetDatabase();

    public static bool IsAway(Exception exception) => RedisServices.IsAway(exception) || exception is ObjectDisposedException;

    /// <summary>A service is there, and how it is.</summary>
    public Task BeatAsync(ServiceRecord service) => Task.WhenAll(
        Database.SetAddAsync(Services, service.Instance),
        Database.StringSetAsync(Service(service.Instance), JsonSerializer.SerializeToUtf8Bytes(service, PoolJson.Default.ServiceRecord), Life));

    /// <summary>A service is gone, or about to be.</summary>
    public Task RemoveAsync(string instance) => Task.WhenAll(Database.SetRemoveAsync(Services, instance), Database.KeyDeleteAsync(Service(instance)));

    /// <summary>Every service that has given a sign of life.</summary>
    public async Task<IReadOnlyList<ServiceRecord>> ReadAsync()
    {
        var instances = await Database.SetMembersAsync(Services);
        var values = await Task.WhenAll(instances.Select(instance => Database.StringGetAsync(Service(instance.ToString()))));
        var services = new List<ServiceRecord>();
        for (var i = 0; i < instances.Length; i++)
        {
            if (values[i].IsNull) await Database.SetRemoveAsync(Services, instances[i]); // It comes back with its next sign of life.
            else if (Parse(values[i]!) is { } service) services.Add(service);
        }

        return services;
    }

    /// <summary>Puts a room on a service, if it is nowhere or on the one that is expected; either way says where it is then.</summary>
    public async Task<string> ClaimAsync(string room, string? expected, string mine) =>
        (string)(await Database.ScriptEvaluateAsync(Claim, [Room(room)], [expected ?? "", mine, (long)Stay.TotalMilliseconds]))!;

    /// <summary>Where a room is, or null.</summary>
    public async Task<string?> FindAsync(string room) => await Database.StringGetAsync(Room(room));

    private RedisKey Services => $"{_prefix}services";

    private RedisKey Service(string instance) => $"{_prefix}service:{instance}";

    private RedisKey Room(string room) => $"{_prefix}room:{room}";

    // What another version has written is nobody that this one could talk to.
    private static ServiceRecord? Parse(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, PoolJson.Default.ServiceRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
