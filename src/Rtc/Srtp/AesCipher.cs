using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using PlatformAes = System.Security.Cryptography.Aes;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// AES-128 of single blocks, eight at a time: the CPU's instructions work on eight as fast as on one, as each of the ten rounds
/// waits for the one before. Where the CPU has none, the platform's own AES does it, slower.
/// </summary>
internal sealed class AesCipher : IDisposable
{
    public const int BlockLength = 16;
    public const int KeyLength = 16;
    public const int Lanes = 8;
    private const int Rounds = 10;

    private readonly Vector128<byte>[] _keys = new Vector128<byte>[Rounds + 1];
    private readonly PlatformAes? _portable;

    /// <param name="key">16 bytes.</param>
    /// <param name="portable">Use the platform's AES in any case; for tests.</param>
    public AesCipher(ReadOnlySpan<byte> key, bool portable = false)
    {
        if (X86Aes.IsSupported && !portable)
        {
            Expand(key);
            return;
        }

        _portable = PlatformAes.Create();
        _portable.Key = key.ToArray();
    }

    /// <summary>One block.</summary>
    public Vector128<byte> Encrypt(Vector128<byte> block)
    {
        if (_portable is not null) return EncryptPortable(block);
        var keys = _keys;
        block ^= keys[0];
        for (var round = 1; round < Rounds; round++) block = X86Aes.Encrypt(block, keys[round]);
        return X86Aes.EncryptLast(block, keys[Rounds]);
    }

    /// <summary>Eight blocks, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Encrypt(
        ref Vector128<byte> b0, ref Vector128<byte> b1, ref Vector128<byte> b2, ref Vector128<byte> b3,
        ref Vector128<byte> b4, ref Vector128<byte> b5, ref Vector128<byte> b6, ref Vector128<byte> b7)
    {
        if (_portable is not null)
        {
            (b0, b1, b2, b3) = (EncryptPortable(b0), EncryptPortable(b1), EncryptPortable(b2), EncryptPortable(b3));
            (b4, b5, b6, b7) = (EncryptPortable(b4), EncryptPortable(b5), EncryptPortable(b6), EncryptPortable(b7));
            return;
        }

        var keys = _keys;
        var key = keys[0];
        b0 ^= key;
        b1 ^= key;
        b2 ^= key;
        b3 ^= key;
        b4 ^= key;
        b5 ^= key;
        b6 ^= key;
        b7 ^= key;
        for (var round = 1; round < Rounds; round++)
        {
            key = keys[round];
            b0 = X86Aes.Encrypt(b0, key);
            b1 = X86Aes.Encrypt(b1, key);
            b2 = X86Aes.Encrypt(b2, key);
            b3 = X86Aes.Encrypt(b3, key);
            b4 = X86Aes.Encrypt(b4, key);
            b5 = X86Aes.Encrypt(b5, key);
            b6 = X86Aes.Encrypt(b6, key);
            b7 = X86Aes.Encrypt(b7, key);
        }

        key = keys[Rounds];
        b0 = X86Aes.EncryptLast(b0, key);
        b1 = X86Aes.EncryptLast(b1, key);
        b2 = X86Aes.EncryptLast(b2, key);
        b3 = X86Aes.EncryptLast(b3, key);
        b4 = X86Aes.EncryptLast(b4, key);
        b5 = X86Aes.EncryptLast(b5, key);
        b6 = X86Aes.EncryptLast(b6, key);
        b7 = X86Aes.EncryptLast(b7, key);
    }

    public void Dispose()
    {
        Array.Clear(_keys);
        _portable?.Dispose();
    }

    private Vector128<byte> EncryptPortable(Vector128<byte> block)
    {
        Span<byte> bytes = stackalloc byte[BlockLength];
        block.CopyTo(bytes);
        _portable!.EncryptEcb(bytes, bytes, PaddingMode.None);
        return Vector128.Create<byte>(bytes);
    }

    // FIPS 197 section 5.2.
    private void Expand(ReadOnlySpan<byte> key)
    {
        _keys[0] = Vector128.Create<byte>(key);
        _keys[1] = Next(_keys[0], X86Aes.KeygenAssist(_keys[0], 0x01));
        _keys[2] = Next(_keys[1], X86Aes.KeygenAssist(_keys[1], 0x02));
        _keys[3] = Next(_keys[2], X86Aes.KeygenAssist(_keys[2], 0x04));
        _keys[4] = Next(_keys[3], X86Aes.KeygenAssist(_keys[3], 0x08));
        _keys[5] = Next(_keys[4], X86Aes.KeygenAssist(_keys[4], 0x10));
        _keys[6] = Next(_keys[5], X86Aes.KeygenAssist(_keys[5], 0x20));
        _keys[7] = Next(_keys[6], X86Aes.KeygenAssist(_keys[6], 0x40));
        _keys[8] = Next(_keys[7], X86Aes.KeygenAssist(_keys[7], 0x80));
        _keys[9] = Next(_keys[8], X86Aes.KeygenAssist(_keys[8], 0x1B));
        _keys[10] = Next(_keys[9], X86Aes.KeygenAssist(_keys[9], 0x36));
    }

    private static Vector128<byte> Next(Vector128<byte> key, Vector128<byte> assist)
    {
        var word = Sse2.Shuffle(assist.AsInt32(), 0xFF).AsByte();
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 4);
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 4);
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 4);
        return key ^ word;
    }
}
