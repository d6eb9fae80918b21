namespace RtcHub.Rtc.Rtp;

/// <summary>Reads big-endian bits. Beyond the end it reads zeros and says so in <see cref="IsExhausted"/>, so that there is one place to check.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>More bits were asked for than there are.</summary>
    public readonly bool IsExhausted => _position > 8 * _bytes.Length;

    /// <summary>Bits that were read or passed over.</summary>
    public readonly int Position => _position;

    /// <summary>An unsigned number of 1-16 bits.</summary>
    public int Read(int bits)
    {
        var number = 0;
        for (; bits > 0; bits--)
        {
            number = number << 1 | (_position < 8 * _bytes.Length ? _bytes[_position / 8] >> (7 - _position % 8) & 1 : 0);
            _position++;
        }

        return number;
    }

    /// <summary>Passes bits over.</summary>
    public void Skip(int bits) => _position += bits;

    /// <summary>One bit.</summary>
    public bool ReadFlag() => Read(1) != 0;

    /// <summary>A number that is as long as it is large: H.264's <c>ue(v)</c>, section 9.1. One that 16 bits do not hold exhausts the reader.</summary>
    public int ReadExpGolomb()
    {
        var zeros = 0;
        while (!IsExhausted && !ReadFlag()) zeros++;
        if (zeros > 16) Skip(8 * _bytes.Length + 1);
        return IsExhausted || zeros == 0 ? 0 : (1 << zeros) - 1 + Read(zeros);
    }

    /// <summary>A number below <paramref name="count"/> in as few bits as it takes: AV1's <c>ns(n)</c>, AV1 specification section 4.10.7.</summary>
    public int ReadBelow(int count)
    {
        var bits = 32 - int.LeadingZeroCount(count);
        var shorter = (1 << bits) - count;
        var number = bits > 1 ? Read(bits - 1) : 0;
        return number < shorter ? number : (number << 1) - shorter + Read(1);
    }
}
