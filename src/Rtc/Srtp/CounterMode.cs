using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// AES in counter mode (NIST SP 800-38A section 6.5): the encrypted counter is XORed onto the data, so sealing and opening are
/// the same. The counter is the last 32 bits of the block, which is GCM's rule and enough for AES-CM, whose packets are shorter
/// than 2^16 blocks (RFC 3711 section 4.1.1).
/// </summary>
internal static class CounterMode
{
    /// <summary>Bytes of eight blocks: what goes through the cipher side by side.</summary>
    public const int Stride = 8 * Aes128.BlockLength;

    /// <summary>The counter of the given first block: lane 3 as a number, the others as they lie in memory.</summary>
    public static Vector128<uint> Counter(Vector128<byte> firstBlock) => SwapCounter(firstBlock).AsUInt32();

    /// <summary>The block to encrypt for a counter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Block(Vector128<uint> counter) => SwapCounter(counter.AsByte());

    /// <summary>One more; it does not wrap within a packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> Next(Vector128<uint> counter) => counter + Vector128.Create(0u, 0, 0, 1);

    /// <summary>XORs the key stream onto the source. Source and destination are the same place or do not overlap.</summary>
    /// <param name="aes">The key.</param>
    /// <param name="counter">Of the first block.</param>
    /// <param name="source">Of any length.</param>
    /// <param name="destination">At least as long.</param>
    public static void Transform(ref readonly Aes128 aes, Vector128<uint> counter, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination[..source.Length]);
        var whole = (nuint)(source.Length & -Stride);
        for (nuint at = 0; at < whole; at += Stride) Transform(in aes, ref counter, ref Unsafe.Add(ref from, at), ref Unsafe.Add(ref to, at));

        var rest = source[(int)whole..];
        if (rest.IsEmpty) return;
        Span<byte> padded = stackalloc byte[Stride];
        rest.CopyTo(padded);
        Transform(in aes, ref counter, ref padded[0], ref padded[0]);
        padded[..rest.Length].CopyTo(destination[(int)whole..]);
    }

    /// <summary>Eight blocks.</summary>
    public static void Transform(ref readonly Aes128 aes, ref Vector128<uint> counter, ref byte from, ref byte to)
    {
        Load(ref counter, aes[0], out var a, out var b, out var c, out var d, out var e, out var f, out var g, out var h);
        for (var round = 1; round < Aes128.Rounds; round++) Round(aes[round], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        Store(aes[Aes128.Rounds], ref from, ref to, a, b, c, d, e, f, g, h);
    }

    /// <summary>The next eight counter blocks with the first key on them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(
        ref Vector128<uint> counter, Vector128<byte> key,
        out Vector128<byte> a, out Vector128<byte> b, out Vector128<byte> c, out Vector128<byte> d,
        out Vector128<byte> e, out Vector128<byte> f, out Vector128<byte> g, out Vector128<byte> h)
    {
        var next = counter;
        a = Block(next) ^ key;
        b = Block(next = Next(next)) ^ key;
        c = Block(next = Next(next)) ^ key;
        d = Block(next = Next(next)) ^ key;
        e = Block(next = Next(next)) ^ key;
        f = Block(next = Next(next)) ^ key;
        g = Block(next = Next(next)) ^ key;
        h = Block(next = Next(next)) ^ key;
        counter = Next(next);
    }

    /// <summary>One round of all eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Round(
        Vector128<byte> key, ref Vector128<byte> a, ref Vector128<byte> b, ref Vector128<byte> c, ref Vector128<byte> d,
        ref Vector128<byte> e, ref Vector128<byte> f, ref Vector128<byte> g, ref Vector128<byte> h)
    {
        a = Aes128.Round(a, key);
        b = Aes128.Round(b, key);
        c = Aes128.Round(c, key);
        d = Aes128.Round(d, key);
        e = Aes128.Round(e, key);
        f = Aes128.Round(f, key);
        g = Aes128.Round(g, key);
        h = Aes128.Round(h, key);
    }

    /// <summary>The last round, and the key stream onto the data.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(
        Vector128<byte> key, ref byte from, ref byte to, Vector128<byte> a, Vector128<byte> b, Vector128<byte> c, Vector128<byte> d,
        Vector128<byte> e, Vector128<byte> f, Vector128<byte> g, Vector128<byte> h)
    {
        Store(ref from, ref to, 0, Aes128.LastRound(a, key));
        Store(ref from, ref to, 16, Aes128.LastRound(b, key));
        Store(ref from, ref to, 32, Aes128.LastRound(c, key));
        Store(ref from, ref to, 48, Aes128.LastRound(d, key));
        Store(ref from, ref to, 64, Aes128.LastRound(e, key));
        Store(ref from, ref to, 80, Aes128.LastRound(f, key));
        Store(ref from, ref to, 96, Aes128.LastRound(g, key));
        Store(ref from, ref to, 112, Aes128.LastRound(h, key));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref byte from, ref byte to, nuint at, Vector128<byte> keyStream) =>
        (Vector128.LoadUnsafe(ref from, at) ^ keyStream).StoreUnsafe(ref to, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> SwapCounter(Vector128<byte> block) =>
        Vector128.Shuffle(block, Vector128.Create((byte)0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 14, 13, 12));
}
