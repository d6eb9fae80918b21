using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Sfu.Transports;

/// <summary>What one association asks for and what came of it: the same for BouncyCastle's clients and servers, which have no base in common.</summary>
internal sealed class BouncyDtlsTerms(DtlsRole role, DtlsCertificate certificate, Fingerprint expected, SrtpProfile[] profiles)
{
    /// <summary>Without state but for its random numbers; safe from any thread.</summary>
    public static readonly BcTlsCrypto Crypto = new();

    public static readonly ProtocolVersion[] Versions = ProtocolVersion.DTLSv12.Only();

    /// <summary>The same as with OpenSSL.</summary>
    public static readonly int[] CipherSuites =
    [
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ];

    public static readonly int[] Groups = [NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1];

    /// <summary>Milliseconds, an hour: flights are repeated by <see cref="DtlsMachine"/>.</summary>
    public const int Never = 3_600_000;

    private SrtpProfile _profile;
    private bool _verified;

    public SrtpKeys? Keys { get; private set; }

    /// <summary>Why, if it fails.</summary>
    public DtlsFailure Failure { get; private set; } = DtlsFailure.Handshake;

    /// <summary>The peer sent a close_notify or a fatal alert.</summary>
    public bool PeerLeft { get; private set; }

    /// <summary>What a client offers in use_srtp.</summary>
    public UseSrtpData Offer => new(Array.ConvertAll(profiles, profile => (int)profile), null);

    /// <summary>What a server answers: the first of ours that the client has.</summary>
    public UseSrtpData Answer => new([(int)_profile], null);

    /// <summary>Takes what the peer says in use_srtp.</summary>
    public void Agree(IDictionary<int, byte[]>? extensions)
    {
        var theirs = extensions is null ? null : TlsSrtpUtilities.GetUseSrtpExtension(extensions);
        _profile = Array.Find(profiles, profile => theirs?.ProtectionProfiles.Contains((int)profile) == true);
        if (_profile != default) return;
        Failure = DtlsFailure.NoSrtpProfile;
        throw new TlsFatalAlert(AlertDescription.handshake_failure);
    }

    /// <summary>Only the fingerprint counts (RFC 8122 section 6.2). That the peer has the key is proved later, by its signature.</summary>
    public void Verify(Certificate? chain)
    {
        if (chain is null || chain.IsEmpty) throw new TlsFatalAlert(AlertDescription.handshake_failure);
        _verified = expected.Matches(chain.GetCertificateAt(0).GetEncoded());
        if (_verified) return;
        Failure = DtlsFailure.WrongFingerprint;
        throw new TlsFatalAlert(AlertDescription.bad_certificate);
    }

    /// <summary>Our certificate and what signs with its key.</summary>
    public TlsCredentialedSigner Credentials(TlsContext context) =>
        new BcDefaultTlsCredentialedSigner(
            new TlsCryptoParameters(context),
            Crypto,
            PrivateKeyFactory.CreateKey(certificate.PrivateKey.ToArray()),
            new Certificate([new BcTlsCertificate(Crypto, certificate.Der.ToArray())]),
            new SignatureAndHashAlgorithm(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa));

    /// <summary>The handshake is complete: now, and never again, the keys can be exported.</summary>
    public void Export(TlsContext context)
    {
        if (!_verified) throw new TlsFatalAlert(AlertDescription.internal_error);
        Keys = DtlsSrtp.Keys(_profile, role, context.ExportKeyingMaterial(ExporterLabel.dtls_srtp, null, DtlsSrtp.MaterialLength(_profile)));
    }

    public void Hear(short alertLevel, short alertDescription) =>
        PeerLeft |= alertLevel == AlertLevel.fatal || alertDescription == AlertDescription.close_notify;
}
