using Org.BouncyCastle.Tls;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Sfu.Transports;

/// <summary>
/// DTLS by BouncyCastle, for where there is no OpenSSL. Its handshake blocks for each datagram, so it runs on a thread that is used as
/// a coroutine and given back at the end; a handshake that finds none free waits for one. Once connected, nothing blocks.
/// </summary>
internal sealed class BouncyDtls : DtlsMachine, DatagramTransport
{
    // A handshake that waits for a thread keeps so many datagrams: a hello of two fragments, twice.
    private const int MaxInbox = 4;

    private const int ReceiveLimit = 2048;

    // Two seconds: a peer that is still there would have repeated its flight many times by then.
    private const int MaxUnanswered = 3;

    private readonly BouncyDtlsTerms _terms;
    private readonly Queue<byte[]> _inbox = new();
    private BouncyDtlsThread? _thread;
    private DtlsTransport? _connection;
    private Exception? _error;
    private bool _abandoned;
    private int _unanswered;
    private int _refusals;

    /// <param name="role">Client or server.</param>
    /// <param name="certificate">Ours.</param>
    /// <param name="expected">The peer's, from its SDP.</param>
    /// <param name="profiles">What to offer or accept, the best first; none means all of <see cref="DtlsSrtp.Profiles"/>.</param>
    public BouncyDtls(DtlsRole role, DtlsCertificate certificate, Fingerprint expected, params ReadOnlySpan<SrtpProfile> profiles)
        : base(role) => _terms = new BouncyDtlsTerms(role, certificate, expected, (profiles.IsEmpty ? DtlsSrtp.Profiles : profiles).ToArray());

    /// <inheritdoc/>
    protected override bool IsQueued => State == DtlsState.Handshaking && _thread is null && IsWanted;

    // A server needs a thread when there is a hello, not before.
    private bool IsWanted => Role == DtlsRole.Client || _inbox.Count > 0;

    /// <inheritdoc/>
    public override void Dispose() => Abandon();

    /// <inheritdoc/>
    protected override void Handshake(ReadOnlySpan<byte> records)
    {
        if (records.Length is > 0 and <= ReceiveLimit && _inbox.Count < MaxInbox) _inbox.Enqueue(records.ToArray());
        if (_thread is null)
        {
            if (!IsWanted) return;
            _thread = BouncyDtlsThread.TryStart(Role, Block);
            if (_thread is null) return;
        }
        else if (_inbox.Count == 0)
        {
            GiveWay();
            return;
        }

        _unanswered = 0;
        _thread.Resume();
        if (_thread.IsOver) Finish();
    }

    /// <inheritdoc/>
    protected override bool ReadGoodbye(ReadOnlySpan<byte> alert)
    {
        if (alert.Length > ReceiveLimit) return false;
        _inbox.Enqueue(alert.ToArray());
        try
        {
            _connection!.Receive(new byte[ReceiveLimit], waitMillis: 1);
        }
        catch (IOException)
        {
            // That there is nothing more (GetReceiveLimit), or the alert, of which the terms know.
        }

        return _terms.PeerLeft;
    }

    /// <inheritdoc/>
    protected override void WriteGoodbye() => _connection!.Close();

    /// <inheritdoc/>
    protected override void Abandon()
    {
        _abandoned = true;
        while (_thread is { IsOver: false }) _thread.Resume();
    }

    // Called when a flight is about to be repeated. Who went away in the middle of a handshake must not keep others out for 30 s.
    private void GiveWay()
    {
        var refusals = BouncyDtlsThread.RefusalsOf(Role);
        var othersWait = refusals != _refusals;
        _refusals = refusals;
        if (++_unanswered < MaxUnanswered || !othersWait) return;
        Abandon();
        Fail(DtlsFailure.Timeout);
    }

    private void Finish()
    {
        _thread = null;
        _inbox.Clear();
        if (_connection is not null && _terms.Keys is not null) Connect(_terms.Keys);
        else if (!IsNoise(AlertOf(_error))) Fail(_terms.Failure);
    }

    // What is malformed comes as an exception of any kind.
    private static int AlertOf(Exception? error) =>
        error is TlsFatalAlert { AlertDescription: not AlertDescription.internal_error } alert ? alert.AlertDescription : AlertDescription.decode_error;

    // Runs on the thread.
    private void Block()
    {
        try
        {
            _connection = Role == DtlsRole.Server
                ? new DtlsServerProtocol().Accept(new BouncyDtlsServer(_terms), this)
                : new DtlsClientProtocol().Connect(new BouncyDtlsClient(_terms), this);
        }
        catch (Exception error)
        {
            _error = error;
        }
    }

    /// <summary>
    /// Called before each read. BouncyCastle would read on until its clock says that the time is over; without a thread that can wait,
    /// it is over when there is nothing more.
    /// </summary>
    int DatagramReceiver.GetReceiveLimit() => _thread is null && _inbox.Count == 0 ? throw new TlsTimeoutException() : ReceiveLimit;

    int DatagramSender.GetSendLimit() => IDtls.MaxDatagram;

    int DatagramReceiver.Receive(Span<byte> buffer, int waitMillis)
    {
        while (_inbox.Count == 0)
        {
            if (_abandoned) throw new OperationCanceledException();
            if (_thread is null) return -1;
            _thread.Pause();
        }

        var datagram = _inbox.Dequeue();
        datagram.CopyTo(buffer);
        return datagram.Length;
    }

    void DatagramSender.Send(ReadOnlySpan<byte> buffer)
    {
        if (!_abandoned) Write(buffer);
    }

    int DatagramReceiver.Receive(byte[] buf, int off, int len, int waitMillis) => ((DatagramTransport)this).Receive(buf.AsSpan(off, len), waitMillis);

    void DatagramSender.Send(byte[] buf, int off, int len) => ((DatagramTransport)this).Send(buf.AsSpan(off, len));

    void TlsCloseable.Close()
    {
    }
}
