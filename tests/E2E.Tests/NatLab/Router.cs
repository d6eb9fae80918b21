using System.Globalization;
using System.Net;

namespace RtcHub.E2E.Tests.NatLab;

/// <summary>A router between a home (or another router) and what is outside, with its translation and its filters.</summary>
internal sealed class Router : IDisposable
{
    private readonly Namespace _namespace;
    private readonly Nat _nat;
    private readonly IPAddress _inside;

    /// <param name="inside">Of the one machine behind it, which the full cone forwards to.</param>
    public Router(string role, Nat nat, IPAddress inside)
    {
        (_nat, _inside) = (nat, inside);
        _namespace = Namespace.Create(role);
    }

    public Namespace Namespace => _namespace;

    public IPAddress? Outside { get; private set; }

    /// <summary>Gives it its address outside and its rules; both interfaces, <c>wan</c> and <c>lan</c>, are there.</summary>
    /// <param name="gateway">Of the address outside; null: what it is for is on the same segment.</param>
    public void Start(IPAddress outside, IPAddress lan, IPAddress? gateway)
    {
        Outside = outside;
        _namespace.Do($"ip addr add {outside}/24 dev wan", $"ip addr add {lan}/24 dev lan", "sysctl -qw net.ipv4.ip_forward=1");
        if (gateway is not null) _namespace.Do($"ip route add default via {gateway}");
        Translate();
    }

    /// <summary>The provider gives it another address: whatever it had translated is forgotten.</summary>
    public void Readdress(IPAddress outside)
    {
        _namespace.Do($"ip addr del {Outside}/24 dev wan", $"ip addr add {outside}/24 dev wan");
        Outside = outside;
        Translate();
        _namespace.Do("conntrack -F");
    }

    public void Dispose() => _namespace.Dispose();

    // `masquerade` keeps port numbers where it can, so that the same port outside serves all destinations, and lets in only what
    // belongs to a flow: a port-restricted cone. With random ports each flow gets another: symmetric.
    private void Translate()
    {
        var masquerade = _nat == Nat.Symmetric ? "masquerade random,fully-random" : "masquerade";
        var (source, destination) = _nat == Nat.FullCone
            ? ($"oifname \"wan\" ip saddr {_inside} ip protocol udp snat to {Outside}", $"iifname \"wan\" udp dport 32768-60999 dnat to {_inside}")
            : ("", "");
        var udp = _nat == Nat.UdpBlocked ? "iifname \"lan\" ip protocol udp drop" : "";
        _namespace.Filter(string.Create(CultureInfo.InvariantCulture, $$"""
            table ip translation {
              chain before { type nat hook prerouting priority dstnat; {{destination}}
              }
              chain after { type nat hook postrouting priority srcnat; {{source}}
                oifname "wan" {{masquerade}}
              }
            }
            table ip barrier {
              chain to_router { type filter hook input priority filter; iifname "wan" ct state new drop
              }
              chain through { type filter hook forward priority filter; policy drop; {{udp}}
                ct state established,related accept
                ct status dnat accept
                iifname "lan" oifname "wan" accept
              }
            }
            """));
    }
}
