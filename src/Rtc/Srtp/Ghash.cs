using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using X86Pclmulqdq = System.Runtime.Intrinsics.X86.Pclmulqdq;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// GHASH (NIST SP 800-38D section 6.4) by carry-less multiplication: eight blocks are multiplied by H^8 to H, summed, and
/// reduced once. It is computed as POLYVAL over reversed bytes (RFC 8452 appendix A), which spares the bit reflection; values
/// of type ulong below are reversed so.
/// </summary>
internal struct Ghash
{
    /// <summary>So many blocks are summed before a reduction.</summary>
    public const int Blocks = 8;

    // x^128 + x^127 + x^126 + x^121 + 1, without both ends.
    private const ulong Polynomial = 0xC200_0000_0000_0000;

    // H^8 to H, and the sum of the two halves of each for Karatsuba's trick.
    private Powers _powers;
    private Powers _sums;

    /// <param name="key">H: the cipher of the block of zeros.</param>
    public Ghash(Vector128<byte> key)
    {
        var h = TimesX(ReverseBytes(key));
        var power = h;
        for (var i = Blocks - 1; i >= 0; i--)
        {
            _powers[i] = power;
            _sums[i] = power ^ Swap(power);
            var product = default(Product);
            product.Add(power, h, h ^ Swap(h));
            power = product.Reduce();
        }
    }

    /// <summary>True where the processor has the instructions.</summary>
    public static bool IsSupported => X86Pclmulqdq.IsSupported || ArmAes.IsSupported;

    /// <summary>The hash after so many more blocks.</summary>
    public readonly Vector128<ulong> Add(Vector128<ulong> hash, ref byte data, int blocks)
    {
        for (; blocks > 0; blocks -= Blocks)
        {
            var count = Math.Min(blocks, Blocks);
            var product = default(Product);
            for (var i = Blocks - count; i < Blocks; i++)
            {
                product.Add(hash ^ Load(ref data), _powers[i], _sums[i]);
                hash = Vector128<ulong>.Zero;
                data = ref Unsafe.Add(ref data, Aes128.BlockLength);
            }

            hash = product.Reduce();
        }

        return hash;
    }

    /// <summary>Adds the product of a block and its power of H: <paramref name="i"/> counts the blocks of a stride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply(ref Product product, Vector128<ulong> block, int i) => product.Add(block, _powers[i], _sums[i]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Load(ref byte data, nuint at = 0) => ReverseBytes(Vector128.LoadUnsafe(ref data, at));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> ReverseBytes(Vector128<byte> block) =>
        Vector128.Shuffle(block, Vector128.Create((byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)).AsUInt64();

    // mulX_POLYVAL of RFC 8452 appendix A.
    private static Vector128<ulong> TimesX(Vector128<ulong> value)
    {
        var shifted = Vector128.Create(value[0] << 1, value[1] << 1 | value[0] >> 63);
        return (value[1] >> 63) == 0 ? shifted : shifted ^ Vector128.Create(1, Polynomial);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Swap(Vector128<ulong> value) => Vector128.Shuffle(value, Vector128.Create(1ul, 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> MultiplyLow(Vector128<ulong> a, Vector128<ulong> b) => X86Pclmulqdq.IsSupported
        ? X86Pclmulqdq.CarrylessMultiply(a, b, 0x00)
        : ArmAes.PolynomialMultiplyWideningLower(a.GetLower(), b.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> MultiplyHigh(Vector128<ulong> a, Vector128<ulong> b) => X86Pclmulqdq.IsSupported
        ? X86Pclmulqdq.CarrylessMultiply(a, b, 0x11)
        : ArmAes.PolynomialMultiplyWideningUpper(a, b);

    /// <summary>A sum of products of 256 bits, not yet reduced.</summary>
    internal struct Product
    {
        private Vector128<ulong> _low;
        private Vector128<ulong> _middle;
        private Vector128<ulong> _high;

        /// <summary>Karatsuba: three multiplications of 64 bits instead of four.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Vector128<ulong> block, Vector128<ulong> power, Vector128<ulong> sum)
        {
            _low ^= MultiplyLow(block, power);
            _high ^= MultiplyHigh(block, power);
            _middle ^= MultiplyLow(block ^ Swap(block), sum);
        }

        /// <summary>Folds the low 64 bits upwards twice; what is left is the product times x^-128, as POLYVAL has it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector128<ulong> Reduce()
        {
            var polynomial = Vector128.CreateScalar(Polynomial);
            var middle = _middle ^ _low ^ _high;
            middle ^= Swap(_low) ^ MultiplyLow(_low, polynomial);
            return _high ^ Swap(middle) ^ MultiplyLow(middle, polynomial);
        }
    }

    [InlineArray(Blocks)]
    private struct Powers
    {
        private Vector128<ulong> _first;
    }
}
