using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// AES_CM_128_HMAC_SHA1_80 (RFC 3711 sections 4.1.1 and 4.2.1):
/// <code>
/// SRTP    | header | encrypted payload | tag, 10 |             authenticated: all before the tag, and the roll-over counter
/// SRTCP   | header, 8 | encrypted rest | E, index | tag, 10 |  authenticated: all before the tag
/// </code>
/// </summary>
internal sealed class AesCmHmacSha1(AesCtr rtp, AesCmSalt rtpSalt, HmacSha1 rtpMac, AesCtr rtcp, AesCmSalt rtcpSalt, HmacSha1 rtcpMac) : SrtpTransform
{
    public const int SaltLength = 14;
    private const int TagLength = 10;
    private const int IndexLength = 4;
    private const int MacKeyLength = 20;

    public override int RtpOverhead => TagLength;
    public override int RtcpOverhead => TagLength + IndexLength;
    public override int RtcpIndexFromEnd => TagLength + IndexLength;

    public static AesCmHmacSha1 Derive(KeyDerivation derivation, bool accelerated)
    {
        Span<byte> key = stackalloc byte[Aes128.KeyLength];
        Span<byte> salt = stackalloc byte[SaltLength];
        Span<byte> macKey = stackalloc byte[MacKeyLength];
        derivation.Derive(KeyLabel.RtpEncryption, key);
        derivation.Derive(KeyLabel.RtpSalt, salt);
        derivation.Derive(KeyLabel.RtpAuthentication, macKey);
        var (rtp, rtpSalt, rtpMac) = (new AesCtr(key, accelerated), new AesCmSalt(salt), new HmacSha1(macKey, accelerated));
        derivation.Derive(KeyLabel.RtcpEncryption, key);
        derivation.Derive(KeyLabel.RtcpSalt, salt);
        derivation.Derive(KeyLabel.RtcpAuthentication, macKey);
        var (rtcp, rtcpSalt, rtcpMac) = (new AesCtr(key, accelerated), new AesCmSalt(salt), new HmacSha1(macKey, accelerated));
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(salt);
        CryptographicOperations.ZeroMemory(macKey);
        return new AesCmHmacSha1(rtp, rtpSalt, rtpMac, rtcp, rtcpSalt, rtcpMac);
    }

    public override void SealRtp(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, ulong index)
    {
        var length = headerLength + payload.Length;
        rtp.Transform(rtpSalt.FirstBlock(RtpHeader.Ssrc(packet), index), payload, packet[headerLength..length]);
        Span<byte> mac = stackalloc byte[HmacSha1.MacLength];
        RtpMac(packet[..length], index, mac);
        mac[..TagLength].CopyTo(packet[length..]);
    }

    public override bool OpenRtp(Span<byte> packet, int headerLength, ulong index)
    {
        Span<byte> mac = stackalloc byte[HmacSha1.MacLength];
        RtpMac(packet[..^TagLength], index, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac[..TagLength], packet[^TagLength..])) return false;
        var body = packet[headerLength..^TagLength];
        rtp.Transform(rtpSalt.FirstBlock(RtpHeader.Ssrc(packet), index), body, body);
        return true;
    }

    public override void SealRtcp(Span<byte> packet, int length, uint index)
    {
        var body = packet[RtcpHeaderLength..length];
        rtcp.Transform(rtcpSalt.FirstBlock(RtcpSsrc(packet), index), body, body);
        BinaryPrimitives.WriteUInt32BigEndian(packet[length..], EncryptedFlag | index);
        Span<byte> mac = stackalloc byte[HmacSha1.MacLength];
        rtcpMac.Compute(packet[..(length + IndexLength)], [], mac);
        mac[..TagLength].CopyTo(packet[(length + IndexLength)..]);
    }

    public override bool OpenRtcp(Span<byte> packet, uint indexAndFlag)
    {
        Span<byte> mac = stackalloc byte[HmacSha1.MacLength];
        rtcpMac.Compute(packet[..^TagLength], [], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac[..TagLength], packet[^TagLength..])) return false;
        if ((indexAndFlag & EncryptedFlag) == 0) return true;
        var body = packet[RtcpHeaderLength..^RtcpOverhead];
        rtcp.Transform(rtcpSalt.FirstBlock(RtcpSsrc(packet), indexAndFlag & ~EncryptedFlag), body, body);
        return true;
    }

    public override void Dispose()
    {
        rtp.Dispose();
        rtpMac.Dispose();
        rtcp.Dispose();
        rtcpMac.Dispose();
        (rtpSalt, rtcpSalt) = (default, default);
    }

    private static uint RtcpSsrc(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);

    private void RtpMac(ReadOnlySpan<byte> packet, ulong index, Span<byte> mac)
    {
        Span<byte> rollOverCounter = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(rollOverCounter, (uint)(index >> 16));
        rtpMac.Compute(packet, rollOverCounter, mac);
    }
}

/// <summary>The salt of 14 bytes under every first counter block.</summary>
internal readonly struct AesCmSalt(ReadOnlySpan<byte> salt)
{
    private readonly ulong _first = BinaryPrimitives.ReadUInt64BigEndian(salt);
    private readonly ulong _last = (ulong)BinaryPrimitives.ReadUInt32BigEndian(salt[8..]) << 32 | (ulong)BinaryPrimitives.ReadUInt16BigEndian(salt[12..]) << 16;

    /// <summary>Four zeros, the SSRC, 48 bits of index, and the 16 that count blocks (RFC 3711 section 4.1.1).</summary>
    public Vector128<byte> FirstBlock(uint ssrc, ulong index) => Vector128.Create(
        BinaryPrimitives.ReverseEndianness(_first ^ ssrc),
        BinaryPrimitives.ReverseEndianness(_last ^ index << 16)).AsByte();
}
