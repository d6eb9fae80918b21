using RtcHub.Rtc.Dtls;

namespace RtcHub.Rtc.Tests.Dtls;

public sealed class OpenSslDtlsHelloTests : DtlsHelloTests
{
    protected override IDtls CreateServer(DtlsCertificate certificate, Fingerprint expected) => new OpenSslDtls(DtlsRole.Server, certificate, expected);
}
