using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RtcHub.Sfu.Io;

/// <summary>
/// The sockets of one port number: for each address one of UDP and, when asked for, a TCP listener. One socket for all
/// addresses would answer from the address that the way back prefers, and ICE drops what does not come from where it asked.
/// </summary>
internal sealed class PortSockets : IDisposable
{
    // A free number of one address, or of UDP, may be taken on another, or of TCP.
    private const int FreePortAttempts = 32;

    // <asm-generic/socket.h>, <linux/sock_diag.h>; SIO_UDP_CONNRESET of <mswsock.h>.
    private const int SolSocket = 1;
    private const int SoSendBufferForce = 32;
    private const int SoReceiveBufferForce = 33;
    private const int SoMemoryInfo = 55;
    private const int MemoryInfoLength = 9;
    private const int MemoryInfoDrops = 8;
    private const int SioUdpConnectionReset = unchecked((int)0x9800000C);

    private readonly List<Socket> _udp = [];
    private readonly List<Socket> _listeners = [];
    private readonly List<IPEndPoint> _endPoints = [];

    private PortSockets(int number) => Number = number;

    public int Number { get; private set; }

    public IReadOnlyList<Socket> Udp => _udp;

    /// <summary>Empty without TCP.</summary>
    public IReadOnlyList<Socket> Listeners => _listeners;

    /// <summary>Of <see cref="Udp"/> and, where there are any, of <see cref="Listeners"/>.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _endPoints;

    /// <exception cref="SocketException">The number is taken on an address, or there is no such address.</exception>
    public static PortSockets Open(PortOptions options)
    {
        for (var attempt = 1; ; attempt++)
        {
            var sockets = new PortSockets(options.Port);
            try
            {
                sockets.BindAll(options);
                return sockets;
            }
            catch (SocketException exception)
            {
                sockets.Dispose();
                if (options.Port != 0 || attempt == FreePortAttempts || exception.SocketErrorCode != SocketError.AddressAlreadyInUse) throw;
            }
        }
    }

    public long CountOverflows()
    {
        if (!OperatingSystem.IsLinux()) return 0;
        Span<uint> info = stackalloc uint[MemoryInfoLength];
        var count = 0L;
        foreach (var socket in _udp)
        {
            socket.GetRawSocketOption(SolSocket, SoMemoryInfo, MemoryMarshal.AsBytes(info));
            count += info[MemoryInfoDrops];
        }

        return count;
    }

    public void Dispose()
    {
        foreach (var socket in _udp) socket.Dispose();
        foreach (var socket in _listeners) socket.Dispose();
    }

    private static List<IPAddress> AddressesOfThisMachine() =>
        [.. NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown) // lo has no status.
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)];

    private void BindAll(PortOptions options)
    {
        var addresses = options.Addresses ?? AddressesOfThisMachine();
        foreach (var address in addresses)
        {
            // Beside a wildcard of IPv4 that of IPv6 keeps to IPv6; alone it serves both.
            var dualMode = address.Equals(IPAddress.IPv6Any) && !addresses.Contains(IPAddress.Any);
            try
            {
                var udp = Bind(new IPEndPoint(address, Number), SocketType.Dgram, dualMode, _udp);
                PrepareUdp(udp, options.SocketBuffer);
                Number = ((IPEndPoint)udp.LocalEndPoint!).Port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable && options.Addresses is null)
            {
                continue; // An address of this machine that is on its way in or out.
            }

            var endPoint = new IPEndPoint(address, Number);
            _endPoints.Add(endPoint);
            if (options.Tcp) Bind(endPoint, SocketType.Stream, dualMode, _listeners).Listen();
        }

        if (_udp.Count == 0) throw new SocketException((int)SocketError.AddressNotAvailable);
    }

    private static Socket Bind(IPEndPoint endPoint, SocketType type, bool dualMode, List<Socket> opened)
    {
        var socket = new Socket(endPoint.AddressFamily, type, type == SocketType.Dgram ? ProtocolType.Udp : ProtocolType.Tcp) { Blocking = false };
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = dualMode;
            socket.Bind(endPoint);
            opened.Add(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void PrepareUdp(Socket socket, int buffer)
    {
        TrySetLargest(buffer, size => socket.ReceiveBufferSize = size);
        TrySetLargest(buffer, size => socket.SendBufferSize = size);
        if (OperatingSystem.IsLinux())
        {
            // Over the limits of net.core, for who may; otherwise those are what it gets.
            TrySet(socket, SoReceiveBufferForce, buffer);
            TrySet(socket, SoSendBufferForce, buffer);
        }
        else if (OperatingSystem.IsWindows())
        {
            // Otherwise an ICMP error of a datagram that was sent fails the next receive.
            socket.IOControl(SioUdpConnectionReset, [0, 0, 0, 0], null);
        }
    }

    /// <summary>Some systems refuse what is over their limit, others (Linux, Windows) take it for the limit.</summary>
    private static void TrySetLargest(int wanted, Action<int> set)
    {
        for (var size = wanted; size > 0; size /= 2)
        {
            try
            {
                set(size);
                return;
            }
            catch (SocketException)
            {
            }
        }
    }

    private static void TrySet(Socket socket, int option, int value)
    {
        try
        {
            socket.SetRawSocketOption(SolSocket, option, MemoryMarshal.AsBytes([value]));
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AccessDenied or SocketError.OperationNotSupported)
        {
        }
    }
}
