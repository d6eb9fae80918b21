using System.Reflection;
using System.Runtime.InteropServices;

namespace RtcHub.Rtc.Dtls;

/// <summary>
/// OpenSSL's libssl and libcrypto, 1.1 and up, as far as DTLS needs them: declarations only. .NET on Linux needs these libraries
/// anyway. Names and semantics are those of OpenSSL's manual pages; constants are those of its headers.
/// </summary>
internal static unsafe partial class LibSsl
{
    private const string Ssl = "libssl";
    private const string Crypto = "libcrypto";

    private static readonly (string Ssl, string Crypto)[] Names =
        OperatingSystem.IsWindows() ? [("libssl-3-x64.dll", "libcrypto-3-x64.dll"), ("libssl-3-arm64.dll", "libcrypto-3-arm64.dll")]
        : OperatingSystem.IsMacOS() ?
        [
            ("/opt/homebrew/opt/openssl@3/lib/libssl.3.dylib", "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib"),
            ("/usr/local/opt/openssl@3/lib/libssl.3.dylib", "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib"),
        ]
        : [("libssl.so.3", "libcrypto.so.3"), ("libssl.so.1.1", "libcrypto.so.1.1")];

    private static readonly (nint Ssl, nint Crypto) Handles = Load();

    static LibSsl() => NativeLibrary.SetDllImportResolver(typeof(LibSsl).Assembly, Resolve);

    /// <summary>True when both libraries are there.</summary>
    public static bool IsAvailable => Handles != default;

    // ssl.h, dtls1.h, srtp.h
    public const int VerifyPeer = 0x01;
    public const int VerifyFailIfNoPeerCertificate = 0x02;
    public const int ErrorSsl = 1;
    public const int ErrorZeroReturn = 6;
    public const int Dtls12 = 0xFEFD;
    public const int AppData = 0;

    public const ulong NoQueryMtu = 1 << 12;
    public const ulong NoTicket = 1 << 14;
    public const ulong CipherServerPreference = 1 << 22;
    public const ulong NoRenegotiation = 1 << 30;

    public const int SetMtu = 17;
    public const int SetMode = 33;
    public const int SetSessionCacheMode = 44;
    public const int DtlsHandleTimeout = 74;
    public const int SetGroupsList = 92;
    public const int SetMinProtocol = 123;
    public const int SetMaxProtocol = 124;

    public const int ModeReleaseBuffers = 0x10;
    public const int SessionCacheOff = 0;

    // bio.h
    public const int BioTypeSourceSink = 0x0400;
    public const int BioControlFlush = 11;
    public const int BioShouldRetryRead = 0x01 | 0x08;

    // x509_vfy.h
    public const int CertificateRejected = 28;

    [LibraryImport(Ssl)] public static partial nint DTLS_method();
    [LibraryImport(Ssl)] public static partial nint SSL_CTX_new(nint method);
    [LibraryImport(Ssl)] public static partial void SSL_CTX_free(nint context);
    [LibraryImport(Ssl)] public static partial CLong SSL_CTX_ctrl(nint context, int command, CLong number, byte* value);
    [LibraryImport(Ssl)] public static partial ulong SSL_CTX_set_options(nint context, ulong options);
    [LibraryImport(Ssl)] public static partial int SSL_CTX_set_cipher_list(nint context, byte* names);
    [LibraryImport(Ssl)] public static partial void SSL_CTX_set_verify(nint context, int mode, nint callback);
    [LibraryImport(Ssl)] public static partial void SSL_CTX_set_cert_verify_callback(nint context, delegate* unmanaged<nint, nint, int> callback, nint argument);
    [LibraryImport(Ssl)] public static partial void SSL_CTX_set_cert_cb(nint context, delegate* unmanaged<nint, nint, int> callback, nint argument);
    [LibraryImport(Ssl)] public static partial int SSL_CTX_use_certificate_ASN1(nint context, int length, byte* der);
    [LibraryImport(Ssl)] public static partial int SSL_CTX_use_PrivateKey(nint context, nint key);

    [LibraryImport(Ssl)] public static partial nint SSL_new(nint context);
    [LibraryImport(Ssl)] public static partial void SSL_free(nint ssl);
    [LibraryImport(Ssl)] public static partial CLong SSL_ctrl(nint ssl, int command, CLong number, nint value);
    [LibraryImport(Ssl)] public static partial int SSL_set_ex_data(nint ssl, int index, nint data);
    [LibraryImport(Ssl)] public static partial nint SSL_get_ex_data(nint ssl, int index);
    [LibraryImport(Ssl)] public static partial int SSL_get_ex_data_X509_STORE_CTX_idx();
    [LibraryImport(Ssl)] public static partial void SSL_set_bio(nint ssl, nint read, nint write);
    [LibraryImport(Ssl)] public static partial int SSL_set_tlsext_use_srtp(nint ssl, byte* profiles);
    [LibraryImport(Ssl)] public static partial void SSL_set_accept_state(nint ssl);
    [LibraryImport(Ssl)] public static partial void SSL_set_connect_state(nint ssl);
    [LibraryImport(Ssl)] public static partial void DTLS_set_timer_cb(nint ssl, delegate* unmanaged<nint, uint, uint> callback);
    [LibraryImport(Ssl)] public static partial int SSL_do_handshake(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_read(nint ssl, byte* buffer, int length);
    [LibraryImport(Ssl)] public static partial int SSL_shutdown(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_get_error(nint ssl, int result);
    [LibraryImport(Ssl)] public static partial SrtpProtectionProfile* SSL_get_selected_srtp_profile(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_export_keying_material(nint ssl, byte* output, nuint length, byte* label, nuint labelLength, byte* context, nuint contextLength, int useContext);

    [LibraryImport(Crypto)] public static partial void ERR_clear_error();
    [LibraryImport(Crypto)] public static partial nint d2i_AutoPrivateKey(nint key, byte** der, CLong length);
    [LibraryImport(Crypto)] public static partial void EVP_PKEY_free(nint key);
    [LibraryImport(Crypto)] public static partial nint X509_STORE_CTX_get0_cert(nint storeContext);
    [LibraryImport(Crypto)] public static partial nint X509_STORE_CTX_get_ex_data(nint storeContext, int index);
    [LibraryImport(Crypto)] public static partial void X509_STORE_CTX_set_error(nint storeContext, int error);
    [LibraryImport(Crypto)] public static partial int i2d_X509(nint certificate, byte** der);

    [LibraryImport(Crypto)] public static partial int BIO_get_new_index();
    [LibraryImport(Crypto)] public static partial nint BIO_meth_new(int type, byte* name);
    [LibraryImport(Crypto)] public static partial int BIO_meth_set_read(nint method, delegate* unmanaged<nint, byte*, int, int> read);
    [LibraryImport(Crypto)] public static partial int BIO_meth_set_write(nint method, delegate* unmanaged<nint, byte*, int, int> write);
    [LibraryImport(Crypto)] public static partial int BIO_meth_set_ctrl(nint method, delegate* unmanaged<nint, int, CLong, nint, CLong> control);
    [LibraryImport(Crypto)] public static partial nint BIO_new(nint method);
    [LibraryImport(Crypto)] public static partial void BIO_set_data(nint bio, nint data);
    [LibraryImport(Crypto)] public static partial nint BIO_get_data(nint bio);
    [LibraryImport(Crypto)] public static partial void BIO_set_init(nint bio, int init);
    [LibraryImport(Crypto)] public static partial void BIO_set_flags(nint bio, int flags);
    [LibraryImport(Crypto)] public static partial void BIO_clear_flags(nint bio, int flags);

    /// <summary><c>SRTP_PROTECTION_PROFILE</c>.</summary>
    public struct SrtpProtectionProfile
    {
        public byte* Name;
        public CULong Id;
    }

    private static (nint Ssl, nint Crypto) Load()
    {
        foreach (var (sslName, cryptoName) in Names)
        {
            // libcrypto first: the system then finds it for libssl, wherever it lies.
            if (NativeLibrary.TryLoad(cryptoName, out var crypto) && NativeLibrary.TryLoad(sslName, out var ssl)) return (ssl, crypto);
        }

        return default;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        Ssl => Handles.Ssl,
        Crypto => Handles.Crypto,
        _ => 0,
    };
}
