using System.Runtime.CompilerServices;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// Which indices of a source have been seen (RFC 3711 section 3.3.2): the highest, and a ring of bits for those behind it. Larger
/// than the 64 that the RFC asks for: at a few Mbit/s that would be a tenth of a second, less than a path can reorder.
/// </summary>
internal struct ReplayWindow
{
    /// <summary>Indices that the window covers, the highest included.</summary>
    public const int Size = 1024;

    private Bits _seen;

    // Highest + 1: a window that is all zeros has seen nothing.
    private long _next;

    /// <summary>The highest index so far; -1 when there was none.</summary>
    public readonly long Highest => _next - 1;

    /// <summary>None: it is new. Changes nothing.</summary>
    public readonly SrtpError Check(long index)
    {
        if (index >= _next) return SrtpError.None;
        if (index < 0 || index < _next - Size) return SrtpError.TooOld;
        return (_seen[Word(index)] & Bit(index)) == 0 ? SrtpError.None : SrtpError.Replayed;
    }

    /// <summary>Remembers an index that <see cref="Check"/> found new and whose packet is authentic.</summary>
    public void Accept(long index)
    {
        if (index - _next >= Size) _seen = default;
        else for (; _next <= index; _next++) _seen[Word(_next)] &= ~Bit(_next);
        _next = Math.Max(_next, index + 1);
        _seen[Word(index)] |= Bit(index);
    }

    private static int Word(long index) => (int)((ulong)index / 64 % (Size / 64));

    private static ulong Bit(long index) => 1ul << (int)((ulong)index % 64);

    [InlineArray(Size / 64)]
    private struct Bits
    {
        private ulong _first;
    }
}
