using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using HdrHistogram;
using Microsoft.Win32.SafeHandles;
using RtcHub.Sfu.Io;

namespace RtcHub.Load.Clients;

/// <summary>
/// A thread with its own epoll that runs several hundred clients. Between two turns with much to do it rests for two milliseconds:
/// then several packets wait at each socket, and reading them costs the machine less, which belongs to the server that is measured.
/// Latency does not suffer, as the kernel notes the time of arrival.
/// </summary>
internal sealed unsafe class ClientThread : IDisposable
{
    private const int MaxEvents = 256;
    private const long WakeEvent = -1;
    private const int Much = 32;
    private const int Rest = 2;

    // Timers of viewers are looked at so often, in microseconds; publishers pace packets and say themselves.
    private const long TimerInterval = 10_000;

    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly List<VirtualClient?> _clients = [];
    private readonly SafeFileHandle _epoll = Linux.EpollCreate(Linux.CloseOnExec);
    private readonly SafeFileHandle _wake = Linux.EventFile(0, Linux.CloseOnExec | Linux.NonBlocking);
    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * Linux.EpollEvent.Size, pinned: true);
    private readonly DatagramReader _reader = new();
    private readonly bool _mayRest;
    private readonly Thread _thread;
    private volatile bool _stopping;

    public ClientThread(string name, bool mayRest)
    {
        _mayRest = mayRest;
        Control(Linux.EpollAdd, _wake, WakeEvent, Linux.EpollIn | Linux.EpollEdgeTriggered);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Microseconds, monotonic.</summary>
    public static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    /// <summary>For one datagram at a time, on this thread.</summary>
    public byte[] Scratch { get; } = new byte[2048];

    /// <summary>Microseconds from sending to arrival, up to a minute.</summary>
    public LongHistogram Latency { get; } = new(60_000_000, 3);

    /// <summary>Runs on the thread, which alone may touch its clients.</summary>
    public Task<T> InvokeAsync<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _commands.Enqueue(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        Wake();
        return done.Task;
    }

    public Task AddAsync(VirtualClient client) => InvokeAsync(() =>
    {
        Control(Linux.EpollAdd, client.Socket.Handle, _clients.Count, Linux.EpollIn);
        _clients.Add(client);
        return true;
    });

    public void Dispose()
    {
        _stopping = true;
        Wake();
        _thread.Join();
        foreach (var client in _clients) client?.Dispose();
        _epoll.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        var timersAt = 0L;
        while (!_stopping)
        {
            while (_commands.TryDequeue(out var command)) command();
            var now = Now;
            if (now >= timersAt) timersAt = RunTimers(now);
            var milliseconds = (int)Math.Clamp((timersAt - Now + 999) / 1000, 0, 1000);
            var count = Linux.EpollWait((int)_epoll.DangerousGetHandle(), Pinned.Address(_events, 0), MaxEvents, milliseconds);
            var datagrams = 0;
            for (var i = 0; i < count; i++)
            {
                Linux.EpollEvent.Read(Pinned.Address(_events, i * Linux.EpollEvent.Size), out _, out var index);
                if (index >= 0) datagrams += Receive(_clients[(int)index]!);
            }

            if (_mayRest && datagrams > Much) Thread.Sleep(Rest);
        }
    }

    private int Receive(VirtualClient client)
    {
        var count = _reader.Read(client.Socket);
        var now = Now;
        for (var i = 0; i < count; i++) client.Receive(now, _reader, i);
        return count;
    }

    private long RunTimers(long now)
    {
        var next = now + TimerInterval;
        foreach (var client in _clients)
        {
            if (client!.NextTimeout <= now) client.Timeout(now);
            if (client.NeedsPreciseTimers) next = Math.Min(next, client.NextTimeout);
        }

        return next;
    }

    private void Wake()
    {
        var one = 1ul;
        _ = Linux.Write(_wake, &one, sizeof(ulong));
    }

    private void Control(int operation, SafeHandle file, long data, uint events)
    {
        var epollEvent = stackalloc byte[Linux.EpollEvent.Size];
        Linux.EpollEvent.Write(epollEvent, events, data);
        if (Linux.EpollControl(_epoll, operation, file, epollEvent) != 0)
            throw new InvalidOperationException($"epoll_ctl failed with error {Marshal.GetLastPInvokeError()}.");
    }
}
