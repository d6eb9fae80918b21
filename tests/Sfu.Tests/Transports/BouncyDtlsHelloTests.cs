using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Tests.Dtls;
using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu.Tests.Transports;

[Collection(nameof(BouncyDtls))]
public sealed class BouncyDtlsHelloTests : DtlsHelloTests
{
    protected override IDtls CreateServer(DtlsCertificate certificate, Fingerprint expected) => new BouncyDtls(DtlsRole.Server, certificate, expected);
}
