using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace RtcHub.Sfu.Pool;

/// <summary>Where hubs find the control API of this service, when nobody has said it.</summary>
internal static class ControlAddress
{
    /// <param name="urls">What the service listens on, as Kestrel says it.</param>
    public static Uri Of(IEnumerable<string> urls)
    {
        var address = BindingAddress.Parse(urls.First());
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? HostOfThisMachine() : address.Host;
        return new Uri($"{address.Scheme}://{host}:{address.Port}");
    }

    // Of IPv4 where there is any: it needs no scope and no brackets.
    private static string HostOfThisMachine()
    {
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(each => !IPAddress.IsLoopback(each) && !each.IsIPv6LinkLocal)
            .OrderBy(each => each.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
            .ToArray();
        return addresses.FirstOrDefault() is { } found ? found.AddressFamily == AddressFamily.InterNetwork ? $"{found}" : $"[{found}]" : "localhost";
    }
}
