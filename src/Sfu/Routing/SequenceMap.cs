using System.Numerics;
using System.Runtime.CompilerServices;

namespace RtcHub.Sfu.Routing;

/// <summary>What became of a number of the source.</summary>
internal enum SequenceState
{
    /// <summary>Higher than all before.</summary>
    New,

    /// <summary>Passed over so far: lost or late. Its place in the output is kept.</summary>
    Missing,

    /// <summary>Has its place in the output.</summary>
    Forwarded,

    /// <summary>Left out on purpose: has no place.</summary>
    Dropped,

    /// <summary>From before the beginning.</summary>
    Before,

    /// <summary>Too far behind the highest to be remembered.</summary>
    Forgotten,
}

/// <summary>
/// Maps unwrapped numbers of a source (sequence numbers, picture ids) to those that the receiver sees: what is left out on
/// purpose leaves no gap, what is lost does, and what comes late takes exactly its own place.
/// </summary>
internal struct SequenceMap
{
    /// <summary>How far behind the highest number a late one is still placed.</summary>
    public const int Window = 512;

    private const int Words = Window / 64;

    private Bits _forwarded;
    private Bits _dropped;
    private long _first;
    private long _offset;

    /// <summary>The highest number of the source so far.</summary>
    public long Highest { get; private set; }

    /// <summary>The output behind the last one.</summary>
    public readonly long Next => Highest + _offset + 1;

    /// <summary>From here on <paramref name="input"/> becomes <paramref name="output"/>, its successor the next one, and so on.</summary>
    public void Begin(long input, long output)
    {
        this = default;
        (_first, Highest, _offset) = (input, input - 1, output - input);
    }

    /// <summary>What became of a number.</summary>
    public readonly SequenceState State(long input)
    {
        if (input > Highest) return SequenceState.New;
        if (input < _first) return SequenceState.Before;
        if (input <= Highest - Window) return SequenceState.Forgotten;
        if (Test(_forwarded, input)) return SequenceState.Forwarded;
        return Test(_dropped, input) ? SequenceState.Dropped : SequenceState.Missing;
    }

    /// <summary>The output of a number that is new, missing or forwarded already; it is forwarded now.</summary>
    public long Forward(long input)
    {
        Advance(input);
        Word(ref _forwarded, input) |= Bit(input);
        return input + _offset + DroppedAbove(input);
    }

    /// <summary>Leaves out a new number: those behind it move up.</summary>
    public void Drop(long input)
    {
        Advance(input);
        Word(ref _dropped, input) |= Bit(input);
        _offset--;
    }

    private void Advance(long input)
    {
        if (input - Highest >= Window)
        {
            (_forwarded, _dropped) = (default, default);
            Highest = input;
        }

        while (Highest < input)
        {
            Highest++;
            Word(ref _forwarded, Highest) &= ~Bit(Highest);
            Word(ref _dropped, Highest) &= ~Bit(Highest);
        }
    }

    // What was left out behind a late number had already moved the offset when the late one came.
    private readonly int DroppedAbove(long input)
    {
        if (input == Highest) return 0;
        var (count, from) = (0, input + 1);
        for (var word = from >> 6; word <= Highest >> 6; word++)
        {
            var bits = _dropped[(int)word & Words - 1];
            if (word == from >> 6) bits &= ulong.MaxValue << (int)from;
            if (word == Highest >> 6) bits &= ulong.MaxValue >> ~(int)Highest;
            count += BitOperations.PopCount(bits);
        }

        return count;
    }

    private static bool Test(in Bits bits, long number) => (bits[(int)(number >> 6) & Words - 1] & Bit(number)) != 0;

    private static ref ulong Word(ref Bits bits, long number) => ref bits[(int)(number >> 6) & Words - 1];

    private static ulong Bit(long number) => 1ul << (int)number;

    [InlineArray(Words)]
    private struct Bits
    {
        private ulong _word;
    }
}
