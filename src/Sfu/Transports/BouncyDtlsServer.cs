using Org.BouncyCastle.Tls;

namespace RtcHub.Sfu.Transports;

/// <summary>BouncyCastle's questions to a server, answered.</summary>
internal sealed class BouncyDtlsServer(BouncyDtlsTerms terms) : DefaultTlsServer(BouncyDtlsTerms.Crypto)
{
    public override int GetHandshakeResendTimeMillis() => BouncyDtlsTerms.Never;

    public override int[] GetSupportedGroups() => BouncyDtlsTerms.Groups;

    // There is no renegotiation, so it need not be secure.
    public override void NotifySecureRenegotiation(bool secureRenegotiation)
    {
    }

    public override void ProcessClientExtensions(IDictionary<int, byte[]> clientExtensions)
    {
        base.ProcessClientExtensions(clientExtensions);
        terms.Agree(clientExtensions);
    }

    public override IDictionary<int, byte[]> GetServerExtensions()
    {
        var extensions = base.GetServerExtensions();
        TlsSrtpUtilities.AddUseSrtpExtension(extensions, terms.Answer);
        return extensions;
    }

    public override CertificateRequest GetCertificateRequest() => new(
        [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign],
        TlsUtilities.GetDefaultSupportedSignatureAlgorithms(m_context),
        null);

    public override void NotifyClientCertificate(Certificate clientCertificate) => terms.Verify(clientCertificate);

    public override void NotifyHandshakeComplete() => terms.Export(m_context);

    public override void NotifyAlertReceived(short alertLevel, short alertDescription) => terms.Hear(alertLevel, alertDescription);

    protected override ProtocolVersion[] GetSupportedVersions() => BouncyDtlsTerms.Versions;

    protected override int[] GetSupportedCipherSuites() => BouncyDtlsTerms.CipherSuites;

    protected override bool PreferLocalCipherSuites() => true;

    protected override int SelectECDH(int minimumCurveBits) =>
        Array.Find(BouncyDtlsTerms.Groups, group => m_context.SecurityParameters.ClientSupportedGroups?.Contains(group) ?? group == NamedGroup.secp256r1);

    protected override TlsCredentialedSigner GetECDsaSignerCredentials() => terms.Credentials(m_context);
}
