using RtcHub.Rtc.Srtp;
using static RtcHub.Rtc.Tests.Srtp.Vectors;

namespace RtcHub.Rtc.Tests.Srtp;

/// <summary>
/// The packets by which libsrtp, the implementation in browsers, checks itself: from master key to sealed bytes. The RFCs have
/// none for AES-CM, nor any that derives keys for GCM.
/// </summary>
public sealed class LibsrtpTests
{
    private const string Rtp = "800F1234DECAFBADCAFEBABE" + "ABABABABABABABABABABABABABABABAB";
    private const string Rtcp = "81C8000BCAFEBABE" + "ABABABABABABABABABABABABABABABAB";
    private static readonly byte[] GcmSalt = Hex("A0A1A2A3A4A5A6A7A8A9AAAB");

    [Theory]
    [InlineData(SrtpProfile.Aes128CmSha1_80, "800F1234DECAFBADCAFEBABE" + "4E55DC4CE79978D88CA4D215949D2402" + "B78D6ACC99EA179B8DBB")]
    [InlineData(SrtpProfile.AeadAes128Gcm, "800F1234DECAFBADCAFEBABE" + "C5002EDE04CFDD2EB91159E0880AA06E" + "D2976826F796B201DF3131A127E8A392")]
    public void An_rtp_packet_is_that_of_libsrtp(SrtpProfile profile, string expected)
    {
        foreach (var accelerated in (bool[])[true, false])
        {
            using var sender = new SrtpSender(Transform(profile, accelerated));
            using var receiver = new SrtpReceiver(Transform(profile, accelerated));
            byte[] packet = [.. Hex(Rtp), .. new byte[sender.Overhead]];
            Assert.Equal(packet.Length, sender.SealRtp(packet, 12, packet.AsSpan(12, 16), 0x1234));
            Assert.Equal(expected, Convert.ToHexString(packet));
            Assert.Equal(SrtpError.None, receiver.OpenRtp(packet, out var length, out var index));
            Assert.Equal(0x1234ul, index);
            Assert.Equal(Rtp, Convert.ToHexString(packet.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData(SrtpProfile.Aes128CmSha1_80, "81C8000BCAFEBABE" + "7128035BE487B9BDBEF89041F977A5A8" + "80000001" + "993E08CD54D6C1230798")]
    [InlineData(SrtpProfile.AeadAes128Gcm, "81C8000BCAFEBABE" + "C98B8B5DF0392A55852B6C21AC8E7025" + "C52C6FBEA2B3B446EA31123BA88CE61E" + "80000001")]
    public void An_rtcp_packet_is_that_of_libsrtp(SrtpProfile profile, string expected)
    {
        foreach (var accelerated in (bool[])[true, false])
        {
            using var sender = new SrtpSender(Transform(profile, accelerated));
            using var receiver = new SrtpReceiver(Transform(profile, accelerated));
            byte[] packet = [.. Hex(Rtcp), .. new byte[sender.RtcpOverhead]];
            sender.SealRtcp(packet, Rtcp.Length / 2);

            // libsrtp counts from one.
            Hex(Rtcp).CopyTo(packet, 0);
            Assert.Equal(packet.Length, sender.SealRtcp(packet, Rtcp.Length / 2));
            Assert.Equal(expected, Convert.ToHexString(packet));
            Assert.Equal(SrtpError.None, receiver.OpenRtcp(packet, out var length));
            Assert.Equal(Rtcp, Convert.ToHexString(packet.AsSpan(0, length)));
        }
    }

    private static SrtpTransform Transform(SrtpProfile profile, bool accelerated) => profile == SrtpProfile.AeadAes128Gcm
        ? SrtpTransform.Create(profile, Rfc7714Key, GcmSalt, accelerated)
        : SrtpTransform.Create(profile, Rfc3711Key, Rfc3711Salt, accelerated);
}
