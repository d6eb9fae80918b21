using System.Globalization;
using System.Security.Cryptography;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// A room's passcode as it is stored: <c>pbkdf2-sha256$ITERATIONS$SALT$HASH</c> (RFC 8018). Slow on purpose, so that a stolen
/// file does not give away short passcodes at once.
/// </summary>
internal static class Passcode
{
    public const int MaxLength = 64;
    private const string Scheme = "pbkdf2-sha256";
    private const int Iterations = 100_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    public static string Hash(string passcode)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Rfc2898DeriveBytes.Pbkdf2(passcode, salt, Iterations, HashAlgorithmName.SHA256, HashBytes);
        return $"{Scheme}${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}";
    }

    /// <summary>Compares in constant time; a hash of an unknown form fits nothing.</summary>
    public static bool Verify(string passcode, string stored)
    {
        if (passcode.Length > MaxLength
            || stored.Split('$') is not [Scheme, var iterations, var salt, var hash]
            || !int.TryParse(iterations, CultureInfo.InvariantCulture, out var count))
            return false;
        var expected = Convert.FromBase64String(hash);
        var actual = Rfc2898DeriveBytes.Pbkdf2(passcode, Convert.FromBase64String(salt), count, HashAlgorithmName.SHA256, expected.Length);
        return CryptographicOperations.FixedTimeEquals(actual, expected);
    }
}
