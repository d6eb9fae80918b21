using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RtcHub.Sfu.Io;

/// <summary>A port as Linux does it best: epoll, recvmmsg, sendmmsg, segmentation offload, eventfd.</summary>
internal sealed unsafe class LinuxPort : Port
{
    // What an event belongs to: a UDP socket by its index, a TCP connection by its number, a listener by its index from here.
    private const long FirstListener = 1L << 32;
    private const long WakeEvent = -1;
    private const int MaxEvents = 64;
    private const long MaxWait = int.MaxValue * 1000L - 999;

    private readonly SafeFileHandle _epoll = Linux.EpollCreate(Linux.CloseOnExec);
    private readonly SafeFileHandle _wake = Linux.EventFile(0, Linux.CloseOnExec | Linux.NonBlocking);
    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * Linux.EpollEvent.Size, pinned: true);
    private readonly LinuxReceiver _receiver;
    private readonly LinuxSender _sender;
    private readonly int[] _udp;
    private bool _accepts = true;
    private uint _turn;
    private int _woken;

    public LinuxPort(PortOptions options, PortSockets sockets) : base(options, sockets)
    {
        _receiver = new LinuxReceiver(Incoming, Counters);
        _sender = new LinuxSender(Outgoing, sockets.Udp, options.Segmentation, Counters);
        _udp = [.. sockets.Udp.Select(socket => (int)socket.Handle)];
        for (var i = 0; i < _udp.Length; i++) Control(Linux.EpollAdd, sockets.Udp[i].SafeHandle, Linux.EpollIn, i);
        for (var i = 0; i < sockets.Listeners.Count; i++) Control(Linux.EpollAdd, sockets.Listeners[i].SafeHandle, Linux.EpollIn, FirstListener + i);

        // By its edge: each write is an event of its own, so nobody has to read the number back.
        Control(Linux.EpollAdd, _wake, Linux.EpollIn | Linux.EpollEdgeTriggered, WakeEvent);
    }

    public override void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) != 0) return;
        var one = 1ul;
        try
        {
            _ = Linux.Write(_wake, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Nobody is left to be woken.
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _epoll.Dispose();
        _wake.Dispose();
    }

    protected override void Wait(long timeoutMicroseconds)
    {
        if (_accepts != Tcp.Accepts) WatchListeners(_accepts = Tcp.Accepts);

        // Rounded up: waking too early would be a turn of the loop for nothing.
        var milliseconds = (int)((Math.Min(timeoutMicroseconds, MaxWait) + 999) / 1000);
        Counters.ReceiveCalls++;
        var count = Linux.EpollWait((int)_epoll.DangerousGetHandle(), Pinned.Address(_events, 0), MaxEvents, milliseconds);

        // The order in which epoll tells of sockets that stay readable is always the same; one of them may fill the batch.
        _turn++;
        for (var i = 0; i < count; i++)
        {
            Linux.EpollEvent.Read(Pinned.Address(_events, (int)((_turn + (uint)i) % (uint)count) * Linux.EpollEvent.Size), out var events, out var source);
            Handle(events, source);
        }
    }

    protected override void SendDatagrams() => _sender.Send();

    protected override void Watch(TcpConnection connection, bool isNew)
    {
        if (!isNew && connection.HasUnsent == connection.IsWatchedForRoom) return;
        connection.IsWatchedForRoom = connection.HasUnsent;
        var events = connection.HasUnsent ? Linux.EpollIn | Linux.EpollOut : Linux.EpollIn;
        Control(isNew ? Linux.EpollAdd : Linux.EpollModify, connection.Socket.SafeHandle, events, connection.Path.Local);
    }

    private void Handle(uint events, long source)
    {
        if (source == WakeEvent) Interlocked.Exchange(ref _woken, 0);
        else if (source < _udp.Length) _receiver.Receive(_udp[source], (int)source);
        else if (source >= FirstListener) Accept((int)(source - FirstListener));
        else Serve((int)source, canRead: (events & ~Linux.EpollOut) != 0, canWrite: (events & Linux.EpollOut) != 0);
    }

    private void WatchListeners(bool accepts)
    {
        for (var i = 0; i < Sockets.Listeners.Count; i++)
            Control(Linux.EpollModify, Sockets.Listeners[i].SafeHandle, accepts ? Linux.EpollIn : 0, FirstListener + i);
    }

    private void Control(int operation, SafeHandle file, uint events, long source)
    {
        var epollEvent = stackalloc byte[Linux.EpollEvent.Size];
        Linux.EpollEvent.Write(epollEvent, events, source);
        if (Linux.EpollControl(_epoll, operation, file, epollEvent) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }
}
