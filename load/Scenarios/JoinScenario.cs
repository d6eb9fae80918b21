using RtcHub.Load.Sockets;

namespace RtcHub.Load.Scenarios;

/// <summary>
/// People who come: connect, say hello, and have the room with everybody in it before them. They stay, or leave again at once.
/// </summary>
/// <param name="rooms">People are spread over so many.</param>
/// <param name="stays">False: each step is a join and a goodbye.</param>
internal sealed class JoinScenario(Func<int, Route> route, int people, int rooms, bool stays, string prefix) : IScenario
{
    private readonly SocketThread _thread = new();
    private readonly HubClient?[] _clients = new HubClient?[people];
    private readonly Tally _tally = new();
    private long _failed;
    private long _joined;
    private string? _why;

    public string Name => stays ? "joins" : "joins and leaves";

    public Measures Measures { get; } = new("join", "joins");

    public int Lanes => people;

    /// <summary>How many have got in so far.</summary>
    public long Joined => Volatile.Read(ref _joined);

    public Task PrepareAsync(CancellationToken cancel) => Task.CompletedTask;

    public async Task StepAsync(int lane, CancellationToken cancel)
    {
        var client = new HubClient(_thread, route(lane), _tally, $"p{lane}");
        var started = SocketThread.Now;
        try
        {
            await client.JoinAsync($"{prefix}-{lane % rooms}", cancel);
            Measures.Timing("join").Record(SocketThread.Now - started);
            Measures.Count();
            Interlocked.Increment(ref _joined);
            if (!HasRoster(client)) throw new IOException("The welcome came without the one who was welcomed.");
            if (stays) _clients[lane] = client;
            else await client.LeaveAsync(cancel);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            Interlocked.Increment(ref _failed);
            _why ??= e.Message;
            await client.DisposeAsync();
        }
    }

    public Task<IReadOnlyList<string>> FinishAsync(CancellationToken cancel)
    {
        var wrong = new List<string>();
        if (_failed > 0) wrong.Add($"{_failed} people did not get in: {_why}");
        wrong.AddRange(_tally.Faults());
        return Task.FromResult<IReadOnlyList<string>>(wrong);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            if (client is not null) await client.DisposeAsync();
        _thread.Dispose();
    }

    private static bool HasRoster(HubClient client) =>
        client.Welcome.GetProperty("room").GetProperty("participants").EnumerateArray().Any(participant => participant.GetProperty("id").ValueEquals(client.Id));
}
