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

    /// <summary>
    /// Shakes hands with itself once, at the start of the service. The code is compiled on the way, which takes BouncyCastle a third of a
    /// second: time in which a worker would stand still for the first who joins.
    /// </summary>
    public static void WarmUp(DtlsLibrary library, DtlsCertificate certificate)
    {
        using var client = Create(library, DtlsRole.Client, certificate, certificate.Fingerprint);
        using var server = Create(library, DtlsRole.Server, certificate, certificate.Fingerprint);
        server.Start(0);
        client.Start(0);
        var datagram = new byte[IDtls.MaxDatagram];
        while (client.TryPoll(datagram, out var sent))
        {
            server.Receive(0, datagram.AsSpan(0, sent));
            while (server.TryPoll(datagram, out var answered)) client.Receive(0, datagram.AsSpan(0, answered));
        }

        if (client.State != DtlsState.Connected || server.State != DtlsState.Connected)
            throw new InvalidOperationException($"{Resolve(library)} does not get through a DTLS handshake with itself: {client.Failure}, {server.Failure}.");
    }
}
