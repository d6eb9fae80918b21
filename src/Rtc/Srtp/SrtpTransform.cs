namespace RtcHub.Rtc.Srtp;

/// <summary>
/// The cryptographic transform of a profile with the session keys of one direction: where tag and index stand in a packet and
/// what they cover (RFC 3711 section 3.1 and 3.4). It remembers nothing of the packets.
/// </summary>
internal abstract class SrtpTransform : IDisposable
{
    /// <summary>The part of an RTCP packet that is never encrypted: the header and the sender's SSRC.</summary>
    public const int RtcpHeaderLength = 8;

    /// <summary>In front of the SRTCP index, in the same 32 bits: set when the packet is encrypted.</summary>
    public const uint EncryptedFlag = 1u << 31;

    /// <summary>Bytes that sealing adds to an RTP packet.</summary>
    public abstract int RtpOverhead { get; }

    /// <summary>Bytes that sealing adds to an RTCP packet.</summary>
    public abstract int RtcpOverhead { get; }

    /// <summary>How far from the end of a sealed RTCP packet the flag and the index begin.</summary>
    public abstract int RtcpIndexFromEnd { get; }

    /// <exception cref="ArgumentException">Key or salt have not the profile's length.</exception>
    public static SrtpTransform Create(SrtpProfile profile, ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, bool accelerated = true)
    {
        var saltLength = profile switch
        {
            SrtpProfile.AeadAes128Gcm => GcmTransform.SaltLength,
            SrtpProfile.Aes128CmSha1_80 => AesCmHmacSha1.SaltLength,
            _ => throw new ArgumentOutOfRangeException(nameof(profile)),
        };
        if (key.Length != Aes128.KeyLength) throw new ArgumentException("A master key is 16 bytes.", nameof(key));
        if (salt.Length != saltLength) throw new ArgumentException($"The salt of {profile} is {saltLength} bytes.", nameof(salt));
        using var derivation = new KeyDerivation(key, salt, accelerated);
        return profile == SrtpProfile.AeadAes128Gcm ? GcmTransform.Derive(derivation, accelerated) : AesCmHmacSha1.Derive(derivation, accelerated);
    }

    /// <summary>Seals the payload into the packet behind its header; the tag follows.</summary>
    public abstract void SealRtp(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, ulong index);

    /// <summary>Opens in place. False: the tag is wrong.</summary>
    public abstract bool OpenRtp(Span<byte> packet, int headerLength, ulong index);

    /// <summary>Seals the packet of this length in place.</summary>
    public abstract void SealRtcp(Span<byte> packet, int length, uint index);

    /// <summary>Opens in place. False: the tag is wrong.</summary>
    /// <param name="packet">All of it.</param>
    /// <param name="indexAndFlag">As they stand in the packet.</param>
    public abstract bool OpenRtcp(Span<byte> packet, uint indexAndFlag);

    public abstract void Dispose();
}
