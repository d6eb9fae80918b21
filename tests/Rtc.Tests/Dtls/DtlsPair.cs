using RtcHub.Rtc.Dtls;

namespace RtcHub.Rtc.Tests.Dtls;

/// <summary>
/// A client and a server over a link in memory: virtual time, 10 ms each way, and if asked for, datagrams that are lost, come twice
/// or overtake each other, all from one seed.
/// </summary>
internal sealed class DtlsPair(IDtls client, IDtls server) : IDisposable
{
    private const long Delay = 10_000;

    private readonly PriorityQueue<(IDtls To, byte[] Datagram), (long Time, int Order)> _link = new();
    private readonly byte[] _buffer = new byte[IDtls.MaxDatagram];
    private int _order;

    public IDtls Client => client;
    public IDtls Server => server;

    public long Now { get; private set; }
    public Random Random { get; init; } = new(1);

    /// <summary>Probability that a datagram is lost; the same for one that comes twice and one that is late.</summary>
    public double Trouble { get; init; }

    /// <summary>Sees each datagram (from the client?); false loses it.</summary>
    public Func<bool, byte[], bool> Passes { get; init; } = (_, _) => true;

    /// <summary>What a datagram has become when it arrives: something else, or several.</summary>
    public Func<byte[], IEnumerable<byte[]>> Alters { get; init; } = datagram => [datagram];

    public int Sent { get; private set; }

    /// <summary>Until nothing more is going to happen or <paramref name="done"/> holds.</summary>
    public DtlsPair Run(Func<bool>? done = null)
    {
        if (Sent == 0) Start();
        while (done?.Invoke() != true && Step())
        {
        }

        return this;
    }

    public DtlsPair Start()
    {
        server.Start(Now);
        client.Start(Now);
        Collect();
        return this;
    }

    /// <summary>Moves on to the next thing that happens.</summary>
    public bool Step()
    {
        var next = Math.Min(client.NextTimeout, server.NextTimeout);
        if (_link.TryPeek(out _, out var arrival) && arrival.Time <= next)
        {
            Now = arrival.Time;
            var (to, datagram) = _link.Dequeue();
            to.Receive(Now, datagram);
        }
        else
        {
            if (next == long.MaxValue) return false;
            Now = next;
            client.Timeout(Now);
            server.Timeout(Now);
        }

        Collect();
        return true;
    }

    /// <summary>Puts what both have to send on the link.</summary>
    public void Collect()
    {
        Collect(client, server);
        Collect(server, client);
    }

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
    }

    private void Collect(IDtls from, IDtls to)
    {
        while (from.TryPoll(_buffer, out var length))
        {
            Sent++;
            var datagram = _buffer[..length];
            if (!Passes(from == client, datagram) || Random.NextDouble() < Trouble) continue;
            Send(to, datagram, Random.NextDouble() < Trouble ? Random.Next(500_000) : 0);
            if (Random.NextDouble() < Trouble) Send(to, datagram, Random.Next(500_000));
        }
    }

    private void Send(IDtls to, byte[] datagram, long late)
    {
        foreach (var altered in Alters(datagram)) _link.Enqueue((to, altered), (Now + Delay + late, _order++));
    }
}
