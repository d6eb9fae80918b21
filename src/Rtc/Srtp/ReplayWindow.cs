namespace RtcHub.Rtc.Srtp;

/// <summary>Which of the last 256 packet indexes have come (RFC 3711 section 3.3.2). Asked before a packet is opened, told after.</summary>
internal struct ReplayWindow
{
    public const int Length = 256;

    private UInt128 _recent, _older;

    /// <summary>The highest index so far; -1: none.</summary>
    public long Highest { get; private set; }

    public static ReplayWindow Empty => new() { Highest = -1 };

    /// <summary>Whether the index is so far behind that nobody knows.</summary>
    public readonly bool IsTooOld(long index) => Highest - index >= Length;

    /// <summary>Whether it has come already.</summary>
    public readonly bool Contains(long index)
    {
        var behind = Highest - index;
        return behind switch
        {
            < 0 => false,
            < 128 => (_recent >> (int)behind & 1) != 0,
            < Length => (_older >> (int)(behind - 128) & 1) != 0,
            _ => true,
        };
    }

    /// <summary>It has come, and was genuine.</summary>
    public void Add(long index)
    {
        if (index > Highest)
        {
            Shift(Highest < 0 ? Length : index - Highest);
            Highest = index;
        }

        var behind = Highest - index;
        if (behind < 128) _recent |= UInt128.One << (int)behind;
        else if (behind < Length) _older |= UInt128.One << (int)(behind - 128);
    }

    private void Shift(long by)
    {
        if (by >= Length) (_recent, _older) = (0, 0);
        else if (by >= 128) (_recent, _older) = (0, _recent << (int)(by - 128));
        else (_recent, _older) = (_recent << (int)by, _older << (int)by | _recent >> (int)(128 - by));
    }
}
