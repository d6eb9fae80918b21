using System.Text;
using RtcHub.Rtc.Srtp;
using static RtcHub.Rtc.Tests.Srtp.Vectors;

namespace RtcHub.Rtc.Tests.Srtp;

/// <summary>RFC 7714 sections 16.1 and 17.1, 17.3, with the session keys that they give.</summary>
public sealed class Rfc7714Tests
{
    private const string Header = "8040F17B8041F8D35501A0B2";
    private const string Sealed = Header + "F24DE3A3FB34DE6CACBA861C9D7E4BCABE633BD50D294E6F42A5F47A51C7D19B36DE3ADF8833" + "899D7F27BEB16A9152CF765EE4390CCE";
    private const string Rtcp = "81C8000D4D617273" + "4E5450314E545032525450200000042A0000E9304C756E61DEADBEEFDEADBEEFDEADBEEFDEADBEEFDEADBEEF";
    private const string SealedRtcp =
        "81C8000D4D617273" + "63E94885DCDAB67CA727D7662F6B7E997FF5C0F76C06F32DC676A5F1730D6FDA4CE09B4686303DED0BB9275B"
        + "C84AA45896CF4D2FC5ABF87245D9EADE" + "800005D4";
    private const string TaggedRtcp = Rtcp + "841DD9683DD78EC92AE58790125F62B3" + "000005D4";
    private const ulong Index = 0xF17B;
    private const uint RtcpIndex = 0x5D4;

    private static readonly byte[] Payload = Encoding.ASCII.GetBytes("Gallia est omnis divisa in partes tres");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_rtp_packet_is_that_of_the_rfc(bool accelerated)
    {
        using var transform = SessionKeys(accelerated);
        byte[] packet = [.. Hex(Header), .. new byte[Payload.Length + transform.RtpOverhead]];
        transform.SealRtp(packet, 12, Payload, Index);
        Assert.Equal(Sealed, Convert.ToHexString(packet));
        Assert.True(transform.OpenRtp(packet, 12, Index));
        Assert.Equal(Payload, packet[12..^16]);
        Assert.False(transform.OpenRtp(Hex(Sealed), 12, Index + 0x10000));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_rtcp_packet_is_that_of_the_rfc(bool accelerated)
    {
        using var transform = SessionKeys(accelerated);
        byte[] packet = [.. Hex(Rtcp), .. new byte[transform.RtcpOverhead]];
        transform.SealRtcp(packet, Rtcp.Length / 2, RtcpIndex);
        Assert.Equal(SealedRtcp, Convert.ToHexString(packet));
        Assert.True(transform.OpenRtcp(packet, SrtpTransform.EncryptedFlag | RtcpIndex));
        Assert.Equal(Rtcp, Convert.ToHexString(packet[..^transform.RtcpOverhead]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_rtcp_packet_that_is_only_tagged_opens(bool accelerated)
    {
        using var receiver = new SrtpReceiver(SessionKeys(accelerated));
        var packet = Hex(TaggedRtcp);
        Assert.Equal(SrtpError.None, receiver.OpenRtcp(packet, out var length));
        Assert.Equal(Rtcp, Convert.ToHexString(packet[..length]));
        Assert.Equal(SrtpError.Replayed, receiver.OpenRtcp(Hex(TaggedRtcp), out _));

        // Without the flag a sealed packet is not taken for a tagged one.
        using var other = new SrtpReceiver(SessionKeys(accelerated));
        var unflagged = Hex(SealedRtcp);
        unflagged[^4] &= 0x7F;
        Assert.Equal(SrtpError.AuthenticationFailed, other.OpenRtcp(unflagged, out _));
    }

    private static GcmTransform SessionKeys(bool accelerated) => new(
        new AesGcm(Rfc7714Key, accelerated), new GcmSalt(Rfc7714Salt), new AesGcm(Rfc7714Key, accelerated), new GcmSalt(Rfc7714Salt));
}
