using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RtcHub.Rtc.Dtls;

/// <summary>
/// What this process proves itself with: a key pair on P-256 and a certificate that it signed itself (RFC 8827 section 6.5).
/// Nobody trusts the certificate by itself: its <see cref="Fingerprint"/> in the SDP is what counts. Shared by all
/// associations and safe from any thread; dispose it after the last of them.
/// </summary>
public sealed class DtlsCertificate : IDisposable
{
    private readonly Lazy<OpenSslContext> _openSsl;

    internal DtlsCertificate(byte[] der, byte[] privateKey)
    {
        Der = der;
        PrivateKey = privateKey;
        Fingerprint = Fingerprint.Sha256(der);
        _openSsl = new Lazy<OpenSslContext>(() => new OpenSslContext(this));
    }

    /// <summary>For <c>a=fingerprint</c>.</summary>
    public Fingerprint Fingerprint { get; }

    /// <summary>The certificate (RFC 5280).</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>The private key (PKCS #8, not encrypted).</summary>
    public ReadOnlyMemory<byte> PrivateKey { get; }

    internal OpenSslContext OpenSsl => _openSsl.Value;

    /// <param name="now">When it begins to be valid, less a day for peers whose clock is slow.</param>
    /// <param name="validity">1 to 365 days.</param>
    public static DtlsCertificate Create(DateTimeOffset now, TimeSpan validity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(validity, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(validity, TimeSpan.FromDays(365));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=RtcHub", key, HashAlgorithmName.SHA256);
        using var certificate = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now.AddDays(-1), now + validity, RandomNumberGenerator.GetBytes(16));
        return new DtlsCertificate(certificate.RawData, key.ExportPkcs8PrivateKey());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_openSsl.IsValueCreated) _openSsl.Value.Dispose();
    }
}
