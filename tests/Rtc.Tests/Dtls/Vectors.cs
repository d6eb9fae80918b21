using System.Security.Cryptography;

namespace RtcHub.Rtc.Tests.Dtls;

internal static class Vectors
{
    /// <summary>The fingerprint of a certificate by every algorithm that an SDP may name.</summary>
    public static IEnumerable<string> Fingerprints(ReadOnlyMemory<byte> certificate) =>
        new[] { HashAlgorithmName.SHA1, HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512 }.Select(hash =>
            $"sha-{hash.Name![3..]} {BitConverter.ToString(CryptographicOperations.HashData(hash, certificate.Span)).Replace('-', ':')}");
}
