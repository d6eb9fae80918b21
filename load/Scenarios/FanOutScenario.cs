using RtcHub.Load.Sockets;

namespace RtcHub.Load.Scenarios;

/// <summary>One room; one of them says something to all others, and when all have heard it the next one does.</summary>
internal sealed class FanOutScenario(PeerFactory factory, Func<int, Route> route, int people, string room) : IScenario
{
    private static readonly byte[] Rest = ",\"text\":\"Shall we begin? I will share my screen in a moment, and the document is in the chat.\"}"u8.ToArray();

    private readonly SocketThread _thread = new();
    private readonly Peer[] _peers = new Peer[people];
    private readonly long[] _lastHeard = new long[people];
    private readonly Tally _tally = new();
    private TaskCompletionSource _done = new();
    private long _message;
    private long _sentAt;
    private int _heard;
    private long _disorder;
    private long _incomplete;

    public string Name => "fan-out";

    public Measures Measures { get; } = new("delivery", "deliveries");

    public int Lanes => 1;

    public Task PrepareAsync(CancellationToken cancel)
    {
        var timing = Measures.Timing("delivery");
        return Parallel.ForAsync(0, people, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancel }, async (i, cancelJoin) =>
        {
            var peer = _peers[i] = factory(_thread, route(i), _tally, $"p{i}");
            peer.Heard = (_, data) => Hear(i, data, timing);
            await peer.JoinAsync(room, cancelJoin);
        });
    }

    public async Task StepAsync(int lane, CancellationToken cancel)
    {
        var done = new TaskCompletionSource();
        _thread.Post(() =>
        {
            (_done, _heard, _sentAt) = (done, 0, SocketThread.Now);
            using var data = new FrameWriter();
            data.Put("{\"call\":"u8);
            data.Put(++_message);
            data.Put(",\"i\":0"u8);
            data.Put(Rest);
            _peers[_message % people].Send("data"u8, null, data.Written);
        });
        try
        {
            await done.Task.WaitAsync(TimeSpan.FromSeconds(30), cancel);
        }
        catch (TimeoutException)
        {
            _incomplete++;
        }
    }

    public Task<IReadOnlyList<string>> FinishAsync(CancellationToken cancel)
    {
        var wrong = new List<string>();
        if (_incomplete > 0) wrong.Add($"{_incomplete} messages did not reach everybody.");
        if (_disorder > 0) wrong.Add($"{_disorder} deliveries came twice or out of order.");
        wrong.AddRange(_tally.Faults());
        return Task.FromResult<IReadOnlyList<string>>(wrong);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers)
            if (peer is not null) await peer.DisposeAsync();
        _thread.Dispose();
    }

    private void Hear(int who, ReadOnlySpan<byte> data, Timing timing)
    {
        if (!Payloads.TryRead(data, out var message, out _) || message != _message || _lastHeard[who] == message)
        {
            Interlocked.Increment(ref _disorder);
            return;
        }

        _lastHeard[who] = message;
        timing.Record(SocketThread.Now - _sentAt);
        Measures.Count();
        if (++_heard == people - 1) _done.TrySetResult();
    }
}
