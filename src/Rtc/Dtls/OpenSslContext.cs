using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RtcHub.Rtc.Dtls;

/// <summary>
/// An <c>SSL_CTX</c>: what all associations with one certificate have in common. OpenSSL counts its references, so those that still
/// run when it is disposed keep it.
/// </summary>
internal sealed unsafe class OpenSslContext : IDisposable
{
    // RFC 8827 section 6.5 asks for the first. Those with RSA are for a peer's certificate, as ours has an elliptic curve. All are
    // AES-GCM (DtlsRecord).
    private static ReadOnlySpan<byte> Ciphers =>
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384\0"u8;

    private static ReadOnlySpan<byte> Groups => "X25519:P-256:P-384\0"u8;

    private nint _context;

    public OpenSslContext(DtlsCertificate certificate)
    {
        _context = LibSsl.SSL_CTX_new(LibSsl.DTLS_method());
        if (_context == 0) throw new CryptographicException("OpenSSL gives no SSL_CTX.");
        var done = Control(LibSsl.SetMinProtocol, LibSsl.Dtls12) & Control(LibSsl.SetMaxProtocol, LibSsl.Dtls12);
        LibSsl.SSL_CTX_set_options(_context, LibSsl.NoQueryMtu | LibSsl.NoTicket | LibSsl.NoRenegotiation | LibSsl.CipherServerPreference);
        Control(LibSsl.SetSessionCacheMode, LibSsl.SessionCacheOff);
        Control(LibSsl.SetMode, LibSsl.ModeReleaseBuffers);
        LibSsl.SSL_CTX_set_verify(_context, LibSsl.VerifyPeer | LibSsl.VerifyFailIfNoPeerCertificate, 0);
        LibSsl.SSL_CTX_set_cert_verify_callback(_context, &OpenSslDtls.Verify, 0);
        LibSsl.SSL_CTX_set_cert_cb(_context, &OpenSslDtls.RequireSrtp, 0);
        fixed (byte* ciphers = Ciphers, groups = Groups, der = certificate.Der.Span, keyStart = certificate.PrivateKey.Span)
        {
            var keyEnd = keyStart;
            var key = LibSsl.d2i_AutoPrivateKey(0, &keyEnd, new CLong(certificate.PrivateKey.Length));
            done &= LibSsl.SSL_CTX_set_cipher_list(_context, ciphers) == 1
                & LibSsl.SSL_CTX_ctrl(_context, LibSsl.SetGroupsList, default, groups).Value == 1
                & LibSsl.SSL_CTX_use_certificate_ASN1(_context, certificate.Der.Length, der) == 1
                & LibSsl.SSL_CTX_use_PrivateKey(_context, key) == 1;
            LibSsl.EVP_PKEY_free(key);
        }

        LibSsl.ERR_clear_error();
        if (!done) throw new CryptographicException("OpenSSL refuses a DTLS setting or the certificate.");
    }

    /// <summary>A new <c>SSL</c>, owned by the caller, that gives <paramref name="owner"/> to its callbacks.</summary>
    public nint NewSsl(DtlsRole role, ReadOnlySpan<byte> srtpProfiles, GCHandle<OpenSslDtls> owner)
    {
        var ssl = LibSsl.SSL_new(_context);
        var pointer = GCHandle<OpenSslDtls>.ToIntPtr(owner);
        fixed (byte* profiles = srtpProfiles)
        {
            // SSL_set_tlsext_use_srtp is the one that says 0 when all is well.
            if (ssl == 0 || LibSsl.SSL_set_ex_data(ssl, LibSsl.AppData, pointer) != 1 || LibSsl.SSL_set_tlsext_use_srtp(ssl, profiles) != 0)
                throw new CryptographicException("OpenSSL gives no SSL with these SRTP profiles.");
        }

        var bio = DatagramBio.Create(pointer);
        LibSsl.SSL_set_bio(ssl, bio, bio);
        LibSsl.SSL_ctrl(ssl, LibSsl.SetMtu, new CLong(IDtls.MaxDatagram), 0);
        LibSsl.DTLS_set_timer_cb(ssl, &OpenSslDtls.RunTimer);
        if (role == DtlsRole.Client) LibSsl.SSL_set_connect_state(ssl);
        else LibSsl.SSL_set_accept_state(ssl);
        return ssl;
    }

    public void Dispose()
    {
        LibSsl.SSL_CTX_free(_context);
        _context = 0;
    }

    private bool Control(int command, int number) => LibSsl.SSL_CTX_ctrl(_context, command, new CLong(number), null).Value != 0;
}
