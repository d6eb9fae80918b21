using RtcHub.Rtc.Dtls;
using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu.Tests.Transports;

[Collection(nameof(BouncyDtls))]
public sealed class DtlsFactoryTests
{
    [Fact]
    public void What_is_forced_is_made()
    {
        using var certificate = DtlsCertificate.Create(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(30));
        using var openSsl = DtlsFactory.Create(DtlsLibrary.OpenSsl, DtlsRole.Server, certificate, certificate.Fingerprint);
        using var bouncyCastle = DtlsFactory.Create(DtlsLibrary.BouncyCastle, DtlsRole.Server, certificate, certificate.Fingerprint);
        using var auto = DtlsFactory.Create(DtlsLibrary.Auto, DtlsRole.Server, certificate, certificate.Fingerprint);
        Assert.IsType<OpenSslDtls>(openSsl);
        Assert.IsType<BouncyDtls>(bouncyCastle);
        Assert.IsType<OpenSslDtls>(auto);
        Assert.Equal(DtlsLibrary.OpenSsl, DtlsFactory.Resolve(DtlsLibrary.Auto));
    }

    [Theory]
    [InlineData(DtlsLibrary.OpenSsl)]
    [InlineData(DtlsLibrary.BouncyCastle)]
    public void Each_library_warms_up(DtlsLibrary library)
    {
        using var certificate = DtlsCertificate.Create(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(365));
        DtlsFactory.WarmUp(library, certificate);
    }
}
