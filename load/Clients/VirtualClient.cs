using System.Net;
using RtcHub.Load.Signalling;
using RtcHub.Rtc;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;
using RtcHub.Rtc.Stun;

namespace RtcHub.Load.Clients;

/// <summary>
/// One participant: a real ICE, DTLS and SRTP end with a socket of its own. It belongs to a <see cref="ClientThread"/>; what is used
/// elsewhere says so.
/// </summary>
internal abstract class VirtualClient : IDisposable
{
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DtlsCertificate _certificate;
    private readonly SrtpProfile _profile;
    private readonly IceControlling _ice;
    private OpenSslDtls? _dtls;
    private bool _dtlsStarted;

    /// <summary>On any thread.</summary>
    protected VirtualClient(ClientThread thread, IPAddress local, DtlsCertificate certificate, SrtpProfile profile)
    {
        Thread = thread;
        Socket = new ClientSocket(local);
        (_certificate, _profile) = (certificate, profile);
        _ice = new IceControlling(Credentials, ClientThread.Now);
    }

    /// <summary>Any thread.</summary>
    public ClientThread Thread { get; }

    /// <summary>Any thread.</summary>
    public ClientSocket Socket { get; }

    /// <summary>Any thread.</summary>
    public IceCredentials Credentials { get; } = IceCredentials.Create();

    /// <summary>Any thread.</summary>
    public Fingerprint Fingerprint => _certificate.Fingerprint;

    /// <summary>Done when keys are there; fails when ICE or DTLS does. Any thread.</summary>
    public Task Connected => _connected.Task;

    /// <summary>What was negotiated, once connected.</summary>
    public SrtpProfile? Profile { get; private set; }

    public bool IsConnected => _connected.Task.IsCompletedSuccessfully;

    /// <summary>Is the timer to be kept to the millisecond?</summary>
    public virtual bool NeedsPreciseTimers => false;

    public long NextTimeout => Math.Min(Math.Min(_ice.NextTimeout, _dtls?.NextTimeout ?? long.MaxValue), IsConnected ? NextMedia : long.MaxValue);

    protected SrtpSender? Sender { get; private set; }

    /// <summary>When <see cref="RunMedia"/> has something to do.</summary>
    protected abstract long NextMedia { get; }

    /// <summary>Does it look into packets?</summary>
    protected abstract bool Decrypts { get; }

    protected SrtpReceiver? Receiver { get; private set; }

    /// <summary>Takes the server's session description and starts connecting. Any thread.</summary>
    public Task ConnectAsync(RemoteSdp remote) => Thread.InvokeAsync(() =>
    {
        var now = ClientThread.Now;
        _dtls = new OpenSslDtls(remote.Setup == "active" ? DtlsRole.Server : DtlsRole.Client, _certificate, remote.Fingerprint, _profile);
        _ice.Timeout(now);
        _ice.SetRemote(remote.Credentials);
        foreach (var candidate in remote.Candidates)
            if (candidate.Transport == CandidateTransport.Udp && candidate.Component == 1 && candidate.TryGetAddress(out var address))
                _ice.Add(new NetworkPath(address, 0), candidate.Priority);
        if (remote.Setup == "active") StartDtls(now);
        Timeout(now);
        return true;
    });

    public void Receive(long now, DatagramReader reader, int index)
    {
        var datagram = reader.Datagram(index);
        switch (Datagram.Classify(datagram))
        {
            case DatagramKind.Rtp when IsConnected:
                ReceiveRtp(now, datagram, reader.Arrival(index));
                break;
            case DatagramKind.Rtcp when IsConnected:
                ReceiveRtcp(now, datagram);
                break;
            case DatagramKind.Stun when reader.TryGetSource(index, out var source) && StunMessage.TryParse(datagram, out var message):
                _ice.Receive(now, message, new NetworkPath(source, 0), Thread.Scratch, out var length);
                if (length > 0) Socket.Send(Thread.Scratch.AsSpan(0, length), source);
                RunIce(now);
                break;
            case DatagramKind.Dtls when _dtls is not null:
                _dtls.Receive(now, datagram);
                RunDtls();
                break;
            default:
                break;
        }
    }

    public void Timeout(long now)
    {
        RunIce(now);
        if (_dtls is not null)
        {
            _dtls.Timeout(now);
            RunDtls();
        }

        if (IsConnected && now >= NextMedia) RunMedia(now);
    }

    public virtual void Dispose()
    {
        _connected.TrySetCanceled();
        _dtls?.Dispose();
        Sender?.Dispose();
        Receiver?.Dispose();
        Socket.Dispose();
    }

    protected abstract void ReceiveRtp(long now, Span<byte> packet, long arrival);

    protected virtual void ReceiveRtcp(long now, Span<byte> packet)
    {
    }

    protected abstract void RunMedia(long now);

    protected virtual void OnConnected(long now)
    {
    }

    protected void Send(ReadOnlySpan<byte> datagram) => Socket.Send(datagram, _ice.Path.Remote);

    private void RunIce(long now)
    {
        _ice.Timeout(now);
        while (_ice.TryPoll(Thread.Scratch, out var length, out var path)) Socket.Send(Thread.Scratch.AsSpan(0, length), path.Remote);
        if (_ice.State is IceState.Failed or IceState.Expired) _connected.TrySetException(new IOException($"ICE: {_ice.State}"));
        if (_ice.HasPath && _dtls is not null && !_dtlsStarted)
        {
            StartDtls(now);
            RunDtls();
        }
    }

    private void StartDtls(long now)
    {
        _dtlsStarted = true;
        _dtls!.Start(now);
    }

    private void RunDtls()
    {
        while (_ice.HasPath && _dtls!.TryPoll(Thread.Scratch, out var length)) Send(Thread.Scratch.AsSpan(0, length));
        if (_dtls!.State is DtlsState.Failed or DtlsState.Closed) _connected.TrySetException(new IOException($"DTLS: {_dtls.State} {_dtls.Failure}"));
        if (Profile is not null || _dtls.Keys is not { } keys) return;
        Profile = keys.Profile;
        Sender = new SrtpSender(keys.Profile, keys.LocalKey, keys.LocalSalt);
        if (Decrypts) Receiver = new SrtpReceiver(keys.Profile, keys.RemoteKey, keys.RemoteSalt);
        OnConnected(ClientThread.Now);
        _connected.TrySetResult();
    }
}
