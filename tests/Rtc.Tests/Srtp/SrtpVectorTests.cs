using System.Runtime.Intrinsics;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Tests.Srtp;

/// <summary>The vectors of RFC 3711 appendix B and RFC 7714 sections 16 and 17.</summary>
public sealed class SrtpVectorTests
{
    private const string Text = "Gallia est omnis divisa in partes tres";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_key_stream_is_that_of_RFC_3711_B_2(bool portable)
    {
        using var cipher = new AesCipher(Hex("2B7E151628AED2A6ABF7158809CF4F3C"), portable);
        Assert.Equal("E03EAD0935C95E80E166B16DD92B4EB4", Block(cipher, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"));
        Assert.Equal("D23513162B02D0F72A43A2FE4A5F97AB", Block(cipher, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD0001"));
        Assert.Equal("EC8CDF7398607CB0F2D21675EA9EA1E4", Block(cipher, "F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"));
    }

    [Fact]
    public void Session_keys_are_those_of_RFC_3711_B_3()
    {
        var (key, salt) = (Hex("E1F97A0D3E018BE0D64FA32C06DE4139"), Hex("0EC675AD498AFEEBB6960B3AABE6"));
        Assert.Equal("C61E7A93744F39EE10734AFE3FF7A087", Derived(key, salt, KeyDerivation.RtpCipher, 16));
        Assert.Equal("30CBBC08863D8C85D49DB34A9AE1", Derived(key, salt, KeyDerivation.RtpSalt, 14));
        Assert.Equal("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4", Derived(key, salt, KeyDerivation.RtpAuthentication, 20));
    }

    [Fact]
    public void RTP_is_sealed_and_opened_as_in_RFC_7714_16_1()
    {
        // The RFC gives session keys, so the cipher is made of them and not of master keys.
        var packet = new byte[12 + Text.Length + 16];
        Hex("8040F17B8041F8D35501A0B2").CopyTo(packet, 0);
        System.Text.Encoding.ASCII.GetBytes(Text).CopyTo(packet, 12);
        using var cipher = new AeadSrtpCipher(Hex("000102030405060708090A0B0C0D0E0F"), Hex("517569642070726F2071756F"), isRtcp: false, portable: false);
        var length = cipher.Seal(packet, 12, packet.AsSpan(12, Text.Length), 0x5501A0B2, 0xF17B, 0);
        Assert.Equal(
            "8040F17B8041F8D35501A0B2F24DE3A3FB34DE6CACBA861C9D7E4BCABE633BD50D294E6F42A5F47A51C7D19B36DE3ADF8833899D7F27BEB16A9152CF765EE4390CCE",
            Convert.ToHexString(packet.AsSpan(0, length)));
        Assert.True(cipher.TryOpen(packet.AsSpan(0, length), 12, 0x5501A0B2, 0xF17B, 0));
        Assert.Equal(Text, System.Text.Encoding.ASCII.GetString(packet, 12, Text.Length));
    }

    [Fact]
    public void RTCP_is_sealed_as_in_RFC_7714_17_1()
    {
        var plain = Hex("81C8000D4D6172734E5450314E545032525450200000042A0000E9304C756E61DEADBEEFDEADBEEFDEADBEEFDEADBEEFDEADBEEF");
        var packet = new byte[plain.Length + 16];
        plain.CopyTo(packet, 0);
        using var cipher = new AeadSrtpCipher(Hex("000102030405060708090A0B0C0D0E0F"), Hex("517569642070726F2071756F"), isRtcp: true, portable: false);
        var length = cipher.Seal(packet, 8, packet.AsSpan(8, plain.Length - 8), 0x4D617273, 0x5D4, 0x800005D4);
        Assert.Equal(
            "81C8000D4D61727363E94885DCDAB67CA727D7662F6B7E997FF5C0F76C06F32DC676A5F1730D6FDA4CE09B4686303DED0BB9275BC84AA45896CF4D2FC5ABF87245D9EADE",
            Convert.ToHexString(packet.AsSpan(0, length)));
    }

    private static string Block(AesCipher cipher, string block)
    {
        var encrypted = new byte[16];
        cipher.Encrypt(Vector128.Create<byte>(Hex(block))).CopyTo(encrypted);
        return Convert.ToHexString(encrypted);
    }

    private static string Derived(byte[] key, byte[] salt, byte label, int length)
    {
        var derived = new byte[length];
        KeyDerivation.Derive(key, salt, label, derived);
        return Convert.ToHexString(derived);
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
