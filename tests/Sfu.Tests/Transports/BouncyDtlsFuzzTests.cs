using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Tests.Dtls;
using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu.Tests.Transports;

[Collection(nameof(BouncyDtls))]
public sealed class BouncyDtlsFuzzTests : DtlsFuzzTests
{
    protected override int Inputs => 20_000;

    protected override IDtls Create(DtlsRole role, DtlsCertificate certificate, Fingerprint expected) => new BouncyDtls(role, certificate, expected);
}
