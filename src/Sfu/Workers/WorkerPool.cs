using RtcHub.Sfu.Io;

namespace RtcHub.Sfu.Workers;

/// <summary>The workers of a service, and which room lives on which: the one with the fewest transports when it began.</summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly Worker[] _workers;
    private readonly Dictionary<string, Placement> _rooms = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public WorkerPool(SfuOptions options, WorkerContext context)
    {
        var workers = new List<Worker>();
        try
        {
            for (var number = 0; number < options.EffectiveWorkers; number++)
                workers.Add(new Worker(number, Port.Open(options.PortOf(number)), context with { Left = Leave }));
        }
        catch
        {
            workers.ForEach(worker => worker.Dispose());
            throw;
        }

        _workers = [.. workers];
        foreach (var worker in _workers) worker.Start();
    }

    public IReadOnlyList<Worker> Workers => _workers;

    /// <summary>The worker of the room; the caller holds a place in the room until <see cref="Leave"/>.</summary>
    public Worker Enter(string room)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue(room, out var placement))
                _rooms.Add(room, placement = new Placement(_workers.MinBy(worker => worker.Load)!));
            placement.Transports++;
            placement.Worker.Load++;
            return placement.Worker;
        }
    }

    /// <summary>A transport of the room is gone, or never came to be.</summary>
    public void Leave(string room)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue(room, out var placement)) return;
            placement.Worker.Load--;
            if (--placement.Transports == 0) _rooms.Remove(room);
        }
    }

    /// <summary>The worker of the room, or null when nobody is in it.</summary>
    public Worker? Find(string room)
    {
        lock (_lock) return _rooms.GetValueOrDefault(room)?.Worker;
    }

    public int Rooms
    {
        get
        {
            lock (_lock) return _rooms.Count;
        }
    }

    public int Transports
    {
        get
        {
            lock (_lock) return _workers.Sum(worker => worker.Load);
        }
    }

    public void Dispose()
    {
        foreach (var worker in _workers) worker.Dispose();
    }

    private sealed class Placement(Worker worker)
    {
        public Worker Worker => worker;

        public int Transports { get; set; }
    }
}
