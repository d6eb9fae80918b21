using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using RtcHub.Rtc;

namespace RtcHub.Sfu.Io;

/// <summary>
/// The TCP connections of a port, under limits: how many in all and of one network, how long until the first frame, how
/// much unsent. Who they are is for the worker to find out.
/// </summary>
internal sealed class TcpConnections(PortOptions options, PortCounters counters) : IDisposable
{
    // Nothing here is in a hurry.
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, TcpConnection> _connections = [];
    private readonly Dictionary<ulong, int> _perNetwork = [];
    private readonly Queue<TcpConnection> _unread = new();
    private readonly Queue<int> _closed = new();
    private int _nextNumber = Port.FirstTcp;
    private int _silent;
    private long _lastSweep = options.Time.GetTimestamp();
    private ulong _turn = 1;

    /// <summary>False while the process is out of file descriptors: a listener would stay readable and nobody could help it.</summary>
    public bool Accepts { get; private set; } = true;

    public Dictionary<int, TcpConnection>.ValueCollection All => _connections.Values;

    public TcpConnection? Find(int number) => _connections.GetValueOrDefault(number);

    /// <returns>A new connection, or null: there is none, or a limit refuses it.</returns>
    public TcpConnection? Accept(Socket listener)
    {
        Socket? socket = null;
        try
        {
            socket = listener.Accept();
            (socket.Blocking, socket.NoDelay, socket.SendBufferSize) = (false, true, options.TcpSendBuffer);
            return Admit(socket, Address.From((IPEndPoint)socket.RemoteEndPoint!));
        }
        catch (SocketException exception)
        {
            socket?.Dispose(); // It has ended already.
            if (exception.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable) Accepts = false;
            return null;
        }
    }

    /// <summary>Starts a batch with frames that the last one had no room for, and leaves room for others.</summary>
    public void TakeUnread(ReceiveBatch batch)
    {
        _turn++;
        var limit = (batch.Capacity + 1) / 2;
        for (var count = _unread.Count; count > 0 && batch.Count < limit; count--)
        {
            var connection = _unread.Dequeue();
            if (Find(connection.Path.Local) is not null) TakeFrames(connection, batch, limit);
        }
    }

    public void Read(TcpConnection connection, ReceiveBatch batch)
    {
        // Its frames must stay where they are until the batch is done with; the socket stays readable.
        if (connection.ServedIn == _turn || connection.MayHaveFrames || batch.Count == batch.Capacity) return;
        if (connection.Read()) TakeFrames(connection, batch, batch.Capacity);
        else Close(connection);
    }

    /// <summary>Sends the packets of one destination as frames.</summary>
    public void Send(TcpConnection connection, SendBatch batch, int firstPacket)
    {
        for (var p = firstPacket; p != SendBatch.End; p = batch.PacketAt(p).Next)
        {
            var packet = batch.PacketAt(p);
            if (!connection.TryQueue(batch.Slab.AsSpan(packet.Offset, packet.Length), options.TcpSendBuffer))
            {
                counters.TcpOverflow++;
                continue;
            }

            counters.DatagramsOut++;
            counters.BytesOut += packet.Length;
        }

        Write(connection);
    }

    public void Write(TcpConnection connection)
    {
        counters.SendCalls++;
        if (!connection.Write()) Close(connection);
    }

    public void Close(TcpConnection connection)
    {
        if (!_connections.Remove(connection.Path.Local)) return;
        if (!connection.HasSpoken) _silent--;
        ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_perNetwork, connection.Path.Remote.Network);
        if (--count == 0) _perNetwork.Remove(connection.Path.Remote.Network);
        _closed.Enqueue(connection.Path.Local);
        connection.Dispose();
    }

    public bool TryTakeClosed(out int number) => _closed.TryDequeue(out number);

    /// <summary>How long a port may wait before <see cref="Sweep"/> has something to do; never longer than it wants to.</summary>
    public long LimitWait(long microseconds)
    {
        if (_unread.Count > 0) return 0;
        return _silent > 0 || !Accepts ? Math.Min(microseconds, (long)BetweenSweeps.TotalMicroseconds) : microseconds;
    }

    /// <summary>Now and then: ends connections that sent no frame in time.</summary>
    public void Sweep()
    {
        if (_silent == 0 && Accepts) return;
        var now = options.Time.GetTimestamp();
        if (options.Time.GetElapsedTime(_lastSweep, now) < BetweenSweeps) return;
        _lastSweep = now;
        Accepts = true;
        foreach (var connection in _connections.Values)
        {
            if (!connection.HasSpoken && options.Time.GetElapsedTime(connection.Accepted, now) >= options.TcpFirstFrame) Expel(connection);
        }
    }

    public void Dispose()
    {
        foreach (var connection in _connections.Values) connection.Dispose();
        _connections.Clear();
    }

    private TcpConnection? Admit(Socket socket, in Address remote)
    {
        ref var ofNetwork = ref CollectionsMarshal.GetValueRefOrAddDefault(_perNetwork, remote.Network, out _);
        if (_connections.Count >= options.TcpConnections || ofNetwork >= options.TcpConnectionsPerNetwork)
        {
            if (ofNetwork == 0) _perNetwork.Remove(remote.Network);
            counters.TcpRefused++;
            socket.Dispose();
            return null;
        }

        ofNetwork++;
        counters.TcpAccepted++;
        _silent++;
        var connection = new TcpConnection(socket, new NetworkPath(remote, NextNumber())) { Accepted = options.Time.GetTimestamp() };
        return _connections[connection.Path.Local] = connection;
    }

    private int NextNumber()
    {
        while (_connections.ContainsKey(_nextNumber)) Advance();
        var number = _nextNumber;
        Advance();
        return number;

        void Advance() => _nextNumber = _nextNumber == int.MaxValue ? Port.FirstTcp : _nextNumber + 1;
    }

    private void TakeFrames(TcpConnection connection, ReceiveBatch batch, int limit)
    {
        connection.ServedIn = _turn;
        var before = batch.Count;
        if (!connection.TakeFrames(batch, limit))
        {
            Expel(connection);
            return;
        }

        if (batch.Count > before && !connection.HasSpoken)
        {
            connection.HasSpoken = true;
            _silent--;
        }

        if (connection.MayHaveFrames) _unread.Enqueue(connection);
    }

    private void Expel(TcpConnection connection)
    {
        counters.TcpExpelled++;
        Close(connection);
    }
}
