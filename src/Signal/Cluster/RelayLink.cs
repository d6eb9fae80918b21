using System.Threading.Channels;
using RtcHub.Sfu.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// The way to one other node: a queue, and one writer that puts what has gathered into the node's inbox. While Redis is away the
/// queue waits; when the other node is gone, or does not read, all that goes this way is told so.
/// </summary>
internal sealed class RelayLink(Nodes nodes, string target, TimeProvider time, Action<string> broken)
{
    private const int MaxBatch = 256 * 1024;
    private const int MaxQueue = 32 << 20;
    private const int MaxInbox = 4096;
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Below zero: not taken. -1 the node is gone; -2 ask again. A Redis that does not know that this node lives cannot tell of the other.
    private const string PostScript = Nodes.IsAliveScript +
        """
        if not isAlive(ARGV[2]) then
          if redis.call('EXISTS', KEYS[3]) == 1 or not isAlive(ARGV[6]) then return -2 end
          return -1
        end
        local waiting = redis.call('XLEN', KEYS[1])
        if waiting >= tonumber(ARGV[3]) then return -2 end
        redis.call('XADD', KEYS[1], '*', 'b', ARGV[4])
        if waiting == 0 then redis.call('PUBLISH', ARGV[5], '1') end
        return waiting
        """;

    private readonly Channel<RelayFrame> _queue = Channel.CreateUnbounded<RelayFrame>(new UnboundedChannelOptions { SingleReader = true });
    private long _queued;
    private uint _run;
    private long _number;

    public string Target => target;

    public void Post(FrameKind kind, bool answers, uint id, ReadOnlyMemory<byte> payload = default)
    {
        var frame = new RelayFrame(kind, answers, id, payload);
        if (Interlocked.Add(ref _queued, frame.Length) > MaxQueue)
        {
            Interlocked.Add(ref _queued, -frame.Length);
            Break(); // what was to be sent is lost with everything else of this link
        }
        else
        {
            _queue.Writer.TryWrite(frame);
        }
    }

    /// <summary>Gives up on everything under way; the next frame begins a new run.</summary>
    public void Break() => broken(target);

    /// <summary>The node is gone for good.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    public async Task RunAsync(CancellationToken cancel)
    {
        var batch = new List<RelayFrame>();
        while (await _queue.Reader.WaitToReadAsync(cancel))
        {
            batch.Clear();
            var bytes = 0;
            while (bytes < MaxBatch && _queue.Reader.TryRead(out var frame))
            {
                batch.Add(frame);
                bytes += frame.Length;
            }

            Interlocked.Add(ref _queued, -bytes);
            if (await PostAsync(RelayBatch.Write(nodes.Id, _run, ++_number, batch), cancel)) continue;
            (_run, _number) = (_run + 1, 0);
            while (_queue.Reader.TryRead(out var dropped)) Interlocked.Add(ref _queued, -dropped.Length);
            Break();
        }
    }

    // The same batch until it is taken: the number lets the receiver drop a second one.
    private async Task<bool> PostAsync(byte[] batch, CancellationToken cancel)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            try
            {
                var answer = (int)await nodes.Database.ScriptEvaluateAsync(
                    PostScript, [nodes.Keys.Inbox(target), nodes.Keys.Nodes, nodes.Keys.Grace],
                    [Nodes.DeadMs, target, MaxInbox, batch, nodes.Keys.Wake(target).ToString(), nodes.Id]);
                if (answer >= 0) return true;
                if (answer == -1 || time.GetElapsedTime(since) > Patience) return false;
            }
            catch (Exception e) when (RedisServices.IsAway(e))
            {
                if (!nodes.IsAway && time.GetElapsedTime(since) > Patience) return false;
                if (nodes.IsAway) since = time.GetTimestamp();
            }

            await Task.Delay(Retry, time, cancel);
        }
    }
}
