using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// A certificate that the hub makes for itself and keeps: a browser warns once, the user accepts, and as long as the
/// certificate stays the same it does not warn again. ECDSA on P-256, which every browser takes.
/// </summary>
internal static class SelfSignedCertificate
{
    // Safari refuses server certificates of more than 398 days (825 for private authorities).
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(397);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(14);
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>
    /// The certificate kept in the file, or a new one written to it when there is none, it cannot be read, it ends within 14
    /// days, or it lacks a name or an IPv4 address that this machine has now.
    /// </summary>
    public static X509Certificate2 LoadOrCreate(string file, string hostName, IReadOnlyList<IPAddress> addresses, DateTimeOffset now)
    {
        var names = Names(hostName);
        if (Load(file) is { } kept)
        {
            if (kept.NotAfter > now + RenewBefore && Covers(kept, names, addresses)) return kept;
            kept.Dispose();
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        using (var made = Create(names, addresses, now)) Save(file, made.Export(X509ContentType.Pkcs12));

        // Windows' TLS wants a key that it has stored itself, which loading from the file gives and making does not.
        return X509CertificateLoader.LoadPkcs12FromFile(file, password: null);
    }

    private static X509Certificate2? Load(string file)
    {
        if (!File.Exists(file)) return null;
        try
        {
            return X509CertificateLoader.LoadPkcs12FromFile(file, password: null);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // IPv6 addresses for privacy (RFC 8981) change daily: a new certificate, and the browsers' warning, for each would be worse
    // than being unreachable by one that nobody types.
    private static bool Covers(X509Certificate2 certificate, IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses)
    {
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return alternatives is not null
            && names.All(name => alternatives.EnumerateDnsNames().Contains(name, StringComparer.OrdinalIgnoreCase))
            && addresses.Where(address => address.AddressFamily == AddressFamily.InterNetwork).All(alternatives.EnumerateIPAddresses().Contains);
    }

    private static X509Certificate2 Create(IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses, DateTimeOffset now)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names) alternatives.AddDnsName(name);
        foreach (var address in addresses.Concat([IPAddress.Loopback, IPAddress.IPv6Loopback]).Distinct()) alternatives.AddIpAddress(address);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=RtcHub on " + names[^1], key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], critical: false));

        // A day back: a phone's clock may be behind.
        return request.CreateSelfSigned(now.AddDays(-1), now + Lifetime);
    }

    // localhost, the host name and its mDNS form, which phones on the same network can resolve.
    private static IReadOnlyList<string> Names(string hostName) =>
        Uri.CheckHostName(hostName) != UriHostNameType.Dns || hostName.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? ["localhost"]
        : hostName.Contains('.') ? ["localhost", hostName]
        : ["localhost", hostName + ".local", hostName];

    // Born with mode 600 beside its place and then moved there: the key is never readable by others nor half written.
    private static void Save(string file, byte[] pfx)
    {
        var fresh = file + ".new";
        File.Delete(fresh);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(fresh, options)) stream.Write(pfx);
        File.Move(fresh, file, overwrite: true);
    }
}
