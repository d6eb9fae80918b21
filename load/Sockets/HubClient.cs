using System.Text;
using System.Text.Json;

namespace RtcHub.Load.Sockets;

/// <summary>
/// A client of <c>rtchub.v1</c> (docs/protocol.md): numbered requests, acknowledgements, and a session that outlives its sockets. It
/// holds the hub to the protocol: numbers without gaps, one reply to each request.
/// </summary>
internal sealed partial class HubClient(SocketThread thread, Route route, Tally tally, string name) : Peer(thread, route, tally)
{
    // docs/protocol.md section 2: at most 32 messages or 2 s.
    private const int AckAlong = 12;
    private const int AckAlone = 30;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Queue<(long Id, byte[] Frame)> _unanswered = new();
    private readonly Dictionary<long, TaskCompletionSource<JsonElement>> _waiting = [];
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<JsonElement> _opened = New();
    private string _room = "";
    private string _secret = "";
    private long _last;         // request
    private long _seq;          // received
    private int _unacked;
    private bool _ready;
    private volatile bool _leaving;

    /// <summary>Keeps requests until they are answered and comes back when its socket ends. Before it joins.</summary>
    public bool Resumes { get; init; }

    /// <summary>What it says of itself besides, as a member of <c>hello</c>: <c>"token":"..."</c>.</summary>
    public string? Hello { get; init; }

    /// <summary>Requests that have had no reply yet, where <see cref="Resumes"/>.</summary>
    public int Unanswered
    {
        get
        {
            lock (_gate) return _unanswered.Count;
        }
    }

    /// <summary>Events that are no relayed messages, replies that nobody waits for, and the snapshot of a resync (as type <c>resync</c>).</summary>
    public Heard? Happened { get; set; }

    /// <summary>Of the <c>welcome</c>: <c>d</c>.</summary>
    public JsonElement Welcome { get; private set; }

    public override async Task JoinAsync(string? room, CancellationToken cancel)
    {
        _room = room is null ? "" : $",\"room\":{{\"id\":\"{room}\"}}";
        var welcome = await OpenAsync(cancel);
        var self = welcome.GetProperty("self");
        (Id, _secret, Welcome) = (self.GetProperty("id").GetString()!, self.GetProperty("secret").GetString()!, welcome);
        if (welcome.GetProperty("refused") is { ValueKind: JsonValueKind.Object } refused) throw new IOException($"The room was not entered: {refused}");
    }

    public override void Send(ReadOnlySpan<byte> type, string? to, ReadOnlySpan<byte> data)
    {
        lock (_gate) Request(type, to, data);
    }

    /// <summary>A request whose reply matters: <c>d</c> of it.</summary>
    /// <exception cref="IOException">It was answered with an error.</exception>
    public async Task<JsonElement> RequestAsync(string type, string data, string? to = null, CancellationToken cancel = default)
    {
        var reply = New();
        lock (_gate)
        {
            _waiting[_last + 1] = reply;
            Request(Encoding.ASCII.GetBytes(type), to, Encoding.UTF8.GetBytes(data));
        }

        return await reply.Task.WaitAsync(Patience, cancel);
    }

    public override void Read(WebSocketClient socket, ReadOnlySpan<byte> text)
    {
        if (socket != Socket) return;
        var reader = new Utf8JsonReader(text);
        long? seq = null, re = null;
        var ok = true;
        ReadOnlySpan<byte> type = default, data = default, error = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isSeq, isRe, isType, isData, isOk, isError) = (reader.ValueTextEquals("seq"u8), reader.ValueTextEquals("re"u8), reader.ValueTextEquals("t"u8),
                reader.ValueTextEquals("d"u8), reader.ValueTextEquals("ok"u8), reader.ValueTextEquals("error"u8));
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (isSeq) seq = reader.GetInt64();
            else if (isRe) re = reader.GetInt64();
            else if (isType) type = reader.ValueSpan;
            else if (isOk) ok = reader.GetBoolean();
            else reader.Skip();
            if (isData) data = text[start..(int)reader.BytesConsumed];
            if (isError) error = text[start..(int)reader.BytesConsumed];
        }

        if (seq is { } number) Number(number);
        if (re is { } id) Reply(id, ok, ok ? data : error);
        else if (seq is null) Control(type, data);
        else if (type.SequenceEqual("offer"u8) || type.SequenceEqual("answer"u8) || type.SequenceEqual("candidate"u8) || type.SequenceEqual("data"u8)) Heard?.Invoke(type, data);
        else Happened?.Invoke(type, data);
    }

    public override void Ended(WebSocketClient socket, int code)
    {
        lock (_gate)
        {
            if (socket != Socket) return;
            _ready = false;
        }

        _left.TrySetResult();
        // While it is opened, whoever opens it is told, and sees to the rest.
        if (_opened.TrySetException(new IOException($"The hub closed the socket with {code}.")) || _leaving) return;
        if (!Resumes || code is 4001 or 4002 or 4003 or 4004 or 4005 or 4009) Tally.End(code);
        else _ = ComeBackAsync(code);
    }

    /// <summary>Says goodbye, and waits until the hub has heard it.</summary>
    public async Task LeaveAsync(CancellationToken cancel)
    {
        _leaving = true;
        Socket?.Close();
        await _left.Task.WaitAsync(Patience, cancel);
        await DisposeAsync();
    }

    /// <summary>The socket breaks, as when a cable is pulled.</summary>
    public void Break()
    {
        var socket = Socket!;
        socket.Abort();
        Thread.Post(() => Ended(socket, 1006));
    }

    public override ValueTask DisposeAsync()
    {
        _leaving = true;
        return base.DisposeAsync();
    }

    private static TaskCompletionSource<JsonElement> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under the gate, so that ids leave in order.
    private void Request(ReadOnlySpan<byte> type, string? to, ReadOnlySpan<byte> data)
    {
        using var frame = new FrameWriter();
        frame.Put("{\"t\":\""u8);
        frame.Put(type);
        frame.Put("\",\"id\":"u8);
        frame.Put(++_last);
        if (_unacked >= AckAlong)
        {
            _unacked = 0;
            frame.Put(",\"ack\":"u8);
            frame.Put(Volatile.Read(ref _seq));
        }

        if (to is not null)
        {
            frame.Put(",\"to\":\""u8);
            frame.PutAscii(to);
            frame.Put("\""u8);
        }

        frame.Put(",\"d\":"u8);
        frame.Put(data);
        frame.Put("}"u8);
        if (Resumes) _unanswered.Enqueue((_last, frame.Written.ToArray()));
        if (_ready) Socket!.Send(frame.Written);
    }

    private void Number(long number)
    {
        if (number != _seq + 1) Tally.Gap($"After {_seq} came {number}.");
        Volatile.Write(ref _seq, number);
        if (++_unacked >= AckAlone) Acknowledge();
    }

    public override void Tick() => Acknowledge();

    private void Acknowledge()
    {
        lock (_gate)
        {
            if (_unacked == 0 || !_ready) return;
            _unacked = 0;
            using var frame = new FrameWriter();
            frame.Put("{\"t\":\"ack\",\"seq\":"u8);
            frame.Put(Volatile.Read(ref _seq));
            frame.Put("}"u8);
            Socket!.Send(frame.Written);
        }
    }

    private void Reply(long id, bool ok, ReadOnlySpan<byte> data)
    {
        Tally.Reply();
        TaskCompletionSource<JsonElement>? waiting;
        lock (_gate)
        {
            // Replies come in the order of requests, so that the one answered is the oldest.
            if (Resumes && !(_unanswered.TryDequeue(out var oldest) && oldest.Id == id)) Tally.Gap($"A reply to {id} came while {oldest.Id} waited for one.");
            _waiting.Remove(id, out waiting);
        }

        if (!ok) Tally.Refuse(Encoding.UTF8.GetString(data));
        if (waiting is null) return;
        if (ok) waiting.TrySetResult(Parse(data));
        else waiting.TrySetException(new IOException($"A request was answered with {Encoding.UTF8.GetString(data)}"));
    }

    private void Control(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (type.SequenceEqual("ping"u8)) Socket!.Send("{\"t\":\"pong\"}"u8);
        else if (type.SequenceEqual("welcome"u8)) Open(Parse(data), isNew: true);
        else if (type.SequenceEqual("resumed"u8)) Open(Parse(data), isNew: false);
        else if (type.SequenceEqual("resync"u8)) Resync(data);
        else if (type.SequenceEqual("closing"u8)) _retryAfterMs = Parse(data).TryGetProperty("retryAfterMs", out var ms) && ms.TryGetInt32(out var wait) ? wait : 0;
        else if (type.SequenceEqual("error"u8)) Tally.Refuse(Encoding.UTF8.GetString(data));
    }

    private static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }
}
