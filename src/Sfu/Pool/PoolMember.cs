using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Pool;

/// <summary>How a hub stands with a service of the pool.</summary>
internal enum MemberState
{
    /// <summary>Known from Redis; not reached yet.</summary>
    New,

    /// <summary>What happens there is heard here.</summary>
    There,

    /// <summary>It cannot be reached: its rooms are elsewhere.</summary>
    Lost,
}

/// <summary>One media service of the pool, as this hub knows it.</summary>
internal sealed class PoolMember(ServiceRecord record, RemoteSfu sfu) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ended = new();
    private volatile ServiceRecord _record = record;

    public string Instance => _record.Instance;

    public ISfu Sfu => sfu;

    /// <summary>The last that it said of itself.</summary>
    public ServiceRecord Record
    {
        get => _record;
        set
        {
            _record = value;
            PlacedSince = 0;
        }
    }

    /// <summary>Rooms that were put there since; its record does not know them yet.</summary>
    public int PlacedSince { get; set; }

    /// <summary>Changed by the pool, under its lock.</summary>
    public MemberState State { get; set; }

    public CancellationToken Ended => _ended.Token;

    /// <summary>Whether it is still the same, and answers; asked when it gives no sign of life in Redis, which may be Redis' own trouble.</summary>
    public async Task<bool> AnswersAsync() => (await StatusAsync(CancellationToken.None))?.Instance == Instance;

    /// <summary>The addresses that it offers to clients; none when it does not answer.</summary>
    public async Task<IReadOnlyList<string>> CandidatesAsync(CancellationToken cancel) => (await StatusAsync(cancel))?.Candidates ?? [];

    public void Dispose()
    {
        _ended.Cancel();
        sfu.Dispose();
    }

    private async Task<SfuStatus?> StatusAsync(CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token, cancel);
        patience.CancelAfter(Patience);
        try
        {
            return await sfu.GetStatusAsync(patience.Token);
        }
        catch (Exception silence) when (silence is SfuException or OperationCanceledException)
        {
            return null;
        }
    }
}
