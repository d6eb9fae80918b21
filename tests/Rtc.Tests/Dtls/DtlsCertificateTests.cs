using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RtcHub.Rtc.Dtls;

namespace RtcHub.Rtc.Tests.Dtls;

public sealed class DtlsCertificateTests
{
    private static readonly DateTimeOffset Today = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_is_what_webrtc_asks_for()
    {
        using var ours = DtlsCertificate.Create(Today, TimeSpan.FromDays(30));
        using var certificate = X509CertificateLoader.LoadCertificate(ours.Der.Span);
        using var key = certificate.GetECDsaPublicKey()!;
        Assert.Equal(ECCurve.NamedCurves.nistP256.Oid.Value, key.ExportParameters(false).Curve.Oid.Value);
        Assert.Equal(("CN=RtcHub", "CN=RtcHub"), (certificate.Subject, certificate.Issuer));
        Assert.Equal((Today.AddDays(-1).UtcDateTime, Today.AddDays(30).UtcDateTime), (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime()));
        Assert.Equal($"sha-256 {string.Join(':', SHA256.HashData(certificate.RawData).Select(b => b.ToString("X2")))}", ours.Fingerprint.ToString());
        Assert.True(ours.Fingerprint.Matches(certificate.RawData));
        using var privateKey = ECDsa.Create();
        privateKey.ImportPkcs8PrivateKey(ours.PrivateKey.Span, out _);
        Assert.True(key.VerifyData(certificate.RawData, privateKey.SignData(certificate.RawData, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
    }

    [Fact]
    public void No_two_are_alike()
    {
        using var one = DtlsCertificate.Create(Today, TimeSpan.FromDays(30));
        using var other = DtlsCertificate.Create(Today, TimeSpan.FromDays(30));
        Assert.NotEqual(one.Fingerprint, other.Fingerprint);
        using var first = X509CertificateLoader.LoadCertificate(one.Der.Span);
        using var second = X509CertificateLoader.LoadCertificate(other.Der.Span);
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(366)]
    public void It_is_valid_for_a_day_to_a_year(int days) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DtlsCertificate.Create(Today, TimeSpan.FromDays(days)));
}
