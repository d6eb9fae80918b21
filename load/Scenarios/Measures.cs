using System.Collections.Concurrent;
using HdrHistogram;

namespace RtcHub.Load.Scenarios;

/// <summary>How long something took, in microseconds up to a minute. Any thread.</summary>
internal sealed class Timing
{
    public const long Longest = 60_000_000;

    private readonly Lock _gate = new();
    private readonly LongHistogram _all = new(Longest, 3);
    private readonly LongHistogram _recent = new(Longest, 3);

    public void Record(long microseconds)
    {
        var value = Math.Clamp(microseconds, 0, Longest);
        lock (_gate)
        {
            _all.RecordValue(value);
            _recent.RecordValue(value);
        }
    }

    /// <summary>Since the last <see cref="Restart"/>.</summary>
    public LongHistogram All()
    {
        lock (_gate) return (LongHistogram)_all.Copy();
    }

    /// <summary>Since it was last asked.</summary>
    public LongHistogram TakeRecent()
    {
        lock (_gate)
        {
            var recent = (LongHistogram)_recent.Copy();
            _recent.Reset();
            return recent;
        }
    }

    public void Restart()
    {
        lock (_gate)
        {
            _all.Reset();
            _recent.Reset();
        }
    }
}

/// <summary>What a scenario counts and times.</summary>
/// <param name="unit">What the cost of the server is divided by: <c>message</c>.</param>
/// <param name="units">Several of it.</param>
internal sealed class Measures(string unit, string units)
{
    private readonly ConcurrentDictionary<string, Timing> _timings = new();
    private long _units;

    public string Unit => unit;

    public string Plural => units;

    public long Units => Volatile.Read(ref _units);

    public IReadOnlyDictionary<string, Timing> Timings => _timings;

    public void Count(int units = 1) => Interlocked.Add(ref _units, units);

    public Timing Timing(string name) => _timings.GetOrAdd(name, _ => new Timing());

    /// <summary>From here on.</summary>
    public void Restart()
    {
        Volatile.Write(ref _units, 0);
        foreach (var timing in _timings.Values) timing.Restart();
    }
}
