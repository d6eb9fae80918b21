using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// AEAD_AES_128_GCM (RFC 7714):
/// <code>
/// SRTP    | header | encrypted payload | tag, 16 |             authenticated besides: the header
/// SRTCP   | header, 8 | encrypted rest | tag, 16 | E, index |  authenticated besides: the header, E and the index
/// </code>
/// </summary>
internal sealed class GcmTransform(AesGcm rtp, GcmSalt rtpSalt, AesGcm rtcp, GcmSalt rtcpSalt) : SrtpTransform
{
    public const int SaltLength = 12;
    private const int IndexLength = 4;

    public override int RtpOverhead => AesGcm.TagLength;
    public override int RtcpOverhead => AesGcm.TagLength + IndexLength;
    public override int RtcpIndexFromEnd => IndexLength;

    public static GcmTransform Derive(KeyDerivation derivation, bool accelerated)
    {
        Span<byte> key = stackalloc byte[Aes128.KeyLength];
        Span<byte> salt = stackalloc byte[SaltLength];
        derivation.Derive(KeyLabel.RtpEncryption, key);
        derivation.Derive(KeyLabel.RtpSalt, salt);
        var (rtp, rtpSalt) = (new AesGcm(key, accelerated), new GcmSalt(salt));
        derivation.Derive(KeyLabel.RtcpEncryption, key);
        derivation.Derive(KeyLabel.RtcpSalt, salt);
        var (rtcp, rtcpSalt) = (new AesGcm(key, accelerated), new GcmSalt(salt));
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(salt);
        return new GcmTransform(rtp, rtpSalt, rtcp, rtcpSalt);
    }

    public override void SealRtp(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, ulong index)
    {
        var header = packet[..headerLength];
        var body = packet.Slice(headerLength, payload.Length + AesGcm.TagLength);
        rtp.Seal(rtpSalt.Nonce(RtpHeader.Ssrc(header), index), header, payload, body[..payload.Length], body[payload.Length..]);
    }

    public override bool OpenRtp(Span<byte> packet, int headerLength, ulong index)
    {
        var header = packet[..headerLength];
        var body = packet[headerLength..^AesGcm.TagLength];
        return rtp.Open(rtpSalt.Nonce(RtpHeader.Ssrc(header), index), header, body, body, packet[^AesGcm.TagLength..]);
    }

    public override void SealRtcp(Span<byte> packet, int length, uint index)
    {
        var body = packet[RtcpHeaderLength..length];
        BinaryPrimitives.WriteUInt32BigEndian(packet[(length + AesGcm.TagLength)..], EncryptedFlag | index);
        Span<byte> associated = stackalloc byte[RtcpHeaderLength + IndexLength];
        Associated(packet, EncryptedFlag | index, associated);
        rtcp.Seal(rtcpSalt.Nonce(RtcpSsrc(packet), index), associated, body, body, packet.Slice(length, AesGcm.TagLength));
    }

    public override bool OpenRtcp(Span<byte> packet, uint indexAndFlag)
    {
        var length = packet.Length - RtcpOverhead;
        var nonce = rtcpSalt.Nonce(RtcpSsrc(packet), indexAndFlag & ~EncryptedFlag);
        Span<byte> tag = stackalloc byte[AesGcm.TagLength];
        packet.Slice(length, AesGcm.TagLength).CopyTo(tag);
        if ((indexAndFlag & EncryptedFlag) == 0)
        {
            // Nothing is encrypted, all is associated data; in one piece, once the index stands where the tag was (section 9.3).
            BinaryPrimitives.WriteUInt32BigEndian(packet[length..], indexAndFlag);
            return rtcp.Open(nonce, packet[..(length + IndexLength)], [], [], tag);
        }

        var body = packet[RtcpHeaderLength..length];
        Span<byte> associated = stackalloc byte[RtcpHeaderLength + IndexLength];
        Associated(packet, indexAndFlag, associated);
        return rtcp.Open(nonce, associated, body, body, tag);
    }

    public override void Dispose()
    {
        rtp.Dispose();
        rtcp.Dispose();
        (rtpSalt, rtcpSalt) = (default, default);
    }

    private static uint RtcpSsrc(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);

    private static void Associated(ReadOnlySpan<byte> packet, uint indexAndFlag, Span<byte> associated)
    {
        packet[..RtcpHeaderLength].CopyTo(associated);
        BinaryPrimitives.WriteUInt32BigEndian(associated[RtcpHeaderLength..], indexAndFlag);
    }
}

/// <summary>The salt of 12 bytes under every nonce.</summary>
internal readonly struct GcmSalt(ReadOnlySpan<byte> salt)
{
    private readonly ulong _first = BinaryPrimitives.ReadUInt64BigEndian(salt);
    private readonly uint _last = BinaryPrimitives.ReadUInt32BigEndian(salt[8..]);

    /// <summary>
    /// Two zeros, the SSRC, and 48 bits: roll-over counter and sequence number (section 8.1), or two zeros and the SRTCP index
    /// (section 9.1).
    /// </summary>
    public Vector128<byte> Nonce(uint ssrc, ulong index) => Vector128.Create(
        BinaryPrimitives.ReverseEndianness(_first ^ (ulong)ssrc << 16 ^ index >> 32),
        BinaryPrimitives.ReverseEndianness(_last ^ (uint)index)).AsByte();
}
