using Org.BouncyCastle.Tls;

namespace RtcHub.Sfu.Transports;

/// <summary>BouncyCastle's questions to a client, answered.</summary>
internal sealed class BouncyDtlsClient(BouncyDtlsTerms terms) : DefaultTlsClient(BouncyDtlsTerms.Crypto), TlsAuthentication
{
    public override int GetHandshakeResendTimeMillis() => BouncyDtlsTerms.Never;

    // There is no renegotiation, so it need not be secure.
    public override void NotifySecureRenegotiation(bool secureRenegotiation)
    {
    }

    public override IDictionary<int, byte[]> GetClientExtensions()
    {
        var extensions = base.GetClientExtensions();
        TlsSrtpUtilities.AddUseSrtpExtension(extensions, terms.Offer);
        return extensions;
    }

    public override void ProcessServerExtensions(IDictionary<int, byte[]> serverExtensions)
    {
        base.ProcessServerExtensions(serverExtensions);
        terms.Agree(serverExtensions);
    }

    public override TlsAuthentication GetAuthentication() => this;

    void TlsAuthentication.NotifyServerCertificate(TlsServerCertificate serverCertificate) => terms.Verify(serverCertificate.Certificate);

    TlsCredentials TlsAuthentication.GetClientCredentials(CertificateRequest certificateRequest) => terms.Credentials(m_context);

    public override void NotifyHandshakeComplete() => terms.Export(m_context);

    public override void NotifyAlertReceived(short alertLevel, short alertDescription) => terms.Hear(alertLevel, alertDescription);

    protected override ProtocolVersion[] GetSupportedVersions() => BouncyDtlsTerms.Versions;

    protected override int[] GetSupportedCipherSuites() => BouncyDtlsTerms.CipherSuites;

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => BouncyDtlsTerms.Groups;

    protected override CertificateStatusRequest? GetCertificateStatusRequest() => null;
}
