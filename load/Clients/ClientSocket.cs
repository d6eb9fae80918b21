using System.Net;
using System.Net.Sockets;
using RtcHub.Rtc;

namespace RtcHub.Load.Clients;

/// <summary>
/// A client's own UDP socket, as every real client has one. It has no UDP_GRO: a receiver that took coalesced datagrams would spare
/// the server's segmentation offload the work of cutting them, which no network does.
/// </summary>
internal sealed class ClientSocket : IDisposable
{
    // <asm-generic/socket.h>
    private const int SolSocket = 1;
    private const int ReceiveBufferForce = 33;
    private const int TimestampNanoseconds = 35;
    private const int ReceiveBuffer = 2 << 20;

    private readonly Socket _socket;
    private Address _last;
    private SocketAddress? _destination;

    public ClientSocket(IPAddress local)
    {
        _socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        _socket.Bind(new IPEndPoint(local, 0));
        _socket.ReceiveBufferSize = ReceiveBuffer;
        try
        {
            // Beyond the system's limit, for who may.
            _socket.SetRawSocketOption(SolSocket, ReceiveBufferForce, BitConverter.GetBytes(ReceiveBuffer));
        }
        catch (SocketException)
        {
            // Then it stays within the limit; overflows are reported.
        }
    }

    public SafeSocketHandle Handle => _socket.SafeHandle;

    public IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Has the kernel note when each datagram came, so that our own slowness does not count as the server's.</summary>
    public void StampArrivals() => _socket.SetRawSocketOption(SolSocket, TimestampNanoseconds, BitConverter.GetBytes(1));

    /// <summary>What cannot be sent is lost, as in any network.</summary>
    public void Send(ReadOnlySpan<byte> datagram, in Address to)
    {
        if (_destination is null || _last != to) (_last, _destination) = (to, to.ToIPEndPoint().Serialize());
        try
        {
            _socket.SendTo(datagram, SocketFlags.None, _destination);
        }
        catch (SocketException)
        {
            // A full buffer, or a server that is gone: its silence says the rest.
        }
    }

    public void Dispose() => _socket.Dispose();
}
