using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using RtcHub.Sfu.Io;

namespace RtcHub.Load.Sockets;

/// <summary>
/// A thread with its own epoll that runs thousands of <see cref="WebSocketClient"/>, so that what a connection costs is the server's
/// and not the tool's. What waits for a message goes on here, on this thread, as soon as it has come.
/// </summary>
internal sealed unsafe class SocketThread : IDisposable
{
    private const int MaxEvents = 512;
    private const long WakeEvent = -1;
    private const int WaitMs = 500;
    private const long TickInterval = 1_000_000;

    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly ConcurrentDictionary<long, WebSocketClient> _clients = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _timers = new();
    private readonly SafeFileHandle _epoll = Linux.EpollCreate(Linux.CloseOnExec);
    private readonly SafeFileHandle _wake = Linux.EventFile(0, Linux.CloseOnExec | Linux.NonBlocking);
    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * Linux.EpollEvent.Size, pinned: true);
    private readonly Thread _thread;
    private volatile bool _stopping;
    private long _lastId;

    public SocketThread()
    {
        Control(Linux.EpollAdd, _wake, WakeEvent, Linux.EpollIn | Linux.EpollEdgeTriggered);
        _thread = new Thread(Run) { IsBackground = true, Name = "sockets" };
        _thread.Start();
    }

    /// <summary>Microseconds, monotonic.</summary>
    public static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    public static TimeSpan Time => TimeSpan.FromMicroseconds(Now);

    /// <summary>For what a socket has to say now, on this thread.</summary>
    public byte[] Scratch { get; } = GC.AllocateArray<byte>(1 << 20, pinned: true);

    /// <summary>Runs it on the thread, in order.</summary>
    public void Post(Action action)
    {
        _commands.Enqueue(action);
        if (Thread.CurrentThread == _thread) return;
        var one = 1ul;
        try
        {
            _ = Linux.Write(_wake, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // It has ended, and nobody waits for anything any more.
        }
    }

    /// <summary>Goes on after so many microseconds, on this thread; to the millisecond, as epoll waits.</summary>
    public Task DelayAsync(long microseconds)
    {
        var done = new TaskCompletionSource();
        var due = Now + microseconds;
        if (Thread.CurrentThread == _thread) _timers.Enqueue(done, due);
        else Post(() => _timers.Enqueue(done, due));
        return done.Task;
    }

    /// <summary>From now on its messages are read.</summary>
    public long Add(WebSocketClient client)
    {
        var id = Interlocked.Increment(ref _lastId);
        _clients[id] = client;
        Control(Linux.EpollAdd, client.Handle, id, Linux.EpollIn);
        return id;
    }

    /// <summary>Whether it is to be told, too, when there is room for more to send.</summary>
    public void Watch(WebSocketClient client, long id, bool room) => Control(Linux.EpollModify, client.Handle, id, room ? Linux.EpollIn | Linux.EpollOut : Linux.EpollIn);

    /// <summary>Before its socket is closed, which takes it out of epoll.</summary>
    public void Remove(long id) => _clients.TryRemove(id, out _);

    public void Dispose()
    {
        // Whoever waited for a message may go on here, and end everything.
        _stopping = true;
        Post(() => { });
        if (Thread.CurrentThread != _thread) _thread.Join();
    }

    private void Run()
    {
        Serve();
        foreach (var client in _clients.Values) client.Abort();
        _epoll.Dispose();
        _wake.Dispose();
    }

    private void Serve()
    {
        var tickAt = Now + TickInterval;
        while (!_stopping)
        {
            while (_commands.TryDequeue(out var command)) command();
            var now = Now;
            while (_timers.TryPeek(out var timer, out var due) && due <= now)
            {
                _timers.Dequeue();
                timer.SetResult();
            }

            if (now >= tickAt)
            {
                tickAt = now + TickInterval;
                foreach (var client in _clients.Values) client.Tick();
            }

            var milliseconds = !_commands.IsEmpty ? 0 : _timers.TryPeek(out _, out var next) ? (int)Math.Clamp((next - Now + 999) / 1000, 0, WaitMs) : WaitMs;
            var count = Linux.EpollWait((int)_epoll.DangerousGetHandle(), Pinned.Address(_events, 0), MaxEvents, milliseconds);
            for (var i = 0; i < count; i++)
            {
                Linux.EpollEvent.Read(Pinned.Address(_events, i * Linux.EpollEvent.Size), out var events, out var id);
                if (id != WakeEvent && _clients.TryGetValue(id, out var client)) client.Ready((events & Linux.EpollOut) != 0);
            }
        }
    }

    private void Control(int operation, SafeHandle file, long data, uint events)
    {
        var epollEvent = stackalloc byte[Linux.EpollEvent.Size];
        Linux.EpollEvent.Write(epollEvent, events, data);
        if (Linux.EpollControl(_epoll, operation, file, epollEvent) != 0)
            throw new InvalidOperationException($"epoll_ctl failed with error {Marshal.GetLastPInvokeError()}.");
    }
}
