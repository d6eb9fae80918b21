using System.Buffers.Binary;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// Seals what one end sends (RFC 3711, RFC 7714). For one thread. With GCM an index must never be sealed twice with different
/// bytes: that would give the key of the authentication away. A retransmission under its old number has to be the same packet
/// to the last bit; RTX (RFC 4588) has numbers of its own.
/// </summary>
public sealed class SrtpSender : IDisposable
{
    private const int RtcpHeaderLength = 8;
    private const uint Encrypted = 0x8000_0000;

    private readonly SrtpCipher _rtp;
    private readonly SrtpCipher _rtcp;
    private readonly bool _isAead;
    private uint _rtcpIndex;

    /// <param name="profile">Which ciphers.</param>
    /// <param name="key">Master key, 16 bytes.</param>
    /// <param name="salt">Master salt, 12 bytes for GCM, else 14.</param>
    public SrtpSender(SrtpProfile profile, ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
    {
        _isAead = profile == SrtpProfile.AeadAes128Gcm;
        _rtp = SrtpCipher.Create(profile, key, salt, isRtcp: false);
        _rtcp = SrtpCipher.Create(profile, key, salt, isRtcp: true);
    }

    /// <summary>Bytes that an RTP packet grows by.</summary>
    public int Overhead => _rtp.TagLength;

    /// <summary>Bytes that an RTCP packet grows by.</summary>
    public int RtcpOverhead => _rtcp.TagLength + sizeof(uint);

    /// <summary>Seals an RTP packet; its whole length.</summary>
    /// <param name="packet">Begins with the finished header and has room for payload and <see cref="Overhead"/>.</param>
    /// <param name="headerLength">Bytes of the header, CSRCs and extensions included.</param>
    /// <param name="payload">With padding, if any; elsewhere, or behind the header already.</param>
    /// <param name="index">The extended sequence number: roll-over counter and sequence number (section 3.3.1).</param>
    public int SealRtp(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, ulong index) =>
        _rtp.Seal(packet, headerLength, payload, BinaryPrimitives.ReadUInt32BigEndian(packet[8..]), index & 0xFFFF_FFFF_FFFF, (uint)(index >> 16));

    /// <summary>Seals an RTCP compound in place; its whole length. Its index is counted here (section 3.4).</summary>
    /// <param name="packet">The compound and room for <see cref="RtcpOverhead"/>.</param>
    /// <param name="length">Of the compound, 8 at least.</param>
    public int SealRtcp(Span<byte> packet, int length)
    {
        var (index, ssrc) = (_rtcpIndex, BinaryPrimitives.ReadUInt32BigEndian(packet[4..]));
        _rtcpIndex = (_rtcpIndex + 1) & ~Encrypted;
        var end = _rtcp.Seal(packet, RtcpHeaderLength, packet[RtcpHeaderLength..length], ssrc, index, index | Encrypted);

        // GCM: tag, then E and index (RFC 7714 section 9.2). Counter mode: E and index, then tag (section 3.4).
        if (_isAead)
        {
            BinaryPrimitives.WriteUInt32BigEndian(packet[end..], index | Encrypted);
        }
        else
        {
            packet[length..end].CopyTo(packet[(length + sizeof(uint))..]);
            BinaryPrimitives.WriteUInt32BigEndian(packet[length..], index | Encrypted);
        }

        return end + sizeof(uint);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rtp.Dispose();
        _rtcp.Dispose();
    }
}
