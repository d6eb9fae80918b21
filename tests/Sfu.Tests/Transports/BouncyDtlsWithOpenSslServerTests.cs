using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Srtp;
using RtcHub.Rtc.Tests.Dtls;
using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu.Tests.Transports;

[Collection(nameof(BouncyDtls))] // All that use its threads.
public sealed class BouncyDtlsWithOpenSslServerTests : DtlsTests
{
    protected override IDtls CreateClient(DtlsCertificate certificate, Fingerprint expected, params SrtpProfile[] profiles) =>
        new BouncyDtls(DtlsRole.Client, certificate, expected, profiles);

    protected override IDtls CreateServer(DtlsCertificate certificate, Fingerprint expected, params SrtpProfile[] profiles) =>
        new OpenSslDtls(DtlsRole.Server, certificate, expected, profiles);

    [Fact]
    public void A_server_with_an_rsa_certificate_is_welcome() => AssertConnected(ClientCertificate, RsaCertificate);
}
