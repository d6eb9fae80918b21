using RtcHub.Load.Sockets;

namespace RtcHub.Load.Scenarios;

/// <summary>People who have connected, are in no room, and wait. Each step is one more of them.</summary>
internal sealed class IdleScenario(PeerFactory factory, Func<int, Route> route, int people) : IScenario
{
    private readonly SocketThread _thread = new();
    private readonly Peer?[] _peers = new Peer?[people];
    private readonly Tally _tally = new();

    public string Name => "idle";

    public Measures Measures { get; } = new("connection", "connections");

    public int Lanes => people;

    public Task PrepareAsync(CancellationToken cancel) => Task.CompletedTask;

    public async Task StepAsync(int lane, CancellationToken cancel)
    {
        var started = SocketThread.Now;
        var peer = _peers[lane] = factory(_thread, route(lane), _tally, $"p{lane}");
        await peer.JoinAsync(null, cancel);
        Measures.Timing("connect").Record(SocketThread.Now - started);
        Measures.Count();
    }

    public Task<IReadOnlyList<string>> FinishAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>([.. _tally.Faults()]);

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in _peers)
            if (peer is not null) await peer.DisposeAsync();
        _thread.Dispose();
    }
}
