using System.Security.Cryptography;
using System.Text;
using CsCheck;
using RtcHub.Rtc.Dtls;

namespace RtcHub.Rtc.Tests.Dtls;

public sealed class FingerprintTests
{
    // RFC 8122 section 5's own example, and a SHA-256 of what OpenSSL says: openssl x509 -fingerprint -sha256.
    private const string Rfc8122 = "sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB";

    [Fact]
    public void What_is_parsed_is_written_again()
    {
        Assert.True(Fingerprint.TryParse(Rfc8122, out var fingerprint));
        Assert.Equal("sha-1", fingerprint.Algorithm);
        Assert.Equal(Rfc8122, fingerprint.ToString());
    }

    [Fact]
    public void The_case_of_letters_does_not_count()
    {
        Assert.True(Fingerprint.TryParse(Rfc8122, out var upper));
        Assert.True(Fingerprint.TryParse("SHA-1" + Rfc8122[5..].ToLowerInvariant(), out var lower));
        Assert.Equal(upper, lower);
        Assert.Equal(upper.GetHashCode(), lower.GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha-1")]
    [InlineData("sha-1 ")]
    [InlineData("sha-1  4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB")]
    [InlineData("sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C")]
    [InlineData("sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:")]
    [InlineData("sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:CD")]
    [InlineData("sha-1 4A-AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB")]
    [InlineData("sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AG")]
    [InlineData("sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C: B")]
    [InlineData("sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB")]
    [InlineData("md5 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B")]
    public void What_is_no_fingerprint_is_refused(string text) => Assert.False(Fingerprint.TryParse(text, out _));

    [Fact]
    public void No_text_throws() => Gen.String.Sample(text => !Fingerprint.TryParse(text, out _) && !Fingerprint.TryParse("sha-256 " + text, out _));

    [Fact]
    public void Each_algorithm_matches_its_own_hash_only()
    {
        var certificate = Encoding.ASCII.GetBytes("not even a certificate");
        var other = Encoding.ASCII.GetBytes("Not even a certificate");
        foreach (var line in Vectors.Fingerprints(certificate))
        {
            Assert.True(Fingerprint.TryParse(line, out var fingerprint));
            Assert.True(fingerprint.Matches(certificate), line);
            Assert.False(fingerprint.Matches(other), line);
        }

        Assert.Equal($"sha-256 {BitConverter.ToString(SHA256.HashData(certificate)).Replace('-', ':')}", Fingerprint.Sha256(certificate).ToString());
    }
}
