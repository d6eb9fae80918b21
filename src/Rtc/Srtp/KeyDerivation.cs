using System.Runtime.Intrinsics;

namespace RtcHub.Rtc.Srtp;

/// <summary>What a session key is for (RFC 3711 section 4.3.2).</summary>
internal enum KeyLabel : byte
{
    RtpEncryption = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpEncryption = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// <summary>
/// Session keys out of a master key and salt (RFC 3711 section 4.3). DTLS gives every transport its own master key, so the
/// key derivation rate is zero: this happens once.
/// </summary>
internal sealed class KeyDerivation : IDisposable
{
    // Behind the 48 bits that would count the derivations.
    private const int LabelOffset = 7;

    private readonly AesCtr _master;
    private readonly byte[] _salt = new byte[Aes128.BlockLength];

    /// <param name="key">16 bytes.</param>
    /// <param name="salt">14 bytes; GCM's 12 stand in front of two zeros.</param>
    /// <param name="accelerated">See <see cref="AesCtr"/>.</param>
    public KeyDerivation(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, bool accelerated = true)
    {
        _master = new AesCtr(key, accelerated);
        salt.CopyTo(_salt);
    }

    /// <summary>Fills the key, of whatever length it is: AES-CM of the label and the salt is the pseudo-random function (section 4.3.3).</summary>
    public void Derive(KeyLabel label, Span<byte> key)
    {
        var first = Vector128.Create<byte>(_salt);
        first = first.WithElement(LabelOffset, (byte)(first[LabelOffset] ^ (byte)label));
        key.Clear();
        _master.Transform(first, key, key);
    }

    public void Dispose()
    {
        _master.Dispose();
        _salt.AsSpan().Clear();
    }
}
