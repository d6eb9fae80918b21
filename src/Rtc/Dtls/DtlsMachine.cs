using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Dtls;

/// <summary>
/// What a DTLS library needs around it to be a machine like the others: the library does the handshake and the cryptography,
/// time and repetition are done here. Libraries repeat lost flights by the wall clock, which nobody can hand in; so they are told
/// not to, and <see cref="Flight"/> repeats what they wrote (RFC 6347 section 4.2.4).
/// </summary>
/// <param name="role">Client or server.</param>
public abstract class DtlsMachine(DtlsRole role) : IDtls
{
    internal const long GiveUpAfter = 30_000_000;

    // Section 4.2.4.1 proposes 1 s to begin with. ICE has shown that the path is alive, and somebody waits for a picture.
    internal const long FirstInterval = 300_000;
    internal const long LastInterval = 3_000_000;

    // When the library is busy with others (IsQueued).
    private const long QueuedInterval = 20_000;

    // A peer that repeats a flight of several datagrams is answered once, and nobody makes us send more often than this.
    private const long MinInterval = 50_000;

    // Alerts that say "this is no handshake", not "we do not agree" (RFC 5246 section 7.2).
    private const int UnexpectedMessage = 10;
    private const int IllegalParameter = 47;
    private const int DecodeError = 50;

    private readonly Flight _flight = new();
    private byte[] _alert = [];
    private bool _answered;
    private long _giveUpAt = long.MaxValue;
    private long _repeatAt = long.MaxValue;
    private long _interval = FirstInterval;
    private long _sentAt = long.MinValue;

    /// <inheritdoc/>
    public DtlsState State { get; private set; }

    /// <inheritdoc/>
    public DtlsFailure Failure { get; private set; }

    /// <inheritdoc/>
    public SrtpKeys? Keys { get; private set; }

    /// <inheritdoc/>
    public long NextTimeout => State == DtlsState.Handshaking ? Math.Min(_giveUpAt, _repeatAt) : long.MaxValue;

    /// <summary>Client or server.</summary>
    protected DtlsRole Role => role;

    /// <summary>The description of the alert that the library wrote last.</summary>
    protected int Alert => _alert is [.., var description] ? description : -1;

    /// <summary>True while the library has no room for one more handshake; then <see cref="Handshake"/> is called again soon.</summary>
    protected virtual bool IsQueued => false;

    /// <inheritdoc/>
    public void Start(long now)
    {
        _giveUpAt = now + GiveUpAfter;
        if (role == DtlsRole.Client) Advance(now, default);
    }

    /// <inheritdoc/>
    public void Receive(long now, ReadOnlySpan<byte> datagram)
    {
        var records = DtlsRecord.TakeWhole(datagram);
        if (records.IsEmpty) return;
        if (State == DtlsState.Handshaking)
        {
            // A library keeps what is too early; before the hello that would be the word of anybody.
            if (role == DtlsRole.Server && !_answered && !DtlsRecord.IsClientHello(records)) return;
            // A hello that comes again means that the answer to it was lost.
            if (!Advance(now, records) && DtlsRecord.IsClientHello(records)) Repeat(now);
        }
        else if (State == DtlsState.Connected)
        {
            // So does the client's last flight. Its Finished may be the very record that came before, which the library would
            // take for a replay; so nothing of it is looked at, and who forges it gains an old datagram.
            if (role == DtlsRole.Server && DtlsRecord.ContainsHandshake(records)) Repeat(now);
            ReadAlerts(now, records);
        }
    }

    /// <inheritdoc/>
    public bool TryPoll(Span<byte> datagram, out int length) => _flight.TryPoll(datagram, out length);

    /// <inheritdoc/>
    public void Timeout(long now)
    {
        if (now < NextTimeout) return;
        if (now >= _giveUpAt)
        {
            Abandon();
            Fail(DtlsFailure.Timeout);
            return;
        }

        _repeatAt = long.MaxValue;
        if (!Advance(now, default)) Repeat(now);
    }

    /// <inheritdoc/>
    public void Close(long now)
    {
        if (State is DtlsState.Closed or DtlsState.Failed) return;
        _flight.Begin();
        if (State == DtlsState.Connected) WriteGoodbye();
        else Abandon();
        State = DtlsState.Closed;
        if (_flight.Written) Send(now, isNew: true);
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>
    /// Goes on with the handshake as far as <paramref name="records"/> lead, which are whole; empty at the start of a client and when time has
    /// passed. Ends in <see cref="Connect"/> or <see cref="Fail"/>, and throws nothing.
    /// </summary>
    protected abstract void Handshake(ReadOnlySpan<byte> records);

    /// <summary>After the handshake: reads an alert; true when it is the peer's goodbye, which is answered.</summary>
    protected abstract bool ReadGoodbye(ReadOnlySpan<byte> alert);

    /// <summary>Writes a close_notify.</summary>
    protected abstract void WriteGoodbye();

    /// <summary>The handshake will not go on: let go of what waits for it.</summary>
    protected virtual void Abandon()
    {
    }

    /// <summary>What the library sends: whole records, at most <see cref="IDtls.MaxDatagram"/> bytes.</summary>
    protected void Write(ReadOnlySpan<byte> records)
    {
        // Whether an alert is sent is known when the library has given up (IsNoise).
        if (DtlsRecord.IsPlainAlert(records))
        {
            _alert = records.ToArray();
            return;
        }

        _answered = true;
        _flight.Write(records);
    }

    /// <summary>
    /// True when a library that gave up with <paramref name="alert"/> should start afresh, in silence. Before a ClientHello was understood
    /// there is no peer that could be lost: what came was noise, which anybody can send, and the next may be the hello.
    /// </summary>
    protected bool IsNoise(int alert) =>
        role == DtlsRole.Server && !_answered && alert is (UnexpectedMessage or IllegalParameter or DecodeError);

    /// <summary>The peer has the certificate that it should have, and these are the keys.</summary>
    protected void Connect(SrtpKeys keys) => (State, Keys) = (DtlsState.Connected, keys);

    /// <summary>There will be no keys; the alert that was written last says it to the peer.</summary>
    protected void Fail(DtlsFailure failure)
    {
        (State, Failure) = (DtlsState.Failed, failure);
        if (_alert.Length > 0) _flight.Write(_alert);
    }

    /// <summary>True when the library had something to say.</summary>
    private bool Advance(long now, ReadOnlySpan<byte> records)
    {
        var last = _flight.FirstMessage;
        _flight.Begin();
        Handshake(records);
        if (IsQueued) _repeatAt = now + QueuedInterval;
        if (!_flight.Written) return false;
        // The last word is the server's. What the client's library has written meanwhile is a flight repeated too late.
        if (State != DtlsState.Connected || role == DtlsRole.Server) Send(now, isNew: _flight.FirstMessage != last);
        return true;
    }

    private void ReadAlerts(long now, ReadOnlySpan<byte> records)
    {
        for (int length; records.Length > 0 && State == DtlsState.Connected; records = records[length..])
        {
            length = DtlsRecord.Measure(records);
            if (!DtlsRecord.IsAlert(records)) continue;
            _flight.Begin();
            if (!ReadGoodbye(records[..length])) continue;
            State = DtlsState.Closed;
            if (_flight.Written) Send(now, isNew: true);
        }
    }

    private void Repeat(long now)
    {
        if (State != DtlsState.Failed && !_flight.IsEmpty && now >= _sentAt + MinInterval) Send(now, isNew: false);
    }

    private void Send(long now, bool isNew)
    {
        _flight.Send();
        _sentAt = now;
        _interval = isNew ? FirstInterval : Math.Min(2 * _interval, LastInterval);
        _repeatAt = now + _interval;
    }
}
