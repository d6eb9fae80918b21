using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Tests.Dtls;

public sealed class OpenSslDtlsTests : DtlsTests
{
    protected override IDtls CreateClient(DtlsCertificate certificate, Fingerprint expected, params SrtpProfile[] profiles) =>
        new OpenSslDtls(DtlsRole.Client, certificate, expected, profiles);

    protected override IDtls CreateServer(DtlsCertificate certificate, Fingerprint expected, params SrtpProfile[] profiles) =>
        new OpenSslDtls(DtlsRole.Server, certificate, expected, profiles);

    [Fact]
    public void A_client_with_an_rsa_certificate_is_welcome() => AssertConnected(RsaCertificate, ServerCertificate);

    [Fact]
    public void A_server_with_an_rsa_certificate_is_welcome() => AssertConnected(ClientCertificate, RsaCertificate);
}
