using System.Buffers.Binary;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Tests.Srtp;

internal static class Vectors
{
    // RFC 3711 appendix B.3; libsrtp checks itself with the same master key.
    public static readonly byte[] Rfc3711Key = Hex("E1F97A0D3E018BE0D64FA32C06DE4139");
    public static readonly byte[] Rfc3711Salt = Hex("0EC675AD498AFEEBB6960B3AABE6");

    // RFC 7714 sections 16 and 17: "Quid pro quo".
    public static readonly byte[] Rfc7714Key = Hex("000102030405060708090A0B0C0D0E0F");
    public static readonly byte[] Rfc7714Salt = Hex("517569642070726F2071756F");

    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", ""));

    /// <summary>Both profiles, with and without the processor's instructions and libcrypto.</summary>
    public static TheoryData<SrtpProfile, bool> Transforms => new()
    {
        { SrtpProfile.AeadAes128Gcm, true },
        { SrtpProfile.AeadAes128Gcm, false },
        { SrtpProfile.Aes128CmSha1_80, true },
        { SrtpProfile.Aes128CmSha1_80, false },
    };

    /// <summary>Keys of a test: the same for both ends.</summary>
    public static SrtpTransform Transform(SrtpProfile profile, bool accelerated = true) =>
        SrtpTransform.Create(profile, Rfc3711Key, profile == SrtpProfile.AeadAes128Gcm ? Rfc7714Salt : Rfc3711Salt, accelerated);

    /// <summary>A packet with a header of 12 bytes, sealed.</summary>
    public static byte[] Sealed(SrtpSender sender, uint ssrc, long index, ReadOnlySpan<byte> payload)
    {
        var packet = new byte[RtpHeader.FixedLength + payload.Length + sender.Overhead];
        RtpHeader.TryWrite(packet, 96, false, (ushort)index, 1000, ssrc);
        sender.SealRtp(packet, RtpHeader.FixedLength, payload, (ulong)index);
        return packet;
    }

    /// <summary>A receiver report of 8 bytes and some more, sealed.</summary>
    public static byte[] SealedRtcp(SrtpSender sender, uint ssrc, int more)
    {
        var packet = new byte[8 + more + sender.RtcpOverhead];
        (packet[0], packet[1]) = (0x80, 201);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), ssrc);
        sender.SealRtcp(packet, 8 + more);
        return packet;
    }
}
