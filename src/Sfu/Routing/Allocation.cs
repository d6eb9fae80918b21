using System.Runtime.CompilerServices;

namespace RtcHub.Sfu.Routing;

/// <summary>What one slot could get: steps of quality with what they cost, each more than the one before.</summary>
internal struct Demand
{
    /// <summary>Three layers with three steps each, and one for the first pictures of the smallest.</summary>
    public const int MaxSteps = 12;

    /// <summary>No step: the slot gets nothing.</summary>
    public const int Nothing = -1;

    private Bitrates _bitrates;

    /// <summary>Higher is served first.</summary>
    public int Priority;

    /// <summary>Of one priority the larger is served first.</summary>
    public int Size;

    /// <summary>The step it has now.</summary>
    public int Current;

    /// <summary>It gets its first step even where there is no bandwidth for it.</summary>
    public bool IsUnpausable;

    /// <summary>How many steps there are.</summary>
    public int Count { get; private set; }

    /// <summary>Bit/s of a step.</summary>
    public readonly long this[int step] => step < 0 ? 0 : _bitrates[step];

    /// <summary>Adds a step; false when there is no room, or it costs no more than the last.</summary>
    public bool TryAdd(long bitrate)
    {
        if (Count == MaxSteps || (Count > 0 && bitrate <= _bitrates[Count - 1])) return false;
        _bitrates[Count++] = bitrate;
        return true;
    }

    [InlineArray(MaxSteps)]
    private struct Bitrates
    {
        private long _first;
    }
}

/// <summary>
/// Divides a bandwidth among slots: by priority, and within one priority everybody gets a first step before anybody gets a second.
/// Going up takes more than staying, so that what was decided once stays decided while nothing changes.
/// </summary>
internal static class Allocation
{
    // So much of the step and of the whole must remain when a slot goes up: rates and estimates swing by about as much.
    private const int StepMargin = 8;
    private const int WholeMargin = 16;

    /// <summary>Bit/s that must remain when a slot takes this step.</summary>
    public static long Margin(long bandwidth, in Demand demand, int step) =>
        step > demand.Current ? Math.Max(demand[step] / StepMargin, bandwidth / WholeMargin) : 0;

    /// <summary>Writes the step of each slot, <see cref="Demand.Nothing"/> for a pause.</summary>
    /// <param name="bandwidth">Bit/s.</param>
    /// <param name="demands">One for each slot.</param>
    /// <param name="order">Room for as many numbers.</param>
    /// <param name="granted">The step of each.</param>
    public static void Divide(long bandwidth, ReadOnlySpan<Demand> demands, Span<int> order, Span<int> granted)
    {
        Sort(demands, order);
        var whole = bandwidth;
        for (var i = 0; i < demands.Length; i++)
        {
            granted[i] = demands[i] is { IsUnpausable: true, Count: > 0 } ? 0 : Demand.Nothing;
            bandwidth -= demands[i][granted[i]];
        }

        for (var begin = 0; begin < order.Length;)
        {
            var end = begin + 1;
            while (end < order.Length && demands[order[end]].Priority == demands[order[begin]].Priority) end++;
            Divide(whole, ref bandwidth, demands, order[begin..end], granted);
            begin = end;
        }
    }

    // Among equals: step by step.
    private static void Divide(long whole, ref long bandwidth, ReadOnlySpan<Demand> demands, ReadOnlySpan<int> equals, Span<int> granted)
    {
        for (var step = 0; step < Demand.MaxSteps; step++)
        {
            foreach (var slot in equals)
            {
                ref readonly var demand = ref demands[slot];
                if (granted[slot] != step - 1 || step >= demand.Count) continue;
                var cost = demand[step] - demand[step - 1];
                if (cost + Margin(whole, demand, step) > bandwidth) continue;
                granted[slot] = step;
                bandwidth -= cost;
            }
        }
    }

    private static void Sort(ReadOnlySpan<Demand> demands, Span<int> order)
    {
        for (var i = 0; i < order.Length; i++)
        {
            var place = i;
            for (; place > 0 && IsBefore(demands[i], demands[order[place - 1]]); place--) order[place] = order[place - 1];
            order[place] = i;
        }
    }

    private static bool IsBefore(in Demand a, in Demand b) => a.Priority > b.Priority || (a.Priority == b.Priority && a.Size > b.Size);
}
