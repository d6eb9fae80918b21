using System.Net;
using RtcHub.Rtc;

namespace RtcHub.Sfu.Io;

/// <summary>
/// A worker's port: one number, on it a UDP socket for each local address and, for networks that let nothing else through,
/// ICE-TCP. It belongs to one thread; what others may do is said there. Nothing is allocated per datagram, and what cannot be
/// sent is dropped and counted: media does not wait.
/// </summary>
internal abstract class Port : IDisposable
{
    /// <summary>Longest datagram that is received: more than any path between browsers takes.</summary>
    public const int MaxDatagram = 2048;

    /// <summary>Longest datagram that can be sent: an Ethernet frame's 1,500 bytes and slack.</summary>
    public const int MaxOutgoing = 1600;

    /// <summary><see cref="NetworkPath.Local"/> from here on is a TCP connection.</summary>
    public const int FirstTcp = 1 << 16;

    protected Port(PortOptions options, PortSockets sockets)
    {
        Sockets = sockets;
        Incoming = new ReceiveBatch(options.ReceiveBatch);
        Outgoing = new SendBatch(options.SendBatch, sockets.Udp.Count);
        Tcp = new TcpConnections(options, Counters);
    }

    /// <summary>1-65535.</summary>
    public int Number => Sockets.Number;

    /// <summary>Local addresses; the index of one is <see cref="NetworkPath.Local"/> of its UDP socket. TCP listens on the same.</summary>
    public IReadOnlyList<IPEndPoint> LocalEndPoints => Sockets.EndPoints;

    public PortCounters Counters { get; } = new();

    /// <summary>
    /// Datagrams that came while the receive buffers were full, thus faster than the worker read; modulo 2^32 for each socket.
    /// Asks the system, where it can tell (Linux). From any thread.
    /// </summary>
    public long Overflows => Sockets.CountOverflows();

    protected PortSockets Sockets { get; }

    protected ReceiveBatch Incoming { get; }

    protected SendBatch Outgoing { get; }

    protected TcpConnections Tcp { get; }

    /// <exception cref="System.Net.Sockets.SocketException">The number is taken on an address, or there is no such address.</exception>
    public static Port Open(PortOptions options)
    {
        var sockets = PortSockets.Open(options);
        try
        {
            return Linux.IsSupported && !options.Portable ? new LinuxPort(options, sockets) : new PortablePort(options, sockets);
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    public static bool IsTcp(in NetworkPath path) => path.Local >= FirstTcp;

    /// <summary>
    /// Waits for datagrams and reads them, at most <paramref name="timeoutMicroseconds"/> (0 and less: not at all; long.MaxValue:
    /// until there are some). Returns how many there are: 0 when time is over, after <see cref="Wake"/>, or when only connections came
    /// or went. What is queued for sending is not flushed.
    /// </summary>
    public int Receive(long timeoutMicroseconds)
    {
        Incoming.Clear();
        var wait = Math.Max(0, Tcp.LimitWait(timeoutMicroseconds));
        Tcp.TakeUnread(Incoming);
        Wait(wait);
        Tcp.Sweep();
        Counters.DatagramsIn += Incoming.Count;
        Counters.BytesIn += Incoming.Bytes;
        return Incoming.Count;
    }

    /// <summary>A datagram of the last <see cref="Receive"/>, valid until the next one; it may be overwritten.</summary>
    public Span<byte> Datagram(int index, out NetworkPath source) => Incoming.Datagram(index, out source);

    /// <summary>Ends the <see cref="Receive"/> that waits, or else the next one. From any thread.</summary>
    public abstract void Wake();

    /// <summary>Room for one datagram of <see cref="MaxOutgoing"/> bytes, until <see cref="Commit"/>.</summary>
    public Span<byte> Reserve()
    {
        if (Outgoing.IsFull) Flush();
        return Outgoing.Reserve();
    }

    /// <summary>Queues so many bytes of what was last reserved, behind what is queued for the same destination.</summary>
    public void Commit(int length, ref SendChain to) => Outgoing.Commit(length, ref to);

    /// <summary>Sends what is queued.</summary>
    public void Flush()
    {
        if (Outgoing.Count == 0) return;
        SendDatagrams();
        for (var d = Outgoing.FirstDestination(Outgoing.TcpLane); d != SendBatch.End; d = Outgoing.DestinationAt(d).Next)
            SendFrames(Outgoing.DestinationAt(d));
        Outgoing.Clear();
    }

    /// <summary>Tells once of each TCP connection that ended, whoever ended it.</summary>
    public bool TryTakeClosed(out int local) => Tcp.TryTakeClosed(out local);

    /// <summary>Ends a TCP connection; what is not sent is lost. Nothing for other numbers.</summary>
    public void Close(int local)
    {
        if (Tcp.Find(local) is { } connection) Tcp.Close(connection);
    }

    public virtual void Dispose()
    {
        Tcp.Dispose();
        Sockets.Dispose();
    }

    /// <summary>Waits for sockets and reads into <see cref="Incoming"/>.</summary>
    protected abstract void Wait(long timeoutMicroseconds);

    /// <summary>Sends every lane of <see cref="Outgoing"/> but that of TCP.</summary>
    protected abstract void SendDatagrams();

    /// <summary>Has <see cref="Wait"/> look at a connection from now on, also for room to send when it has something unsent.</summary>
    protected abstract void Watch(TcpConnection connection, bool isNew);

    protected void Accept(int listener)
    {
        if (Tcp.Accept(Sockets.Listeners[listener]) is { } connection) Watch(connection, isNew: true);
    }

    protected void Serve(int number, bool canRead, bool canWrite)
    {
        if (canWrite && Tcp.Find(number) is { } writable)
        {
            Tcp.Write(writable);
            WatchAgain(writable);
        }

        if (canRead && Tcp.Find(number) is { } readable) Tcp.Read(readable, Incoming);
    }

    private void SendFrames(in SendBatch.Destination destination)
    {
        if (Tcp.Find(destination.Path.Local) is { } connection)
        {
            Tcp.Send(connection, Outgoing, destination.First);
            WatchAgain(connection);
        }
        else
        {
            for (var p = destination.First; p != SendBatch.End; p = Outgoing.PacketAt(p).Next) Counters.SendFailures++;
        }
    }

    private void WatchAgain(TcpConnection connection)
    {
        if (Tcp.Find(connection.Path.Local) is not null) Watch(connection, isNew: false);
    }
}
