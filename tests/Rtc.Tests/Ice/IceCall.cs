using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Tests.Ice;

/// <summary>
/// A client and a server with a network of chance between them, in virtual time. The client has a socket per network it is in; one
/// that is cut loses everything.
/// </summary>
internal sealed class IceCall
{
    public const long Second = 1_000_000;

    private static readonly NetworkPath ServerAddress = Check.Path("192.0.2.1:7882");

    private readonly PriorityQueue<(bool ToServer, int Socket, byte[] Bytes), (long At, int Order)> _wire = new();
    private readonly Random _random;
    private readonly double _loss;
    private int _order;

    public IceCall(int seed, double loss = 0)
    {
        _random = new Random(seed);
        _loss = loss;
        Server = new IceLite(Check.Server, 0);
        Client = new IceControlling(Check.Client, 0, _random);
        Client.SetRemote(Check.Server);
        Server.SetRemote(Check.Client);
    }

    public IceLite Server { get; }

    public IceControlling Client { get; }

    public long Now { get; private set; }

    public HashSet<int> Cut { get; } = [];

    public int SentByClient { get; private set; }

    /// <summary>The server as seen by a socket of the client.</summary>
    public static NetworkPath ToServer(int socket) => ServerAddress with { Local = socket };

    /// <summary>The socket of the client as the server sees it.</summary>
    public static NetworkPath FromClient(int socket) => Check.Path($"198.51.100.{socket + 1}:40000");

    public void Run(long until)
    {
        while (true)
        {
            Flush();
            var next = Math.Min(Client.NextTimeout, Server.NextTimeout);
            if (_wire.TryPeek(out _, out var first)) next = Math.Min(next, first.At);
            if (next > until) break;
            Now = Math.Max(Now, next);
            while (_wire.TryPeek(out _, out first) && first.At <= Now) Deliver(_wire.Dequeue());
            Client.Timeout(Now);
            Server.Timeout(Now);
        }

        Now = until;
        Client.Timeout(Now);
        Server.Timeout(Now);
    }

    private void Flush()
    {
        var datagram = new byte[256];
        Client.Timeout(Now);
        while (Client.TryPoll(datagram, out var length, out var path))
        {
            SentByClient++;
            Send(true, path.Local, datagram[..length]);
        }
    }

    private void Send(bool toServer, int socket, byte[] bytes)
    {
        if (Cut.Contains(socket)) return;
        for (var copies = _random.Next(20) == 0 ? 2 : 1; copies > 0; copies--)
            if (_random.NextDouble() >= _loss) _wire.Enqueue((toServer, socket, bytes), (Now + 5_000 + _random.Next(40_000), _order++));
    }

    private void Deliver((bool ToServer, int Socket, byte[] Bytes) datagram)
    {
        if (Cut.Contains(datagram.Socket)) return;
        Assert.True(StunMessage.TryParse(datagram.Bytes, out var message));
        var response = new byte[128];
        int length;
        if (datagram.ToServer) Server.Receive(Now, message, FromClient(datagram.Socket), response, out length);
        else Client.Receive(Now, message, ToServer(datagram.Socket), response, out length);
        if (length > 0) Send(!datagram.ToServer, datagram.Socket, response[..length]);
    }
}
