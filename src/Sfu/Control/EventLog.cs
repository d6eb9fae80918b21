using System.Text.Json;

namespace RtcHub.Sfu.Control;

/// <summary>
/// The last events of this service by number, as they go over the wire, so that a listener whose socket broke can be told what it
/// missed. A listener is a place in this log: however slow, it holds nothing back and nothing is kept for it alone.
/// </summary>
internal sealed class EventLog(ISfu sfu) : BackgroundService
{
    /// <summary>Some seconds of a meeting of thousands that everybody joins at once.</summary>
    public const int Capacity = 16_384;

    private readonly Lock _gate = new();
    private readonly byte[][] _frames = new byte[Capacity][];
    private TaskCompletionSource _more = NewSignal();
    private IAsyncEnumerable<SfuEvent> _events = null!;

    /// <summary>Whose events these are.</summary>
    public string Instance { get; private set; } = "";

    /// <summary>The number of the last event; the first is 1.</summary>
    public long Last { get; private set; }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Listens before anybody can ask for anything.
        _events = sfu.EventsAsync(CancellationToken.None);
        Instance = (await sfu.GetStatusAsync(cancellationToken)).Instance;
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Whether everything after this event is still here.</summary>
    public bool Reaches(long after)
    {
        lock (_gate) return after <= Last && after >= Last - Capacity;
    }

    /// <summary>The event after the one of this number; null when there is none yet, and then <paramref name="more"/> ends when there is.</summary>
    /// <exception cref="SfuException">That event is not here any more.</exception>
    public byte[]? Next(long after, out Task more)
    {
        lock (_gate)
        {
            more = _more.Task;
            if (after == Last) return null;
            return Reaches(after) ? _frames[(after + 1) % Capacity] : throw new SfuException(SfuError.Unavailable, "Events were read too slowly.");
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var happened in _events.WithCancellation(stoppingToken)) Append(happened);
    }

    private void Append(SfuEvent happened)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            Last++;
            _frames[Last % Capacity] = JsonSerializer.SerializeToUtf8Bytes(new EventFrame(Last, Event: happened), SfuJson.Default.EventFrame);
            (waiting, _more) = (_more, NewSignal());
        }

        waiting.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
