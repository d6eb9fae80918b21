using System.Collections.Concurrent;
using System.Text.Json;
using RtcHub.Rtc;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Stun;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Io;
using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu.Workers;

/// <summary>
/// One thread with one port that owns its rooms and transports outright: nothing that a packet touches is shared, so nothing
/// is locked. Other threads <see cref="Post"/> commands. The loop:
/// (1) wait for datagrams, commands or the next timer, (2) route what came, (3) carry out commands, (4) wake what is due,
/// (5) send the batch.
/// </summary>
internal sealed partial class Worker : IDisposable
{
    private readonly Port _port;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentQueue<Action<Worker>> _commands = new();
    private readonly Demultiplexer _demultiplexer = new();
    private readonly Dictionary<string, Transport> _transports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private readonly Dictionary<Room, RoomTimer> _roomTimers = [];
    private readonly List<(Transport Transport, CloseReason Reason)> _closing = [];
    private readonly Thread _thread;
    private volatile bool _stopping;

    public Worker(int number, Port port, WorkerContext context)
    {
        (Number, _port, Context) = (number, port, context);
        (_time, _log) = (context.Time, context.Log);
        Timers = new TimerWheel(Now());
        Resources = new WorkerResources(context.NtpEpoch);
        _thread = new Thread(Run) { IsBackground = true, Name = $"sfu-{number}" };
    }

    public int Number { get; }

    /// <summary>Transports here or on their way here; kept by the pool under its lock.</summary>
    public int Load { get; set; }

    public WorkerContext Context { get; }

    public Port Port => _port;

    public TimerWheel Timers { get; }

    public WorkerResources Resources { get; }

    public Counters Counters => Resources.Counters;

    public IReadOnlyDictionary<string, Room> Rooms => _rooms;

    public IReadOnlyDictionary<string, Transport> Transports => _transports;

    /// <summary>Paths and ufrags that lead to a transport.</summary>
    public int Known => _demultiplexer.Count;

    public void Start() => _thread.Start();

    /// <summary>From any thread: the command runs on the worker's own.</summary>
    public void Post(Action<Worker> command)
    {
        _commands.Enqueue(command);
        _port.Wake();
    }

    /// <summary>Microseconds; the one place where the media plane reads a clock.</summary>
    public long Now() => (long)(_time.GetTimestamp() * (1_000_000.0 / _time.TimestampFrequency));

    /// <summary>The room of that name, there from the first transport to the last.</summary>
    public Room Room(string id) => _rooms.GetValueOrDefault(id) ?? new Room(id, Context.Events, Context.AudioSlots);

    public void Add(Transport transport, long now)
    {
        _transports.Add(transport.Id, transport);
        _rooms[transport.Room.Id] = transport.Room;
        if (!_roomTimers.TryGetValue(transport.Room, out var timer)) _roomTimers.Add(transport.Room, timer = new RoomTimer(transport.Room, Timers));
        transport.Enter(now);
        timer.Reschedule();
        _demultiplexer.Add(transport.Ice.Local, transport);
        transport.Reschedule();
    }

    /// <summary>New credentials of a transport that restarts ICE; the old ones stay valid until it is through.</summary>
    public void AddCredentials(IceCredentials local, Transport transport) => _demultiplexer.Add(local, transport);

    public void RemoveCredentials(IceCredentials local) => _demultiplexer.Remove(local);

    public void AddPath(in NetworkPath path, Transport transport) => _demultiplexer.Add(path, transport);

    public void RemovePath(in NetworkPath path, Transport transport) => _demultiplexer.Remove(path, transport);

    /// <summary>Closes at the end of this turn, as the transport may be on the stack.</summary>
    public void Close(Transport transport, CloseReason reason)
    {
        if (transport.IsClosing) return;
        transport.IsClosing = true;
        _closing.Add((transport, reason));
    }

    public void Dispose()
    {
        _stopping = true;
        _port.Wake();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted)) _port.Dispose();
        else _thread.Join();
    }

    private void Run()
    {
        while (!_stopping)
        {
            try
            {
                Turn();
            }
            catch (Exception exception) // What is one transport's fault does not come this far.
            {
                Counters.Exceptions++;
                Log.TurnFailed(_log, exception, Number);
            }
        }

        foreach (var transport in _transports.Values) Close(transport, CloseReason.Shutdown);
        CloseDue(Now());
        _port.Flush();
        _port.Dispose();
    }

    private void Turn()
    {
        var count = _port.Receive(_commands.IsEmpty ? Timers.Wait(Now()) : 0);
        var now = Now();
        for (var i = 0; i < count; i++)
        {
            var datagram = _port.Datagram(i, out var source);
            Route(now, datagram, source);
        }

        while (_port.TryTakeClosed(out _)) { } // The transport learns of it by its consent, or comes back by UDP.
        while (_commands.TryDequeue(out var command)) Carry(command);
        Timers.Advance(now);
        if (_closing.Count > 0) CloseDue(now);
        _port.Flush();
        Counters.Turn(now, Now());
    }

    private void Route(long now, Span<byte> datagram, in NetworkPath source)
    {
        var kind = Datagram.Classify(datagram);
        var transport = _demultiplexer.Find(source);
        if (kind == DatagramKind.Stun)
        {
            // A check on a path that is known may be for another transport: browsers reuse ports.
            if (StunMessage.TryParse(datagram, out var message) && IceCredentials.TryGetUfragKey(message, out var ufrag))
                transport = _demultiplexer.FindByUfrag(ufrag);
            else if (transport is null)
            {
                AnswerPlainBinding(datagram, source);
                return;
            }
        }

        if (transport is null)
        {
            Counters.Drop(DropReason.UnknownSource);
            return;
        }

        try
        {
            transport.Receive(now, kind, datagram, source);
        }
        catch (Exception exception) // A bug of ours costs this transport, not the others.
        {
            Counters.Exceptions++;
            Log.TransportFailed(_log, exception, transport.Id);
            Close(transport, CloseReason.InternalError);
        }
    }

    /// <summary>The port is a STUN server, too, so that no third party's is needed.</summary>
    private void AnswerPlainBinding(ReadOnlySpan<byte> request, in NetworkPath source)
    {
        var response = _port.Reserve();
        if (!StunBinding.TryRespond(request, source.Remote, response, out var length))
        {
            Counters.Drop(DropReason.UnknownSource);
            return;
        }

        var chain = new SendChain(source);
        _port.Commit(length, ref chain);
    }

    private void Carry(Action<Worker> command)
    {
        try
        {
            command(this);
        }
        catch (Exception exception)
        {
            Counters.Exceptions++;
            Log.CommandFailed(_log, exception);
        }
    }

    private void CloseDue(long now)
    {
        // Closing one may close others (a room that is closed).
        for (var i = 0; i < _closing.Count; i++)
        {
            var (transport, reason) = _closing[i];
            Timers.Cancel(transport);
            _transports.Remove(transport.Id);
            transport.Leave();
            transport.Close(now);
            var room = transport.Room;
            room.Leave(transport.Publisher, transport.Subscriber, now);
            if (room.IsEmpty)
            {
                _rooms.Remove(room.Id);
                if (_roomTimers.Remove(room, out var timer)) Timers.Cancel(timer);
            }

            Counters.Closed(reason);
            Context.Left(room.Id);
            Context.Events.Publish(new SfuEvent(SfuEvent.Closed, room.Id, transport.Participant, transport.Id, Reason: JsonNamingPolicy.CamelCase.ConvertName(reason.ToString())));
        }

        _closing.Clear();
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Error, "A packet of transport {Transport} met a bug; the transport is closed")]
        public static partial void TransportFailed(ILogger logger, Exception exception, string transport);

        [LoggerMessage(2002, LogLevel.Error, "A command met a bug")]
        public static partial void CommandFailed(ILogger logger, Exception exception);

        [LoggerMessage(2003, LogLevel.Error, "A turn of worker {Number} met a bug")]
        public static partial void TurnFailed(ILogger logger, Exception exception, int number);
    }
}
