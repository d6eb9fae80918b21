using System.Text;
using RtcHub.Load.Sockets;

namespace RtcHub.Load.Scenarios;

/// <summary>
/// Pairs of people who call each other: an offer, an answer, and eight candidates from each, as browsers send them. Each message is
/// expected once, and each sender's in the order of sending.
/// </summary>
/// <param name="gap">Between two candidates of one side, as they are gathered; zero: at once.</param>
internal sealed class CallScenario(PeerFactory factory, Func<int, Route> route, int pairs, TimeSpan gap, string prefix) : IScenario
{
    private const int Candidates = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SocketThread _thread = new();
    private readonly Pair?[] _pairs = new Pair?[pairs];
    private readonly Tally _tally = new();
    private long _disorder;
    private long _incomplete;

    public string Name => "calls";

    public Measures Measures { get; } = new("message", "messages");

    public Tally Tally => _tally;

    public int Lanes => pairs;

    public Task PrepareAsync(CancellationToken cancel) =>
        Parallel.ForAsync(0, pairs, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancel }, async (i, cancelJoin) =>
        {
            var (caller, callee) = (factory(_thread, route(2 * i), _tally, $"caller{i}"), factory(_thread, route((2 * i) + 1), _tally, $"callee{i}"));
            _pairs[i] = new Pair(this, caller, callee);
            await caller.JoinAsync($"{prefix}-{i}", cancelJoin);
            await callee.JoinAsync($"{prefix}-{i}", cancelJoin);
        });

    public async Task StepAsync(int lane, CancellationToken cancel)
    {
        var started = SocketThread.Now;
        try
        {
            await _pairs[lane]!.CallAsync().WaitAsync(Patience, cancel);
            Measures.Timing("call").Record(SocketThread.Now - started);
        }
        catch (TimeoutException)
        {
            Interlocked.Increment(ref _incomplete);
        }
    }

    public Task<IReadOnlyList<string>> FinishAsync(CancellationToken cancel)
    {
        var wrong = new List<string>();
        if (_incomplete > 0) wrong.Add($"{_incomplete} calls are incomplete: messages were lost.");
        if (_disorder > 0) wrong.Add($"{_disorder} messages came twice or out of order.");
        wrong.AddRange(_tally.Faults());
        return Task.FromResult<IReadOnlyList<string>>(wrong);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pair in _pairs) await (pair?.DisposeAsync() ?? ValueTask.CompletedTask);
        _thread.Dispose();
    }

    /// <summary>Two people, and the call that they are in.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly CallScenario _scenario;
        private readonly Peer _caller;
        private readonly Peer _callee;
        private readonly Timing _relay;
        private readonly long[] _sentAt = new long[2 * (Candidates + 1)];
        private TaskCompletionSource _done = new();
        private long _call;
        private int _heardByCaller;
        private int _heardByCallee;

        public Pair(CallScenario scenario, Peer caller, Peer callee)
        {
            (_scenario, _caller, _callee, _relay) = (scenario, caller, callee, scenario.Measures.Timing("message"));
            caller.Heard = (type, data) => Hear(data, 1, ref _heardByCaller);
            callee.Heard = (type, data) =>
            {
                Hear(data, 0, ref _heardByCallee);
                if (type.SequenceEqual("offer"u8)) _ = SayAsync(_callee, _caller, 1, "answer");
            };
        }

        public Task CallAsync()
        {
            var done = new TaskCompletionSource();
            _scenario._thread.Post(() =>
            {
                (_done, _heardByCaller, _heardByCallee) = (done, 0, 0);
                _call++;
                _ = SayAsync(_caller, _callee, 0, "offer");
            });
            return done.Task;
        }

        public async ValueTask DisposeAsync()
        {
            await _caller.DisposeAsync();
            await _callee.DisposeAsync();
        }

        // All that one side says. On the thread, as is what follows the delays.
        private async Task SayAsync(Peer from, Peer to, int side, string description)
        {
            var call = _call;
            Say(from, to, side, 0, Encoding.ASCII.GetBytes(description), Payloads.Description);
            for (var i = 1; i <= Candidates; i++)
            {
                if (_scenario._gap > TimeSpan.Zero) await _scenario._thread.DelayAsync((long)_scenario._gap.TotalMicroseconds);
                if (_call != call) return;
                Say(from, to, side, i, "candidate"u8, Payloads.Candidate);
            }
        }

        private void Say(Peer from, Peer to, int side, int index, ReadOnlySpan<byte> type, ReadOnlySpan<byte> rest)
        {
            using var data = new FrameWriter();
            data.Put("{\"call\":"u8);
            data.Put(_call);
            data.Put(",\"i\":"u8);
            data.Put(index);
            data.Put(rest);
            _sentAt[(side * (Candidates + 1)) + index] = SocketThread.Now;
            from.Send(type, to.Id, data.Written);
        }

        private void Hear(ReadOnlySpan<byte> data, int side, ref int heard)
        {
            if (!Payloads.TryRead(data, out var call, out var index) || call != _call || index != heard)
            {
                Interlocked.Increment(ref _scenario._disorder);
                return;
            }

            heard++;
            _relay.Record(SocketThread.Now - _sentAt[(side * (Candidates + 1)) + index]);
            _scenario.Measures.Count();
            if (_heardByCaller + _heardByCallee == _sentAt.Length) _done.TrySetResult();
        }
    }

    private readonly TimeSpan _gap = gap;
}
