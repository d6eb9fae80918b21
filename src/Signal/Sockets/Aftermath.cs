namespace RtcHub.Signal.Sockets;

/// <summary>
/// The sockets that have something to write because of what one connection has just read. They write on its thread, once there is
/// nothing more to read at once and no lock is held: to wake another thread for each would cost more than the writing, and what
/// goes to the same socket goes in one piece.
/// </summary>
internal sealed class Aftermath
{
    [ThreadStatic]
    private static Aftermath? _current;

    private readonly List<SocketConnection> _sockets = [];

    /// <summary>Sockets that are flushed on this thread are noted here, until <see cref="Stop"/>, which must come on the same thread.</summary>
    public void Collect() => _current = this;

    public static void Stop() => _current = null;

    /// <summary>False: nobody collects on this thread, the socket must see to itself.</summary>
    public static bool TryAdd(SocketConnection socket)
    {
        if (_current is not { } current) return false;
        current._sockets.Add(socket);
        return true;
    }

    public void Write()
    {
        foreach (var socket in _sockets) socket.Execute();
        _sockets.Clear();
    }
}
