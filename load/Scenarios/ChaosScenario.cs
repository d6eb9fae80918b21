using System.Globalization;
using System.Text.Json;
using RtcHub.Load.Sockets;

namespace RtcHub.Load.Scenarios;

/// <summary>
/// Pairs who talk while the hub is taken away from them. A step says something, waits until the hub has accepted it, and then until
/// the other has heard it, however many sockets that takes. What was accepted and is not heard is lost.
/// </summary>
/// <param name="kind">
/// <c>data</c>: relayed, which a cluster keeps; <c>chat</c>: what a hub alone has promised to keep across kill -9.
/// </param>
internal sealed class ChaosScenario(Func<int, Route> route, string? hello, int pairs, string kind, string prefix) : IScenario
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SocketThread _thread = new();
    private readonly Lane[] _lanes = new Lane[pairs];
    private long _unanswered;
    private long _lost;
    private long _doubled;
    private long _repeated;

    public string Name => "chaos";

    public Measures Measures { get; } = new("message", "messages");

    public Tally Tally { get; } = new();

    public int Lanes => pairs;

    /// <summary>Accepted, and never heard.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Sent again after a restart, and known for a repeat by its sender and <c>n</c> (docs/protocol.md section 3).</summary>
    public long Repeated => Volatile.Read(ref _repeated);

    public Task PrepareAsync(CancellationToken cancel) =>
        Parallel.ForAsync(0, pairs, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancel }, async (i, cancelJoin) =>
        {
            var (speaker, listener) = (Client(2 * i, $"speaker{i}"), Client((2 * i) + 1, $"listener{i}"));
            var lane = _lanes[i] = new Lane(speaker, listener);
            listener.Heard = (_, data) => Hear(lane, Json(data));
            listener.Happened = (type, data) => Happen(lane, type, data);
            await speaker.JoinAsync($"{prefix}-{i}", cancelJoin);
            await listener.JoinAsync($"{prefix}-{i}", cancelJoin);
        });

    public async Task StepAsync(int lane, CancellationToken cancel)
    {
        var pair = _lanes[lane];
        var (number, started) = (++pair.Said, SocketThread.Now);
        var heard = pair.Expect(number);
        try
        {
            // Not given up at the end of a run: what was begun is seen through.
            await pair.Speaker.RequestAsync(kind, $"{{\"text\":\"{number}\"}}", kind == "data" ? pair.Listener.Id : null, CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            Interlocked.Increment(ref _unanswered);
            return;
        }

        try
        {
            await heard.WaitAsync(Patience, CancellationToken.None);
            Measures.Timing("message").Record(SocketThread.Now - started);
            Measures.Count();
        }
        catch (TimeoutException)
        {
            Interlocked.Increment(ref _lost);
        }
    }

    public Task<IReadOnlyList<string>> FinishAsync(CancellationToken cancel)
    {
        var wrong = new List<string>();
        if (_lost > 0) wrong.Add($"{_lost} messages that the hub had accepted were lost.");
        if (_doubled > 0) wrong.Add($"{_doubled} messages came twice or out of order.");
        if (_unanswered > 0) wrong.Add($"{_unanswered} requests had no good answer.");
        wrong.AddRange(Tally.Faults());
        return Task.FromResult<IReadOnlyList<string>>(wrong);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes)
        {
            if (lane is null) continue;
            await lane.Speaker.DisposeAsync();
            await lane.Listener.DisposeAsync();
        }

        _thread.Dispose();
    }

    private HubClient Client(int i, string name) => new(_thread, route(i), Tally, name) { Resumes = true, Hello = hello };

    private void Happen(Lane lane, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (type.SequenceEqual("chat"u8))
        {
            if (!HearChat(lane, Json(data))) Interlocked.Increment(ref _repeated);
        }
        else if (type.SequenceEqual("resync"u8) && Json(data).GetProperty("room") is { ValueKind: JsonValueKind.Object } room)
        {
            // What was said meanwhile stands in the snapshot.
            foreach (var chat in room.GetProperty("chat").EnumerateArray()) HearChat(lane, chat);
        }
    }

    // False when it was heard before.
    private bool HearChat(Lane lane, JsonElement chat)
    {
        if (!chat.GetProperty("from").ValueEquals(lane.Speaker.Id)) return true;
        if (!lane.Seen.Add(chat.GetProperty("n").GetInt64())) return false;
        Hear(lane, chat);
        return true;
    }

    private void Hear(Lane lane, JsonElement message)
    {
        if (!lane.Hear(long.Parse(message.GetProperty("text").GetString()!, CultureInfo.InvariantCulture))) Interlocked.Increment(ref _doubled);
    }

    private static JsonElement Json(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        return JsonElement.ParseValue(ref reader);
    }

    private sealed class Lane(HubClient speaker, HubClient listener)
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _expected;

        public HubClient Speaker => speaker;

        public HubClient Listener => listener;

        public long Said { get; set; }

        public HashSet<long> Seen { get; } = [];

        public Task Expect(long number)
        {
            lock (_gate)
            {
                (_expected, _heard) = (number, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                return _heard.Task;
            }
        }

        /// <summary>False when it was not what was to come next.</summary>
        public bool Hear(long number)
        {
            lock (_gate) return number == _expected && _heard.TrySetResult();
        }
    }
}
