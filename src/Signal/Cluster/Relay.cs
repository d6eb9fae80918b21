using System.Collections.Concurrent;
using RtcHub.Sfu.Redis;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// Frames between nodes, in order and at most once, over one Redis Stream per node: its inbox. StackExchange.Redis does not wait
/// for a stream, so whoever adds to an empty one says so by pub/sub; every heartbeat looks, too, should that be lost.
/// </summary>
internal sealed partial class Relay : BackgroundService
{
    private const int MaxTaken = 64;

    private const string TakeScript =
        """
        local found = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[1])
        local batches = {}
        for i, entry in ipairs(found) do
          redis.call('XDEL', KEYS[1], entry[1])
          batches[i] = entry[2][2]
        end
        redis.call('PEXPIRE', KEYS[1], 60000)
        return batches
        """;

    private readonly Nodes _nodes;
    private readonly IConnectionMultiplexer _redis;
    private readonly TimeProvider _time;
    private readonly ILogger<Relay> _logger;
    private readonly ConcurrentDictionary<string, Lazy<RelayLink>> _links = new();
    private readonly Dictionary<string, (uint Run, long Number)> _heard = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stopped = new();

    public Relay(Nodes nodes, IConnectionMultiplexer redis, TimeProvider time, ILogger<Relay> logger)
    {
        (_nodes, _redis, _time, _logger) = (nodes, redis, time, logger);
        nodes.Beaten += () =>
        {
            Wake();
            return Task.CompletedTask;
        };
        nodes.Died += node =>
        {
            if (_links.TryRemove(node, out var link)) link.Value.Complete();
            Broken?.Invoke(node);
        };
    }

    /// <summary>A frame has come; nothing may wait in here.</summary>
    public Action<string, RelayFrame>? Received { get; set; }

    /// <summary>Everything under way from and to that node is lost.</summary>
    public event Action<string>? Broken;

    public RelayLink To(string node) => _links.GetOrAdd(node, target => new Lazy<RelayLink>(() =>
    {
        var link = new RelayLink(_nodes, target, _time, broken => Broken?.Invoke(broken));
        _ = Task.Run(() => link.RunAsync(_stopped.Token));
        return link;
    })).Value;

    public override void Dispose()
    {
        _stopped.Cancel();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var subscribed = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!subscribed)
                {
                    await _redis.GetSubscriber().SubscribeAsync(_nodes.Keys.Wake(_nodes.Id), (_, _) => Wake());
                    subscribed = true;
                }

                while (await TakeAsync() > 0) ;
            }
            catch (Exception e) when (RedisServices.IsAway(e))
            {
                Log.Away(_logger, e.Message);
            }

            await _wake.WaitAsync(stoppingToken);
        }
    }

    private async Task<int> TakeAsync()
    {
        var taken = (RedisValue[])(await _nodes.Database.ScriptEvaluateAsync(TakeScript, [_nodes.Keys.Inbox(_nodes.Id)], [MaxTaken]))!;
        foreach (var value in taken)
        {
            if (!RelayBatch.TryRead((byte[])value!, out var batch) || !IsNext(batch)) continue;
            var frames = batch.Frames;
            while (RelayFrame.TryRead(ref frames, out var frame))
                Deliver(batch.Sender, frame);
        }

        return taken.Length;
    }

    private void Deliver(string sender, RelayFrame frame)
    {
        try
        {
            Received?.Invoke(sender, frame);
        }
        catch (Exception e)
        {
            Log.Failed(_logger, frame.Kind, sender, e); // one bad frame must not stop all others
        }
    }

    // A batch that is missing was read by nobody: what was under way between the two nodes has a hole.
    private bool IsNext(RelayBatch batch)
    {
        var (run, number) = _heard.GetValueOrDefault(batch.Sender);
        if (batch.Run == run && batch.Number <= number) return false;
        _heard[batch.Sender] = (batch.Run, batch.Number);
        if (batch.Run == run ? batch.Number != number + 1 : number != 0)
        {
            Log.Hole(_logger, batch.Sender);
            Broken?.Invoke(batch.Sender);
        }

        return true;
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else woke it just now.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The inbox cannot be read: {Error}")]
        public static partial void Away(ILogger logger, string error);

        [LoggerMessage(2, LogLevel.Error, "A frame {Kind} of node {Node} could not be taken")]
        public static partial void Failed(ILogger logger, FrameKind kind, string node, Exception exception);

        [LoggerMessage(3, LogLevel.Warning, "Something that node {Node} sent is missing")]
        public static partial void Hole(ILogger logger, string node);
    }
}
