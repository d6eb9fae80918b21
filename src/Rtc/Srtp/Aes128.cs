using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// An expanded AES-128 key and its block cipher by the processor's instructions (FIPS 197). Every block depends on itself
/// alone, and an AES round takes a few cycles but two can start in each: eight blocks side by side keep the unit busy.
/// </summary>
internal struct Aes128
{
    public const int KeyLength = 16;
    public const int BlockLength = 16;
    public const int Rounds = 10;

    private RoundKeys _keys;

    /// <summary>Expands the key (FIPS 197 section 5.2).</summary>
    public Aes128(ReadOnlySpan<byte> key)
    {
        var words = Vector128.Create(key).AsUInt32();
        var constant = 1u;
        _keys[0] = words.AsByte();
        for (var i = 1; i <= Rounds; i++)
        {
            // The words are little-endian here, so RotWord turns right and the round constant stands at the bottom.
            var next = uint.RotateRight(SubWord(words[3]), 8) ^ constant;
            var (a, b) = (words[0] ^ next, words[1] ^ words[0] ^ next);
            var c = words[2] ^ b;
            words = Vector128.Create(a, b, c, words[3] ^ c);
            _keys[i] = words.AsByte();
            constant = constant == 0x80 ? 0x1Bu : constant << 1;
        }
    }

    /// <summary>True where the processor has the instructions.</summary>
    public static bool IsSupported => X86Aes.IsSupported || ArmAes.IsSupported;

    /// <summary>The key that goes before the first round (0), and those of the rounds (1-10).</summary>
    [UnscopedRef]
    public readonly ref readonly Vector128<byte> this[int round] => ref _keys[round];

    /// <summary>Encrypts one block.</summary>
    public readonly Vector128<byte> Encrypt(Vector128<byte> block)
    {
        block ^= _keys[0];
        for (var i = 1; i < Rounds; i++) block = Round(block, _keys[i]);
        return LastRound(block, _keys[Rounds]);
    }

    /// <summary>One round but the last: SubBytes, ShiftRows, MixColumns, AddRoundKey.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Round(Vector128<byte> state, Vector128<byte> key) =>
        X86Aes.IsSupported ? X86Aes.Encrypt(state, key) : ArmAes.MixColumns(ArmAes.Encrypt(state, Vector128<byte>.Zero)) ^ key;

    /// <summary>The last round: without MixColumns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LastRound(Vector128<byte> state, Vector128<byte> key) =>
        X86Aes.IsSupported ? X86Aes.EncryptLast(state, key) : ArmAes.Encrypt(state, Vector128<byte>.Zero) ^ key;

    // The same word in every column: ShiftRows moves nothing, and SubBytes is what remains of the last round.
    private static uint SubWord(uint word) => LastRound(Vector128.Create(word).AsByte(), Vector128<byte>.Zero).AsUInt32()[0];

    [InlineArray(Rounds + 1)]
    private struct RoundKeys
    {
        private Vector128<byte> _first;
    }
}
