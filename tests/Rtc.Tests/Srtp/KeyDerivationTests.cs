using RtcHub.Rtc.Srtp;
using static RtcHub.Rtc.Tests.Srtp.Vectors;

namespace RtcHub.Rtc.Tests.Srtp;

public sealed class KeyDerivationTests
{
    // RFC 3711 appendix B.3.
    [Theory]
    [InlineData(KeyLabel.RtpEncryption, "C61E7A93744F39EE10734AFE3FF7A087")]
    [InlineData(KeyLabel.RtpSalt, "30CBBC08863D8C85D49DB34A9AE1")]
    [InlineData(KeyLabel.RtpAuthentication,
        "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098"
        + "6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2")]
    internal void Session_keys_are_those_of_the_rfc(KeyLabel label, string expected)
    {
        foreach (var accelerated in (bool[])[true, false])
        {
            using var derivation = new KeyDerivation(Rfc3711Key, Rfc3711Salt, accelerated);
            var key = new byte[expected.Length / 2];
            derivation.Derive(label, key);
            Assert.Equal(expected, Convert.ToHexString(key));
        }
    }

    [Fact]
    public void Every_label_gives_another_key()
    {
        using var derivation = new KeyDerivation(Rfc3711Key, Rfc3711Salt);
        var keys = Enum.GetValues<KeyLabel>().Select(label =>
        {
            var key = new byte[16];
            derivation.Derive(label, key);
            return Convert.ToHexString(key);
        });
        Assert.Equal(6, keys.Distinct().Count());
    }

    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm, 16, 14)]
    [InlineData(SrtpProfile.AeadAes128Gcm, 15, 12)]
    [InlineData(SrtpProfile.Aes128CmSha1_80, 16, 12)]
    [InlineData(SrtpProfile.Aes128CmSha1_80, 32, 14)]
    [InlineData((SrtpProfile)2, 16, 14)]
    public void Keys_of_another_length_are_refused(SrtpProfile profile, int key, int salt)
    {
        Assert.ThrowsAny<ArgumentException>(() => new SrtpSender(profile, new byte[key], new byte[salt]));
        Assert.ThrowsAny<ArgumentException>(() => new SrtpReceiver(profile, new byte[key], new byte[salt]));
    }
}
