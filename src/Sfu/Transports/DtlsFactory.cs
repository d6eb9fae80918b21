using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Sfu.Transports;

/// <summary>Which library does DTLS.</summary>
public enum DtlsLibrary
{
    /// <summary>OpenSSL where its libraries are found, else BouncyCastle.</summary>
    Auto,

    /// <summary>OpenSSL: less than half the CPU per handshake.</summary>
    OpenSsl,

    /// <summary>BouncyCastle: runs everywhere.</summary>
    BouncyCastle,
}

/// <summary>Where an <see cref="IDtls"/> comes from.</summary>
internal static class DtlsFactory
{
    /// <summary>What <see cref="DtlsLibrary.Auto"/> stands for on this machine.</summary>
    /// <exception cref="PlatformNotSupportedException">OpenSSL is asked for but not there.</exception>
    public static DtlsLibrary Resolve(DtlsLibrary library) => (library, OpenSslDtls.IsAvailable) switch
    {
        (DtlsLibrary.Auto, true) => DtlsLibrary.OpenSsl,
        (DtlsLibrary.Auto, false) => DtlsLibrary.BouncyCastle,
        (DtlsLibrary.OpenSsl, false) => throw new PlatformNotSupportedException("OpenSSL's libssl and libcrypto (3 or 1.1) are not found."),
        _ => library,
    };

    /// <param name="library">As <see cref="Resolve"/> said.</param>
    /// <param name="role">Client or server.</param>
    /// <param name="certificate">Ours.</param>
    /// <param name="expected">The peer's, from its SDP.</param>
    /// <param name="profiles">What to offer or accept, the best first; none means all.</param>
    public static IDtls Create(DtlsLibrary library, DtlsRole role, DtlsCertificate certificate, Fingerprint expected, params ReadOnlySpan<SrtpProfile> profiles) =>
        Resolve(library) == DtlsLibrary.OpenSsl
            ? new OpenSslDtls(role, certificate, expected, profiles)
            : new BouncyDtls(role, certificate, expected, profiles);
}
