using System.Collections.Concurrent;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// Sockets with a reply that nobody is in a hurry for ("your candidate was passed on"): it goes along with the next message to the same
/// client, of which there are many while a call is set up, or a few milliseconds later with those of all the others.
/// </summary>
internal sealed class DeferredWrites : IDisposable
{
    /// <summary>Longer than the gap between two candidates that a browser finds, and shorter than anybody notices.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentQueue<SocketConnection> _sockets = new();
    private readonly Timer _timer; // paces writes and nothing else: no behaviour hangs on this time
    private int _isArmed;

    public DeferredWrites() => _timer = new Timer(_ => Write());

    public void Add(SocketConnection socket)
    {
        _sockets.Enqueue(socket);
        if (Interlocked.Exchange(ref _isArmed, 1) == 0) _timer.Change(Most, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Write()
    {
        Interlocked.Exchange(ref _isArmed, 0); // before the queue is read: whoever comes later arms it again
        var aftermath = new Aftermath();
        aftermath.Collect();
        while (_sockets.TryDequeue(out var socket)) socket.FlushDeferred();
        Aftermath.Stop();
        aftermath.Write();
    }
}
