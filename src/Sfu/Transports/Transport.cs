using System.Text;
using RtcHub.Rtc;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;
using RtcHub.Rtc.Stun;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Io;
using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu.Transports;

/// <summary>
/// One client on the wire: its path (ICE lite), its keys (DTLS) and its ciphers (SRTP). Sealed datagrams come in, plain RTP
/// and RTCP go on to its <see cref="Publisher"/> and <see cref="Subscriber"/>, and the other way round. Owned by one worker.
/// </summary>
internal sealed class Transport : TimerEntry, ITransport, IDisposable
{
    private readonly Worker _worker;
    private IDtls? _dtls;
    private readonly List<IceCredentials> _credentials = new(1);
    private readonly long _createdAt;
    private bool _isShaking;
    private long _handshakeStartedAt;
    private SrtpReceiver? _receiver;
    private SrtpSender? _sender;
    private SendChain _chain;

    public Transport(Worker worker, string id, string participant, Room room, IceLite ice)
    {
        (_worker, Id, Participant, Room, Ice) = (worker, id, participant, room, ice);
        _createdAt = worker.Now();
        _credentials.Add(ice.Local);
    }

    public string Id { get; }

    public string Participant { get; }

    public Room Room { get; }

    public IceLite Ice { get; }

    /// <summary>What the client sends; null when it only receives.</summary>
    public Publisher? Publisher { get; private set; }

    /// <summary>What the client receives; null when it only sends.</summary>
    public Subscriber? Subscriber { get; private set; }

    /// <summary>The offers made to it, when it is we who offer.</summary>
    public SubscriberOffer? Offer { get; init; }

    public bool IsConnected => _sender is not null;

    public bool IsClosing { get; set; }

    /// <summary>Whether the client's certificate is known.</summary>
    public bool IsSecured => _dtls is not null;

    /// <summary>The client's credentials, when they are known.</summary>
    public IceCredentials? Remote { get; private set; }

    /// <summary>Where it is on its way, as the control API calls it.</summary>
    public string State => IsConnected ? "connected" : Ice.HasPath ? "connecting" : "new";

    public string? Protocol => Ice.HasPath ? Port.IsTcp(Ice.Path) ? "tcp" : "udp" : null;

    public SfuTransport Describe() => new(Id, Participant, State, Protocol, [.. Subscriber?.Slots.Select(slot => slot.Describe()) ?? []]);

    /// <summary>The sections that the client sends, before it enters.</summary>
    public void Publish(IReadOnlyList<IncomingSection> sections, ExtensionMap extensions, long now) =>
        Publisher = new Publisher(this, [.. sections.Select(section => new PublisherTrack($"{Id}/{section.Mid}", this, section))], extensions, Negotiation.NewSsrc(), _worker.Resources, now);

    /// <summary>The sections that the client receives, before it enters or when there are more of them.</summary>
    public void Receive(IReadOnlyList<OutgoingSection> sections, string? play, long now)
    {
        Subscriber ??= new Subscriber(this, play, Encoding.UTF8.GetBytes(Participant), _worker.Resources) { FollowsStage = Offer is not null };
        foreach (var section in sections) Subscriber.Add(new Slot(this, section, _worker.Counters));
        Room.Extend(Subscriber, now);
    }

    /// <summary>Everything is there: its tracks are shown to the room, its slots are filled.</summary>
    public void Enter(long now)
    {
        Room.Enter();
        if (Subscriber is not null) Room.Add(Subscriber, now);
        foreach (var track in Publisher?.Tracks ?? []) Room.Add(track, now);
    }

    /// <summary>The client's certificate and credentials are known now, from its offer or its answer: the handshake may begin.</summary>
    public void Secure(IceCredentials remote, IDtls dtls, long now)
    {
        (Remote, _dtls) = (remote, dtls);
        Ice.SetRemote(remote);
        if (Ice.HasPath) BeginHandshake(now);
    }

    /// <summary>A new ICE session; the client's checks in it will move the path (RFC 8445 section 9).</summary>
    public void Restart(IceCredentials local, IceCredentials remote)
    {
        Remote = remote;
        Ice.Restart(local, remote);
        Forget();
        _credentials.Add(local);
        _worker.AddCredentials(local, this);
    }

    /// <summary>A datagram on a path of this transport, or a check that names it.</summary>
    public void Receive(long now, DatagramKind kind, Span<byte> datagram, in NetworkPath source)
    {
        if (IsClosing) return;
        switch (kind)
        {
            case DatagramKind.Stun:
                ReceiveStun(now, datagram, source);
                break;
            case DatagramKind.Rtp when _receiver is not null:
                if (Accept(_receiver.OpenRtp(datagram, out var length, out var index))) Publisher?.Receive(now, datagram[..length], index);
                break;
            case DatagramKind.Rtcp when _receiver is not null:
                if (Accept(_receiver.OpenRtcp(datagram, out length))) ReceiveRtcp(now, datagram[..length]);
                break;
            case DatagramKind.Dtls:
                ReceiveDtls(now, datagram);
                break;
            default:
                _worker.Counters.Drop(_receiver is null ? DropReason.NotConnected : DropReason.Malformed);
                break;
        }

        Reschedule();
    }

    public override void Wake(long now)
    {
        if (IsClosing) return;
        if (Ice.NextTimeout <= now)
        {
            Ice.Timeout(now);
            if (Ice.State is IceState.Expired or IceState.Failed)
            {
                _worker.Close(this, Ice.State == IceState.Expired ? CloseReason.ConsentExpired : CloseReason.ConnectTimeout);
                return;
            }

            if (Ice.HasPath && Ice.Path != _chain.Path) _chain = new SendChain(Ice.Path); // The selected one died, another lives.
        }

        if (!IsConnected && now - _createdAt >= _worker.Context.ConnectTimeout)
        {
            _worker.Close(this, CloseReason.ConnectTimeout);
            return;
        }

        if (_dtls?.NextTimeout <= now)
        {
            _dtls.Timeout(now);
            AfterDtls(now);
        }

        if (IsConnected)
        {
            Publisher?.Timeout(now);
            Subscriber?.Timeout(now);
        }

        Reschedule();
    }

    /// <summary>Asks to be woken when the first of its machines wants to be.</summary>
    public void Reschedule()
    {
        var due = Math.Min(Ice.NextTimeout, _dtls?.NextTimeout ?? long.MaxValue);
        if (!IsConnected) due = Math.Min(due, _createdAt + _worker.Context.ConnectTimeout);
        else
        {
            if (Publisher is not null) due = Math.Min(due, Publisher.NextTimeout);
            if (Subscriber is not null) due = Math.Min(due, Subscriber.NextTimeout);
        }

        _worker.Timers.Schedule(this, due);
    }

    public Span<byte> BeginRtp() => _worker.Port.Reserve();

    public void SendRtp(int headerLength, ReadOnlySpan<byte> payload, ulong index)
    {
        var length = _sender!.SealRtp(_worker.Port.Reserve(), headerLength, payload, index);
        _worker.Port.Commit(length, ref _chain);
        _worker.Counters.RtpOut(length);
    }

    public void SendRtcp(ReadOnlySpan<byte> packet)
    {
        if (_sender is null) return;
        var datagram = _worker.Port.Reserve();
        packet.CopyTo(datagram);
        _worker.Port.Commit(_sender.SealRtcp(datagram, packet.Length), ref _chain);
        _worker.Counters.RtcpOut++;
    }

    /// <summary>Takes everything that leads to it out of the demultiplexer.</summary>
    public void Leave()
    {
        Forget();
        foreach (var credentials in _credentials) _worker.RemoveCredentials(credentials);
        for (var i = 0; i < Ice.PathCount; i++) _worker.RemovePath(Ice.GetPath(i), this);
    }

    /// <summary>Says goodbye if there is somebody to say it to, and lets go of everything.</summary>
    public void Close(long now)
    {
        if (_dtls is not null && Ice.HasPath)
        {
            _dtls.Close(now);
            Drain();
        }

        Dispose();
    }

    public void Dispose()
    {
        _dtls?.Dispose();
        _sender?.Dispose();
        _receiver?.Dispose();
        (_sender, _receiver) = (null, null); // Nothing is sealed for it any more: it is not connected.
        Publisher?.Dispose();
    }

    private void ReceiveStun(long now, ReadOnlySpan<byte> datagram, in NetworkPath source)
    {
        if (!StunMessage.TryParse(datagram, out var check))
        {
            _worker.Counters.Drop(DropReason.Malformed);
            return;
        }

        var outcome = Ice.Receive(now, check, source, _worker.Port.Reserve(), out var length);
        if (length > 0)
        {
            var back = new SendChain(source);
            _worker.Port.Commit(length, ref back);
        }

        if (!outcome.IsAccepted())
        {
            _worker.Counters.Drop(DropReason.StunIntegrity);
            return;
        }

        if (outcome == IceOutcome.Accepted) return;
        _worker.AddPath(source, this);
        if (outcome == IceOutcome.PathSelected)
        {
            _chain = new SendChain(Ice.Path);
            BeginHandshake(now);
        }

        Forget();
    }

    // Paths beyond what ICE remembers, and credentials of before a restart.
    private void Forget()
    {
        while (Ice.TryTakeForgotten(out var path)) _worker.RemovePath(path, this);
        while (Ice.TryTakeRetired(out var credentials))
        {
            _credentials.Remove(credentials);
            _worker.RemoveCredentials(credentials);
        }
    }

    // Not before there is a path: where we are the client, the first word is ours and has to go somewhere.
    private void BeginHandshake(long now)
    {
        if (_dtls is null || _isShaking) return;
        _isShaking = true;
        _dtls.Start(now);
        AfterDtls(now);
    }

    private void ReceiveDtls(long now, ReadOnlySpan<byte> datagram)
    {
        if (_dtls is null || !Ice.HasPath) return; // A path without a verified check gets no answer.
        if (_handshakeStartedAt == 0) _handshakeStartedAt = now;
        _dtls.Receive(now, datagram);
        AfterDtls(now);
    }

    private void AfterDtls(long now)
    {
        Drain();
        switch (_dtls!.State)
        {
            case DtlsState.Connected when _sender is null:
                var keys = _dtls.Keys!;
                _sender = new SrtpSender(keys.Profile, keys.LocalKey, keys.LocalSalt);
                _receiver = new SrtpReceiver(keys.Profile, keys.RemoteKey, keys.RemoteSalt);
                _worker.Counters.Handshake(now - _handshakeStartedAt);
                _worker.Context.Events.Publish(new SfuEvent(SfuEvent.Connected, Room.Id, Participant, Id));
                Subscriber?.Connected(now);
                break;
            case DtlsState.Closed:
                _worker.Close(this, CloseReason.PeerClosed);
                break;
            case DtlsState.Failed:
                _worker.Close(this, _dtls.Failure == DtlsFailure.WrongFingerprint ? CloseReason.WrongFingerprint : CloseReason.HandshakeFailed);
                break;
        }
    }

    private void Drain()
    {
        while (_dtls!.TryPoll(_worker.Port.Reserve(), out var length)) _worker.Port.Commit(length, ref _chain);
    }

    private void ReceiveRtcp(long now, ReadOnlySpan<byte> packet)
    {
        _worker.Counters.RtcpIn++;
        Publisher?.ReceiveRtcp(now, packet);
        Subscriber?.ReceiveRtcp(now, packet);
    }

    private bool Accept(SrtpError error)
    {
        if (error == SrtpError.None) return true;
        _worker.Counters.Drop(error switch
        {
            SrtpError.AuthenticationFailed => DropReason.SrtpAuth,
            SrtpError.Replayed => DropReason.SrtpReplay,
            SrtpError.TooOld => DropReason.SrtpTooOld,
            SrtpError.TooManySources => DropReason.TooManySources,
            _ => DropReason.Malformed,
        });
        return false;
    }
}
