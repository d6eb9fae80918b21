using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// GHASH (NIST SP 800-38D section 6.4) as POLYVAL (RFC 8452 appendix A), whose bits are in the order of the CPU's carry-less
/// multiplication: GHASH(H, X) = reverse(POLYVAL(x * reverse(H), reverse(X))). Eight blocks are multiplied by eight powers of
/// the key and reduced once.
/// </summary>
internal sealed class Ghash
{
    private const int Lanes = AesCipher.Lanes;

    // [0] is the key itself, [7] its eighth power.
    private readonly Vector128<ulong>[] _powers = new Vector128<ulong>[Lanes];

    /// <param name="key">The cipher of sixteen zero bytes.</param>
    public Ghash(Vector128<byte> key)
    {
        _powers[0] = TimesX(Reverse(key).AsUInt64());
        for (var i = 1; i < Lanes; i++)
        {
            var product = default(Product);
            product.Add(_powers[i - 1], _powers[0]);
            _powers[i] = product.Reduce();
        }
    }

    /// <summary>Takes whole blocks and a last one padded with zeros.</summary>
    public Vector128<ulong> Update(Vector128<ulong> hash, ReadOnlySpan<byte> data)
    {
        while (data.Length >= Lanes * AesCipher.BlockLength)
        {
            hash = Update(
                hash, Vector128.Create(data), Vector128.Create(data[16..]), Vector128.Create(data[32..]), Vector128.Create(data[48..]),
                Vector128.Create(data[64..]), Vector128.Create(data[80..]), Vector128.Create(data[96..]), Vector128.Create(data[112..]));
            data = data[(Lanes * AesCipher.BlockLength)..];
        }

        var left = (data.Length + AesCipher.BlockLength - 1) / AesCipher.BlockLength;
        var product = default(Product);
        if (left == 0) return hash;
        Span<byte> padded = stackalloc byte[AesCipher.BlockLength];
        for (var power = left - 1; power >= 0; power--)
        {
            Vector128<byte> block;
            if (data.Length >= AesCipher.BlockLength)
            {
                block = Vector128.Create(data);
                data = data[AesCipher.BlockLength..];
            }
            else
            {
                padded.Clear();
                data.CopyTo(padded);
                block = Vector128.Create<byte>(padded);
            }

            var value = Reverse(block).AsUInt64();
            product.Add(power == left - 1 ? value ^ hash : value, _powers[power]);
        }

        return product.Reduce();
    }

    /// <summary>Eight blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<ulong> Update(
        Vector128<ulong> hash, Vector128<byte> b0, Vector128<byte> b1, Vector128<byte> b2, Vector128<byte> b3,
        Vector128<byte> b4, Vector128<byte> b5, Vector128<byte> b6, Vector128<byte> b7)
    {
        var powers = _powers;
        var product = default(Product);
        product.Add(Reverse(b0).AsUInt64() ^ hash, powers[7]);
        product.Add(Reverse(b1).AsUInt64(), powers[6]);
        product.Add(Reverse(b2).AsUInt64(), powers[5]);
        product.Add(Reverse(b3).AsUInt64(), powers[4]);
        product.Add(Reverse(b4).AsUInt64(), powers[3]);
        product.Add(Reverse(b5).AsUInt64(), powers[2]);
        product.Add(Reverse(b6).AsUInt64(), powers[1]);
        product.Add(Reverse(b7).AsUInt64(), powers[0]);
        return product.Reduce();
    }

    /// <summary>One block that holds the lengths of what was hashed, in bits, and the end.</summary>
    public Vector128<byte> Finish(Vector128<ulong> hash, int associatedLength, int textLength)
    {
        var lengths = Vector128.Create((ulong)textLength * 8, (ulong)associatedLength * 8); // reversed already
        var product = default(Product);
        product.Add(lengths ^ hash, _powers[0]);
        return Reverse(product.Reduce().AsByte());
    }

    public void Clear() => Array.Clear(_powers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Reverse(Vector128<byte> block) =>
        Ssse3.Shuffle(block, Vector128.Create((byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));

    // mulX_POLYVAL: one bit to the left; what falls out comes back as x^127 + x^126 + x^121 + 1.
    private static Vector128<ulong> TimesX(Vector128<ulong> value)
    {
        var (low, high) = (value[0], value[1]);
        var carry = high >> 63;
        return Vector128.Create((low << 1) ^ carry, (high << 1 | low >> 63) ^ (carry * 0xC200_0000_0000_0000));
    }

    /// <summary>A sum of products of 256 bits, not yet reduced.</summary>
    private struct Product
    {
        private Vector128<ulong> _low, _middle, _high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Vector128<ulong> a, Vector128<ulong> b)
        {
            _low ^= Pclmulqdq.CarrylessMultiply(a, b, 0x00).AsUInt64();
            _high ^= Pclmulqdq.CarrylessMultiply(a, b, 0x11).AsUInt64();
            _middle ^= Pclmulqdq.CarrylessMultiply(a, b, 0x10).AsUInt64() ^ Pclmulqdq.CarrylessMultiply(a, b, 0x01).AsUInt64();
        }

        // Montgomery's way: twice 64 bits from below. P = 1 + x^64 (x^63 + x^62 + x^57) + x^128, so adding low * P clears them.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector128<ulong> Reduce()
        {
            var polynomial = Vector128.Create(0xC200_0000_0000_0000UL, 0);
            var low = _low ^ Sse2.ShiftLeftLogical128BitLane(_middle, 8);
            var high = _high ^ Sse2.ShiftRightLogical128BitLane(_middle, 8);
            low = Swap(low) ^ Pclmulqdq.CarrylessMultiply(low, polynomial, 0x00).AsUInt64();
            low = Swap(low) ^ Pclmulqdq.CarrylessMultiply(low, polynomial, 0x00).AsUInt64();
            return high ^ low;
        }

        private static Vector128<ulong> Swap(Vector128<ulong> value) => Sse2.Shuffle(value.AsInt32(), 0x4E).AsUInt64();
    }
}
