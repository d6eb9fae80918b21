using System.Net;
using System.Net.Sockets;
using RtcHub.Rtc;

namespace RtcHub.Sfu.Io;

/// <summary>A port with what every system offers through System.Net.Sockets: a call per datagram.</summary>
internal sealed class PortablePort : Port
{
    // As in LinuxSender.
    private const int MaxWaits = 4;
    private const int WaitMicroseconds = 1_000;

    private readonly Socket _wake = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Dictionary<Socket, int> _udp = [];
    private readonly Dictionary<Socket, int> _listeners = [];
    private readonly Dictionary<Socket, int> _connections = [];
    private readonly SocketAddress[] _addresses;
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _writable = [];
    private int _waits;
    private int _woken;

    public PortablePort(PortOptions options, PortSockets sockets) : base(options, sockets)
    {
        for (var i = 0; i < sockets.Udp.Count; i++) _udp[sockets.Udp[i]] = i;
        for (var i = 0; i < sockets.Listeners.Count; i++) _listeners[sockets.Listeners[i]] = i;
        _addresses = [.. sockets.Udp.Select(socket => new SocketAddress(socket.AddressFamily))];

        // Nothing else can be waited for together with sockets: it sends to itself.
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wake.Connect(_wake.LocalEndPoint!);
    }

    public override void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) != 0) return;
        try
        {
            _wake.Send([1]);
        }
        catch (ObjectDisposedException)
        {
            // Nobody is left to be woken.
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    protected override void Wait(long timeoutMicroseconds)
    {
        _readable.Clear();
        _writable.Clear();
        _readable.Add(_wake);
        _readable.AddRange(Sockets.Udp);
        if (Tcp.Accepts) _readable.AddRange(Sockets.Listeners);
        _connections.Clear();
        foreach (var connection in Tcp.All)
        {
            _connections[connection.Socket] = connection.Path.Local;
            _readable.Add(connection.Socket);
            if (connection.HasUnsent) _writable.Add(connection.Socket);
        }

        Counters.ReceiveCalls++;
        Socket.Select(_readable, _writable, null, timeoutMicroseconds > int.MaxValue ? -1 : (int)timeoutMicroseconds);
        foreach (var socket in _writable) Serve(_connections[socket], canRead: false, canWrite: true);
        foreach (var socket in _readable) Read(socket);
    }

    protected override void SendDatagrams()
    {
        _waits = 0;
        for (var lane = 0; lane < Sockets.Udp.Count; lane++)
        {
            for (var d = Outgoing.FirstDestination(lane); d != SendBatch.End; d = Outgoing.DestinationAt(d).Next)
                Send(lane, Outgoing.DestinationAt(d));
        }
    }

    protected override void Watch(TcpConnection connection, bool isNew)
    {
        // Every wait looks at all connections anew.
    }

    private void Read(Socket socket)
    {
        if (socket == _wake)
        {
            Span<byte> one = stackalloc byte[1];
            _wake.Receive(one);
            Interlocked.Exchange(ref _woken, 0);
        }
        else if (_udp.TryGetValue(socket, out var local))
        {
            do ReadDatagram(socket, local);
            while (Incoming.Room > 0 && socket.Available > 0);
        }
        else if (_listeners.TryGetValue(socket, out var listener))
        {
            Accept(listener);
        }
        else
        {
            Serve(_connections[socket], canRead: true, canWrite: false);
        }
    }

    private void ReadDatagram(Socket socket, int local)
    {
        if (Incoming.Room == 0) return;
        var address = _addresses[local];
        address.Size = address.Buffer.Length;
        Counters.ReceiveCalls++;
        try
        {
            var length = socket.ReceiveFrom(Incoming.Slot(Incoming.FreeSlot), SocketFlags.None, address);
            if (length > MaxDatagram) Counters.OversizeIn++;
            else if (Address.TryFromSockaddr(address.Buffer.Span[..address.Size], out var source)) Incoming.Add(length, new NetworkPath(source, local));
        }
        catch (SocketException exception)
        {
            if (exception.SocketErrorCode == SocketError.MessageSize) Counters.OversizeIn++;
        }
    }

    private void Send(int lane, in SendBatch.Destination destination)
    {
        var (socket, address) = (Sockets.Udp[lane], _addresses[lane]);
        address.Size = socket.AddressFamily == AddressFamily.InterNetwork ? 16 : 28;
        var isReachable = destination.Path.Remote.TryWriteSockaddr(address.Buffer.Span[..address.Size]);
        for (var p = destination.First; p != SendBatch.End; p = Outgoing.PacketAt(p).Next)
        {
            var packet = Outgoing.PacketAt(p);
            if (isReachable) Send(socket, Outgoing.Slab.AsSpan(packet.Offset, packet.Length), address);
            else Counters.SendFailures++;
        }
    }

    private void Send(Socket socket, ReadOnlySpan<byte> datagram, SocketAddress address)
    {
        while (true)
        {
            try
            {
                Counters.SendCalls++;
                socket.SendTo(datagram, SocketFlags.None, address);
                Counters.DatagramsOut++;
                Counters.BytesOut += datagram.Length;
                return;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock && _waits < MaxWaits)
            {
                _waits++;
                socket.Poll(WaitMicroseconds, SelectMode.SelectWrite);
            }
            catch (SocketException exception)
            {
                ref var counter = ref Counters.SendFailures;
                if (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable) counter = ref Counters.WouldBlock;
                if (exception.SocketErrorCode == SocketError.MessageSize) counter = ref Counters.OversizeOut;
                counter++;
                return;
            }
        }
    }
}
