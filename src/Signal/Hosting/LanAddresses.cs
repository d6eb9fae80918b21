using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace RtcHub.Signal.Hosting;

/// <summary>The addresses by which other devices of the local network may reach this machine.</summary>
internal static class LanAddresses
{
    /// <summary>
    /// IPv4 and IPv6 without loopback and link-local ones. First those of interfaces with a gateway: that is where phones
    /// are; bridges of containers and virtual machines have none.
    /// </summary>
    public static IReadOnlyList<IPAddress> Find() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .Select(network => network.GetIPProperties())
            .OrderByDescending(network => network.GatewayAddresses.Any(gateway => !gateway.Address.Equals(IPAddress.Any)))
            .SelectMany(network => network.UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && !IsLinkLocal(address))
            .OrderBy(address => address.AddressFamily == AddressFamily.InterNetworkV6),
    ];

    // 169.254/16, RFC 3927: an interface that found no DHCP server.
    private static bool IsLinkLocal(IPAddress address) => address.GetAddressBytes() is [169, 254, _, _];
}
