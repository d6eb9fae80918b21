using System.Security.Cryptography;
using System.Text;

namespace RtcHub.Signal.IceServers;

/// <summary>
/// Time-limited TURN credentials by the "TURN REST API" convention (draft-uberti-behave-turn-rest-00 section 2.2): the TURN
/// server recomputes them from the shared secret and needs no list of users.
/// </summary>
internal static class TurnCredentials
{
    /// <param name="secret">Shared with the TURN server.</param>
    /// <param name="user">Whom they are for; appears in the TURN server's log, and its quotas count by it.</param>
    /// <param name="expiresAt">Whole seconds count.</param>
    public static (string Username, string Credential) Create(string secret, string user, DateTimeOffset expiresAt)
    {
        var username = $"{expiresAt.ToUnixTimeSeconds()}:{user}";
#pragma warning disable CA5350 // The convention is HMAC-SHA1; TURN servers know no other.
        var mac = HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username));
#pragma warning restore CA5350
        return (username, Convert.ToBase64String(mac));
    }
}
