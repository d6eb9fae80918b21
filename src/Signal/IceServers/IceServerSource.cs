using Microsoft.Extensions.Options;

namespace RtcHub.Signal.IceServers;

/// <summary>The ICE servers that a client of this hub should use: the hub's own STUN and the configured TURN.</summary>
internal sealed class IceServerSource(StunListener stun, IOptions<StunOptions> stunOptions, IOptions<TurnOptions> turnOptions, TimeProvider time)
{
    private readonly string? _publicHost = stunOptions.Value.PublicHost;
    private readonly TurnOptions _turn = turnOptions.Value;

    /// <summary>
    /// A list with fresh credentials. Only one of the hub's STUN ports is in it: the second says nothing more about the way
    /// to this client, and every server costs gathering time.
    /// </summary>
    /// <param name="user">Participant id; becomes part of the TURN username.</param>
    /// <param name="host">The hub as this client calls it: the host of its request, without the port, IPv6 in brackets.</param>
    public IceServerList For(string user, string host)
    {
        List<IceServer> servers = [];
        if (StunUrls(host) is [var first, ..]) servers.Add(new IceServer([first]));
        if (_turn is not { Urls: { Length: > 0 } urls, Secret: { } secret }) return new IceServerList(servers, ExpiresAt: null);

        var expiresAt = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds() + _turn.TtlSeconds);
        var (username, credential) = TurnCredentials.Create(secret, user, expiresAt);
        servers.Add(new IceServer(urls, username, credential));
        return new IceServerList(servers, expiresAt);
    }

    /// <summary>Every STUN port of the hub that is open, for the NAT test; none when the host is not known.</summary>
    public IReadOnlyList<string> StunUrls(string host)
    {
        host = _publicHost ?? host;
        if (host.Length == 0) return [];
        if (host.Contains(':') && host[0] != '[') host = $"[{host}]";
        return [.. stun.Ports.Select(port => $"stun:{host}:{port}")];
    }
}
