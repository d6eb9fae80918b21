using System.Net;

namespace RtcHub.E2E.Tests.NatLab;

/// <summary>What stands for the Internet: one segment of documentation addresses (RFC 5737), where the servers are and the routers end.</summary>
internal sealed class PublicSegment : IDisposable
{
    public static readonly IPAddress Hub = Address(1);

    public static readonly IPAddress Turn = Address(2);

    private readonly Namespace _namespace = Namespace.Create("public");

    public PublicSegment()
    {
        // With an address of its own: a bridge otherwise takes that of whichever cable is plugged in, and the homes would talk to one that is gone.
        // coturn looks for a route to addresses that are nowhere: with none it would give up the relay instead of the packet.
        _namespace.Do("ip link add segment address 02:00:00:00:00:01 type bridge", "ip link set segment up", $"ip addr add {Hub}/24 dev segment", $"ip addr add {Turn}/24 dev segment",
            $"ip route add default via {Address(254)}");
    }

    /// <summary>What a command line begins with to run on the servers' machine.</summary>
    public string[] Within => _namespace.Within;

    public static IPAddress Address(int host) => IPAddress.Parse($"203.0.113.{host}");

    /// <summary>A cable from here to the outer side of a router.</summary>
    public void Connect(Namespace router, string name)
    {
        _namespace.Connect(name, router, "wan");
        _namespace.Do($"ip link set {name} master segment");
    }

    public void Dispose() => _namespace.Dispose();
}
