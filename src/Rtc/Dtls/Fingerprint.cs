using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace RtcHub.Rtc.Dtls;

/// <summary>
/// The hash of a certificate as SDP carries it (RFC 8122 section 5): <c>sha-256 12:DF:3E:...</c>. MD2 and MD5 are not
/// accepted (section 5 forbids them).
/// </summary>
public sealed class Fingerprint : IEquatable<Fingerprint>
{
    private static readonly (string Name, HashAlgorithmName Hash, int Length)[] Algorithms =
    [
        ("sha-256", HashAlgorithmName.SHA256, SHA256.HashSizeInBytes),
        ("sha-384", HashAlgorithmName.SHA384, SHA384.HashSizeInBytes),
        ("sha-512", HashAlgorithmName.SHA512, SHA512.HashSizeInBytes),
        ("sha-1", HashAlgorithmName.SHA1, SHA1.HashSizeInBytes),
    ];

    private readonly HashAlgorithmName _hash;
    private readonly byte[] _value;

    private Fingerprint(string algorithm, HashAlgorithmName hash, byte[] value) => (Algorithm, _hash, _value) = (algorithm, hash, value);

    /// <summary>The name in RFC 8122's registry, lower case.</summary>
    public string Algorithm { get; }

    /// <summary>SHA-256 of a certificate in DER: what we put into our own SDP.</summary>
    public static Fingerprint Sha256(ReadOnlySpan<byte> certificate) =>
        new("sha-256", HashAlgorithmName.SHA256, SHA256.HashData(certificate));

    /// <summary>The value of <c>a=fingerprint</c>; the case of letters is free on both sides of the space.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Fingerprint? fingerprint)
    {
        fingerprint = null;
        var space = text.IndexOf(' ');
        if (space < 0) return false;
        foreach (var (name, hash, length) in Algorithms)
        {
            if (!text[..space].Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            var value = new byte[length];
            if (!TryParseHex(text[(space + 1)..], value)) return false;
            fingerprint = new Fingerprint(name, hash, value);
            return true;
        }

        return false;
    }

    /// <summary>True when <paramref name="certificate"/>, in DER, is the one.</summary>
    public bool Matches(ReadOnlySpan<byte> certificate) =>
        CryptographicOperations.FixedTimeEquals(CryptographicOperations.HashData(_hash, certificate), _value);

    /// <summary><c>sha-256 12:DF:3E:...</c></summary>
    public override string ToString() => $"{Algorithm} {string.Join(':', _value.Select(b => b.ToString("X2")))}";

    /// <inheritdoc/>
    public bool Equals(Fingerprint? other) =>
        other is not null && Algorithm == other.Algorithm && CryptographicOperations.FixedTimeEquals(_value, other._value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Fingerprint);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_value);

    private static bool TryParseHex(ReadOnlySpan<char> text, Span<byte> value)
    {
        if (text.Length != 3 * value.Length - 1) return false;
        for (var i = 0; i < value.Length; i++)
        {
            if (i > 0 && text[3 * i - 1] != ':') return false;
            if (!char.IsAsciiHexDigit(text[3 * i]) || !char.IsAsciiHexDigit(text[3 * i + 1])) return false;
            value[i] = byte.Parse(text.Slice(3 * i, 2), System.Globalization.NumberStyles.AllowHexSpecifier);
        }

        return true;
    }
}
