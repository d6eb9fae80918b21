using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// The keys of one direction and one protocol (RTP or RTCP): seals and opens payloads, whatever the profile. Owned by one
/// thread, as it keeps what it calculates with.
/// </summary>
internal abstract class SrtpCipher : IDisposable
{
    /// <summary>Bytes behind a sealed payload.</summary>
    public abstract int TagLength { get; }

    /// <summary>Seals <paramref name="payload"/> into <paramref name="packet"/> behind its header; the whole length without <paramref name="trailer"/>.</summary>
    /// <param name="packet">Begins with the finished header.</param>
    /// <param name="headerLength">Bytes of it: authenticated, not encrypted.</param>
    /// <param name="payload">May lie where it is to be, or elsewhere.</param>
    /// <param name="ssrc">Of the source.</param>
    /// <param name="index">48 bits for RTP, 31 for RTCP.</param>
    /// <param name="trailer">Four bytes that are authenticated as well: the roll-over counter, or E and the index of RTCP.</param>
    public abstract int Seal(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, uint ssrc, ulong index, uint trailer);

    /// <summary>Checks and decrypts in place; false, and nothing is changed, when it is not genuine.</summary>
    /// <param name="packet">Header, payload, tag.</param>
    public abstract bool TryOpen(Span<byte> packet, int headerLength, uint ssrc, ulong index, uint trailer);

    public abstract void Dispose();

    /// <summary>The cipher of a profile for RTP, or for RTCP.</summary>
    public static SrtpCipher Create(SrtpProfile profile, ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt, bool isRtcp, bool portable = false)
    {
        var shift = isRtcp ? KeyDerivation.RtcpCipher : KeyDerivation.RtpCipher;
        Span<byte> key = stackalloc byte[AesCipher.KeyLength];
        KeyDerivation.Derive(masterKey, masterSalt, (byte)(KeyDerivation.RtpCipher + shift), key);
        try
        {
            if (profile == SrtpProfile.AeadAes128Gcm)
            {
                var salt = new byte[AesGcm128.NonceLength];
                KeyDerivation.Derive(masterKey, masterSalt, (byte)(KeyDerivation.RtpSalt + shift), salt);
                return new AeadSrtpCipher(key, salt, isRtcp, portable);
            }

            var longSalt = new byte[14];
            KeyDerivation.Derive(masterKey, masterSalt, (byte)(KeyDerivation.RtpSalt + shift), longSalt);
            Span<byte> authentication = stackalloc byte[20];
            KeyDerivation.Derive(masterKey, masterSalt, (byte)(KeyDerivation.RtpAuthentication + shift), authentication);
            return new CounterSrtpCipher(key, longSalt, authentication, portable);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}

/// <summary>AEAD_AES_128_GCM (RFC 7714 sections 8 and 9).</summary>
internal sealed class AeadSrtpCipher(ReadOnlySpan<byte> key, byte[] salt, bool isRtcp, bool portable) : SrtpCipher
{
    private readonly AesGcm128 _gcm = new(key, portable);

    public override int TagLength => AesGcm128.TagLength;

    public override int Seal(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, uint ssrc, ulong index, uint trailer)
    {
        Span<byte> nonce = stackalloc byte[AesGcm128.NonceLength];
        WriteNonce(nonce, ssrc, index);
        var destination = packet.Slice(headerLength, payload.Length + TagLength);
        if (isRtcp)
        {
            Span<byte> associated = stackalloc byte[12];
            Associate(associated, packet, trailer);
            _gcm.Seal(nonce, payload, destination, associated);
        }
        else
        {
            _gcm.Seal(nonce, payload, destination, packet[..headerLength]);
        }

        return headerLength + payload.Length + TagLength;
    }

    public override bool TryOpen(Span<byte> packet, int headerLength, uint ssrc, ulong index, uint trailer)
    {
        Span<byte> nonce = stackalloc byte[AesGcm128.NonceLength];
        WriteNonce(nonce, ssrc, index);
        if (!isRtcp) return _gcm.TryOpen(nonce, packet[headerLength..], packet[..headerLength]);
        Span<byte> associated = stackalloc byte[12];
        Associate(associated, packet, trailer);
        return _gcm.TryOpen(nonce, packet[headerLength..], associated);
    }

    public override void Dispose() => _gcm.Dispose();

    // RTP (section 8.1): 2 zero bytes, SSRC, ROC, SEQ. RTCP (section 9.1): 2 zero bytes, SSRC, 2 zero bytes, index. The two look
    // alike, as the 48 bits of the one and the 31 bits of the other end at the same place.
    private void WriteNonce(Span<byte> nonce, uint ssrc, ulong index)
    {
        BinaryPrimitives.WriteUInt16BigEndian(nonce, 0);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[2..], ssrc);
        BinaryPrimitives.WriteUInt16BigEndian(nonce[6..], (ushort)(index >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(nonce[8..], (uint)index);
        for (var i = 0; i < nonce.Length; i++) nonce[i] ^= salt[i];
    }

    // The first eight bytes of RTCP, then E and the index (section 9.2).
    private static void Associate(Span<byte> associated, ReadOnlySpan<byte> packet, uint trailer)
    {
        packet[..8].CopyTo(associated);
        BinaryPrimitives.WriteUInt32BigEndian(associated[8..], trailer);
    }
}
