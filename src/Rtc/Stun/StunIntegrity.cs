using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace RtcHub.Rtc.Stun;

/// <summary>
/// MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 and FINGERPRINT (RFC 8489 sections 14.5-14.7). Each covers the message up to
/// itself, with the length in the header counting the attribute itself and nothing behind it.
/// </summary>
public static class StunIntegrity
{
    internal const int Sha1Length = HMACSHA1.HashSizeInBytes;
    internal const int Sha256Length = HMACSHA256.HashSizeInBytes;

    // Section 14.7: "STUN" in ASCII, so that a CRC-32 of the application's own protocol in the same place does not match.
    private const uint FingerprintXor = 0x5354_554E;
    private const int FingerprintAttributeLength = 8;

    // Larger than any STUN message over UDP should be (section 6.1: the path MTU).
    private const int OnStack = 2048;

    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>True when MESSAGE-INTEGRITY is there and right for the key.</summary>
    /// <param name="message">The message.</param>
    /// <param name="key">ICE's password in UTF-8 (short-term), or <see cref="LongTermKey"/>.</param>
    public static bool Verify(in StunMessage message, ReadOnlySpan<byte> key)
    {
        if (!message.TryFind(StunAttributeType.MessageIntegrity, out var attribute) || attribute.Value.Length != Sha1Length) return false;
        Span<byte> covered = attribute.Offset <= OnStack ? stackalloc byte[OnStack] : new byte[attribute.Offset];
        Span<byte> mac = stackalloc byte[Sha1Length];
        Sha1(key, Covered(message, attribute, covered), mac);
        return CryptographicOperations.FixedTimeEquals(mac, attribute.Value);
    }

    /// <summary>True when MESSAGE-INTEGRITY-SHA256 is there and right for the key; it may be truncated to 16, 20, 24 or 28 bytes.</summary>
    public static bool VerifySha256(in StunMessage message, ReadOnlySpan<byte> key)
    {
        if (!message.TryFind(StunAttributeType.MessageIntegritySha256, out var attribute)) return false;
        if (attribute.Value.Length is < 16 or > Sha256Length || attribute.Value.Length % 4 != 0) return false;
        Span<byte> covered = attribute.Offset <= OnStack ? stackalloc byte[OnStack] : new byte[attribute.Offset];
        Span<byte> mac = stackalloc byte[Sha256Length];
        Sha256(key, Covered(message, attribute, covered), mac);
        return CryptographicOperations.FixedTimeEquals(mac[..attribute.Value.Length], attribute.Value);
    }

    /// <summary>True when FINGERPRINT is the last attribute and right.</summary>
    public static bool VerifyFingerprint(in StunMessage message)
    {
        var at = message.Bytes.Length - FingerprintAttributeLength;
        return message.TryFind(StunAttributeType.Fingerprint, out var attribute)
            && attribute.Offset == at && attribute.Value.Length == 4
            && BinaryPrimitives.ReadUInt32BigEndian(attribute.Value) == Fingerprint(message.Bytes[..at]);
    }

    /// <summary>
    /// The key of the long-term mechanism: MD5 of <c>username:realm:password</c> (section 9.2.2). The password must have been
    /// through OpaqueString (RFC 8265) already, which leaves ASCII as it is.
    /// </summary>
    /// <returns>16 bytes.</returns>
#pragma warning disable CA5351 // The RFC asks for MD5; TURN servers know nothing else.
    public static byte[] LongTermKey(string username, string realm, string password) =>
        MD5.HashData(Encoding.UTF8.GetBytes($"{username}:{realm}:{password}"));
#pragma warning restore CA5351

#pragma warning disable CA5350 // Section 14.5 asks for HMAC-SHA1, which the weakness of SHA-1 to collisions does not touch.
    internal static void Sha1(ReadOnlySpan<byte> key, ReadOnlySpan<byte> covered, Span<byte> mac) => HMACSHA1.HashData(key, covered, mac);
#pragma warning restore CA5350

    internal static void Sha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> covered, Span<byte> mac) => HMACSHA256.HashData(key, covered, mac);

    internal static uint Fingerprint(ReadOnlySpan<byte> covered)
    {
        var crc = uint.MaxValue;
        foreach (var value in covered) crc = CrcTable[(byte)crc ^ value] ^ crc >> 8;
        return ~crc ^ FingerprintXor;
    }

    // What stands before the attribute, with the length that the header had when the attribute was written.
    private static ReadOnlySpan<byte> Covered(in StunMessage message, in StunAttribute attribute, Span<byte> buffer)
    {
        var covered = buffer[..attribute.Offset];
        message.Bytes[..attribute.Offset].CopyTo(covered);
        var end = attribute.Offset + 4 + attribute.Value.Length;
        BinaryPrimitives.WriteUInt16BigEndian(covered[2..], (ushort)(end - StunMessage.HeaderLength));
        return covered;
    }

    // CRC-32 of ITU V.42 (section 14.7), reflected polynomial.
    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1;
            table[i] = crc;
        }

        return table;
    }
}
