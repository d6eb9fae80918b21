using System.Runtime.Intrinsics;

namespace RtcHub.Rtc.Srtp;

/// <summary>Session keys out of master key and salt (RFC 3711 section 4.3), with a derivation rate of zero: once.</summary>
internal static class KeyDerivation
{
    public const byte RtpCipher = 0, RtpAuthentication = 1, RtpSalt = 2, RtcpCipher = 3, RtcpAuthentication = 4, RtcpSalt = 5;

    /// <summary>AES-CM with x = label * 2^48 XOR master salt, times 2^16 (section 4.3.3).</summary>
    /// <param name="key">16 bytes.</param>
    /// <param name="salt">14 bytes, or 12, which are followed by zeros (RFC 7714 section 11).</param>
    /// <param name="label">Which key.</param>
    /// <param name="derived">Filled to its end.</param>
    public static void Derive(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, byte label, Span<byte> derived)
    {
        using var cipher = new AesCipher(key);
        Span<byte> block = stackalloc byte[AesCipher.BlockLength];
        block.Clear();
        salt.CopyTo(block);
        block[7] ^= label;
        Span<byte> stream = stackalloc byte[AesCipher.BlockLength];
        for (byte counter = 0; !derived.IsEmpty; counter++)
        {
            block[15] = counter;
            cipher.Encrypt(Vector128.Create<byte>(block)).CopyTo(stream);
            var length = Math.Min(derived.Length, stream.Length);
            stream[..length].CopyTo(derived);
            derived = derived[length..];
        }
    }
}
