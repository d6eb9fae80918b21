using RtcHub.Rtc.Dtls;

namespace RtcHub.Rtc.Tests.Dtls;

public sealed class OpenSslDtlsFuzzTests : DtlsFuzzTests
{
    protected override int Inputs => 200_000;

    protected override IDtls Create(DtlsRole role, DtlsCertificate certificate, Fingerprint expected) => new OpenSslDtls(role, certificate, expected);
}
