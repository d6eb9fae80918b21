using RtcHub.Sfu.Redis;
using RtcHub.Signal.Rooms;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>Hands back rooms that this node has and nobody uses, and forgets what nodes have left behind that died long ago.</summary>
internal sealed partial class Leftovers(Nodes nodes, Homes homes, RoomDirectory rooms, TimeProvider time, ILogger<Leftovers> logger) : BackgroundService
{
    private const int Page = 500;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongPeriod = TimeSpan.FromMinutes(10);

    // Values begin with the node; those of nodes that have not been heard for an hour are of no use to anybody.
    private const string ForgetScript =
        """
        local forgotten = 0
        for i = 1, #ARGV, 2 do
          local node = string.match(ARGV[i + 1], '^(%S+) ')
          if node and not redis.call('ZSCORE', KEYS[2], node) and redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
            forgotten = forgotten + redis.call('HDEL', KEYS[1], ARGV[i])
          end
        end
        return forgotten
        """;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var lookedAt = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (nodes.IsAway) continue;
                await homes.SweepAsync(room => rooms.Live(room) is not null);
                if (time.GetElapsedTime(lookedAt) < LongPeriod) continue;
                lookedAt = time.GetTimestamp();
                await ForgetAsync(nodes.Keys.Homes);
                await ForgetAsync(nodes.Keys.Census);
            }
            catch (Exception e) when (RedisServices.IsAway(e))
            {
                Log.Failed(logger, e.Message);
            }
        }
    }

    /// <summary>Forgets fields of a hash whose nodes are long dead.</summary>
    internal async Task ForgetAsync(RedisKey hash)
    {
        var page = new List<RedisValue>(2 * Page);
        await foreach (var entry in nodes.Database.HashScanAsync(hash, pageSize: Page))
        {
            page.AddRange([entry.Name, entry.Value]);
            if (page.Count < 2 * Page) continue;
            await nodes.Database.ScriptEvaluateAsync(ForgetScript, [hash, nodes.Keys.Nodes], [.. page]);
            page.Clear();
        }

        if (page.Count > 0) await nodes.Database.ScriptEvaluateAsync(ForgetScript, [hash, nodes.Keys.Nodes], [.. page]);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Leftovers have to wait: {Error}")]
        public static partial void Failed(ILogger logger, string error);
    }
}
