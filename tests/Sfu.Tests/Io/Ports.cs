using System.Net;
using System.Net.Sockets;
using RtcHub.Rtc;
using RtcHub.Sfu.Io;

namespace RtcHub.Sfu.Tests.Io;

/// <summary>Ports on loopback, of both implementations, and clients of them.</summary>
internal static class Ports
{
    public const long Patience = 10_000_000;

    public static readonly IPAddress[] Loopback = [IPAddress.Loopback];

    public static TheoryData<bool> Implementations => [false, true];

    public static Port Open(bool portable, Func<PortOptions, PortOptions>? change = null)
    {
        var options = new PortOptions { Addresses = Loopback, Portable = portable };
        return Port.Open(change is null ? options : change(options));
    }

    public static Socket Client(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000, ReceiveBufferSize = 4 << 20 };
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    public static Socket ConnectTcp(Port port, int local = 0)
    {
        var endPoint = port.LocalEndPoints[local];
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000, NoDelay = true };
        socket.Connect(endPoint);
        return socket;
    }

    public static Address AddressOf(Socket socket) => Address.From((IPEndPoint)socket.LocalEndPoint!);

    /// <summary>Receives until there is something, as only TCP connections that come or go end a wait with nothing.</summary>
    public static int ReceiveSome(this Port port)
    {
        while (true)
        {
            var deadline = Environment.TickCount64 + (Patience / 1000);
            var count = port.Receive(Patience);
            if (count > 0) return count;
            Assert.True(Environment.TickCount64 < deadline, "Nothing came.");
        }
    }

    /// <summary>Receives until a condition holds.</summary>
    public static void ReceiveUntil(this Port port, Func<bool> condition)
    {
        var deadline = Environment.TickCount64 + (Patience / 1000);
        while (!condition())
        {
            port.Receive(10_000);
            Assert.True(Environment.TickCount64 < deadline, "It did not come true.");
        }
    }

    public static void Send(this Port port, ReadOnlySpan<byte> datagram, ref SendChain to)
    {
        datagram.CopyTo(port.Reserve());
        port.Commit(datagram.Length, ref to);
    }
}
