namespace RtcHub.Rtc.Rtp;

/// <summary>
/// Arithmetic of counters that wrap around: sequence numbers (RFC 3550 section 5.1, RFC 1982), RTP timestamps, picture ids.
/// Nobody else does it: at the door a counter is unwrapped to 64 bits, and compared as the plain number that it then is.
/// </summary>
public static class SequenceNumber
{
    /// <summary>True when the short way round from b to a leads forward. Half the circle away counts as behind.</summary>
    public static bool IsNewer(ushort a, ushort b) => Difference(a, b) > 0;

    /// <inheritdoc cref="IsNewer(ushort, ushort)"/>
    public static bool IsNewer(uint a, uint b) => Difference(a, b) > 0;

    /// <summary>a - b by the short way round: -32,768 to 32,767.</summary>
    public static int Difference(ushort a, ushort b) => (short)(a - b);

    /// <summary>a - b by the short way round.</summary>
    public static int Difference(uint a, uint b) => (int)(a - b);

    /// <summary>The number nearest to <paramref name="reference"/> whose low bits are <paramref name="value"/>; of two equally near the lower.</summary>
    /// <param name="reference">A number unwrapped before.</param>
    /// <param name="value">As it stands in the packet; bits above <paramref name="bits"/> are ignored.</param>
    /// <param name="bits">Width of the counter, 1-32.</param>
    public static long Unwrap(long reference, uint value, int bits)
    {
        // The difference is shifted up to the sign bit and back: that wraps it and gives it its sign at once.
        var difference = (int)((value - (uint)reference) << (32 - bits)) >> (32 - bits);
        return reference + difference;
    }
}

/// <summary>
/// Unwraps one counter of a stream to 64 bits. The first value stands for itself; each further one is taken nearest to the
/// highest so far, thus what is older than the first may come out negative.
/// </summary>
/// <param name="bits">Width of the counter: 16 for sequence numbers, 32 for timestamps, 15, 8 or 7 for picture ids.</param>
public struct RtpUnwrapper(int bits)
{
    private readonly int _bits = bits;

    /// <summary>False until the first value.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>The highest number so far.</summary>
    public long Highest { get; private set; }

    /// <summary>Takes the value into account.</summary>
    public long Unwrap(uint value)
    {
        var number = Peek(value);
        if (!IsStarted || number > Highest) Highest = number;
        IsStarted = true;
        return number;
    }

    /// <summary>What <see cref="Unwrap"/> would say; leaves the state alone.</summary>
    public readonly long Peek(uint value) => IsStarted ? SequenceNumber.Unwrap(Highest, value, _bits) : value;
}
