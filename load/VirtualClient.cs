using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;
using RtcHub.Rtc.Stun;

namespace RtcHub.Load;

/// <summary>Where a client is on its way in.</summary>
internal enum ClientState
{
    Describing,
    Checking,
    Handshaking,
    Connected,
    Failed,
}

/// <summary>
/// One participant that is not there: a real ICE, DTLS and SRTP endpoint with a port of its own. A viewer counts what comes by
/// the sequence numbers of the headers, which are not encrypted; only one that <see cref="Decrypts"/> looks further, checks the
/// integrity and reads when the packet was sent. Owned by a <see cref="ClientLoop"/> once it has started.
/// </summary>
internal sealed class VirtualClient : IDisposable
{
    private const long CheckInterval = 100_000;
    private const long ConsentInterval = 5_000_000;
    private const long ReportInterval = 1_000_000;
    private const long Patience = 20_000_000;

    private readonly DtlsCertificate _certificate;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
    private readonly string _ufrag = RandomNumberGenerator.GetHexString(8);
    private readonly string _password = RandomNumberGenerator.GetHexString(24);
    private readonly ulong _tieBreaker = (ulong)Random.Shared.NextInt64();
    private readonly byte[] _datagram = new byte[2_048];
    private readonly Reception _audio = new();
    private readonly Reception _video = new();
    private RemoteDescription? _remote;
    private OpenSslDtls? _dtls;
    private SrtpSender? _sender;
    private SrtpReceiver? _receiver;
    private long _nextCheck;
    private long _nextReport;
    private long _startedAt;

    public VirtualClient(DtlsCertificate certificate, bool publishes, bool decrypts, bool audio)
    {
        (_certificate, Publishes, Decrypts, HasAudio) = (certificate, publishes, decrypts, audio);
        _socket.Bind(new IPEndPoint(LocalAddress.Find(), 0));
        _socket.ReceiveBufferSize = 4 << 20;
        AudioSsrc = (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);
        VideoSsrc = AudioSsrc + 1;
    }

    public bool Publishes { get; }

    public bool Decrypts { get; }

    public bool HasAudio { get; }

    public uint AudioSsrc { get; }

    public uint VideoSsrc { get; }

    public ClientState State { get; private set; }

    /// <summary>Microseconds from the first word to the server until the keys were there.</summary>
    public long JoinTime { get; private set; }

    /// <summary>Which SRTP profile was agreed on.</summary>
    public SrtpProfile Profile { get; private set; }

    /// <summary>Packets that came with a wrong tag; only a client that decrypts would know.</summary>
    public long Damaged { get; private set; }

    public long Packets => _audio.Packets + _video.Packets;

    public long Bytes => _audio.Bytes + _video.Bytes;

    public long Lost => _audio.Lost + _video.Lost;

    /// <summary>The server asked for a keyframe since the last look.</summary>
    public bool WantsKeyframe { get; set; }

    internal int Descriptor => (int)_socket.Handle;

    public RemoteDescription Remote => _remote ?? throw new LoadException("The client has no description of the server yet.");

    public string Offer()
    {
        _startedAt = Clock.Now();
        return ClientSdp.Offer(_ufrag, _password, _certificate.Fingerprint.ToString(), Publishes ? "sendonly" : "recvonly", AudioSsrc, VideoSsrc, HasAudio);
    }

    /// <summary>The server's answer to <see cref="Offer"/>.</summary>
    public void Accept(string answer) => Begin(ClientSdp.Parse(answer));

    /// <summary>The client's answer to an offer of the server.</summary>
    public string Answer(string offer)
    {
        _startedAt = Clock.Now();
        Begin(ClientSdp.Parse(offer));
        return ClientSdp.Answer(offer, _ufrag, _password, _certificate.Fingerprint.ToString());
    }

    /// <summary>Forgets what was counted so far: the steady state begins.</summary>
    public void Reset()
    {
        _audio.Reset();
        _video.Reset();
    }

    /// <summary>A datagram from the server.</summary>
    public void Receive(long now, Span<byte> datagram, LatencyRecord latency)
    {
        switch (Datagram.Classify(datagram))
        {
            case DatagramKind.Rtp when _receiver is not null:
                ReceiveRtp(now, datagram, latency);
                break;
            case DatagramKind.Rtcp when _receiver is not null && Publishes:
                if (_receiver.OpenRtcp(datagram, out var length) == SrtpError.None && Feedback.AsksForKeyframe(datagram[..length], VideoSsrc)) WantsKeyframe = true;
                break;
            case DatagramKind.Stun:
                ReceiveStun(now, datagram);
                break;
            case DatagramKind.Dtls when _dtls is not null:
                _dtls.Receive(now, datagram);
                AfterDtls(now);
                break;
        }
    }

    /// <summary>Checks, retransmissions, consent, reports: whatever is due.</summary>
    public void Tick(long now)
    {
        if (State is ClientState.Describing or ClientState.Failed) return;
        if (State != ClientState.Connected && now - _startedAt > Patience)
        {
            State = ClientState.Failed;
            return;
        }

        if (now >= _nextCheck) Check(now);
        if (_dtls is not null && now >= _dtls.NextTimeout)
        {
            _dtls.Timeout(now);
            AfterDtls(now);
        }

        if (State == ClientState.Connected && !Publishes && now >= _nextReport) Report(now);
    }

    /// <summary>Seals and sends an RTP packet whose header and payload lie in <paramref name="packet"/>.</summary>
    public void SendRtp(Span<byte> packet, int length, ulong index)
    {
        var sealedLength = _sender!.SealRtp(packet, RtpHeader.FixedLength, packet[RtpHeader.FixedLength..length], index);
        Send(packet[..sealedLength]);
    }

    public void Dispose()
    {
        if (_dtls is not null && State == ClientState.Connected)
        {
            _dtls.Close(Clock.Now());
            Drain();
        }

        _dtls?.Dispose();
        _sender?.Dispose();
        _receiver?.Dispose();
        _socket.Dispose();
    }

    private void Begin(RemoteDescription remote)
    {
        _remote = remote;
        _socket.Connect(remote.Candidate.ToIPEndPoint());
        State = ClientState.Checking;
    }

    private void ReceiveRtp(long now, Span<byte> datagram, LatencyRecord latency)
    {
        var reception = RtpHeader.PayloadType(datagram) == _remote!.Audio ? _audio : _video;
        reception.Ssrc = RtpHeader.Ssrc(datagram);
        reception.Receive(RtpHeader.SequenceNumber(datagram), datagram.Length);
        if (!Decrypts) return;
        if (_receiver!.OpenRtp(datagram, out var length, out _) != SrtpError.None)
        {
            Damaged++;
            return;
        }

        if (RtpPacket.TryParse(datagram[..length], out var packet) && MediaSource.TryGetSentAt(packet.Payload, reception == _video, out var sentAt)) latency.Add(now - sentAt);
    }

    private void ReceiveStun(long now, ReadOnlySpan<byte> datagram)
    {
        if (!StunMessage.TryParse(datagram, out var message)) return;
        if (message.Class == StunClass.Request)
        {
            // A full agent at the other end checks back (RFC 8445 section 7.3).
            Span<byte> response = stackalloc byte[128];
            var writer = new StunWriter(response, StunClass.Success, StunMethod.Binding, message.TransactionId);
            writer.AddXorAddress(StunAttributeType.XorMappedAddress, _remote!.Candidate);
            writer.AddIntegrity(Encoding.ASCII.GetBytes(_password));
            writer.AddFingerprint();
            if (writer.TryFinish(out var length)) Send(response[..length]);
            return;
        }

        if (State != ClientState.Checking || message.Class != StunClass.Success) return;
        if (!StunIntegrity.Verify(message, Encoding.ASCII.GetBytes(_remote!.Password))) return;
        State = ClientState.Handshaking;
        _nextCheck = now + ConsentInterval;
        _dtls = new OpenSslDtls(DtlsRole.Client, _certificate, Fingerprint.TryParse(_remote.Fingerprint, out var fingerprint) ? fingerprint : throw new LoadException("The server's fingerprint is none."));
        _dtls.Start(now);
        Drain();
    }

    private void AfterDtls(long now)
    {
        Drain();
        if (_dtls!.State == DtlsState.Failed) State = ClientState.Failed;
        if (_dtls.State != DtlsState.Connected || _sender is not null) return;
        var keys = _dtls.Keys!;
        _sender = new SrtpSender(keys.Profile, keys.LocalKey, keys.LocalSalt);
        _receiver = new SrtpReceiver(keys.Profile, keys.RemoteKey, keys.RemoteSalt);
        Profile = keys.Profile;
        JoinTime = now - _startedAt;
        _nextReport = now + Random.Shared.NextInt64(ReportInterval);
        State = ClientState.Connected;
    }

    private void Check(long now)
    {
        Span<byte> id = stackalloc byte[StunMessage.TransactionIdLength];
        Random.Shared.NextBytes(id);
        Span<byte> tieBreaker = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(tieBreaker, _tieBreaker);
        Span<byte> request = stackalloc byte[256];
        var writer = new StunWriter(request, StunClass.Request, StunMethod.Binding, id);
        writer.AddText(StunAttributeType.Username, $"{_remote!.Ufrag}:{_ufrag}");
        writer.AddUInt32(StunAttributeType.Priority, 0x6E7F_1EFF); // A host candidate (RFC 8445 section 5.1.2.1).
        writer.Add(StunAttributeType.IceControlling, tieBreaker);
        writer.Add(StunAttributeType.UseCandidate);
        writer.AddIntegrity(Encoding.ASCII.GetBytes(_remote.Password));
        writer.AddFingerprint();
        if (writer.TryFinish(out var length)) Send(request[..length]);
        _nextCheck = now + (State == ClientState.Checking ? CheckInterval : ConsentInterval * 3 / 4 + Random.Shared.NextInt64(ConsentInterval / 2));
    }

    private void Report(long now)
    {
        _nextReport = now + ReportInterval;
        var length = Feedback.WriteReceiverReport(_datagram, VideoSsrc, _audio, _video);
        Send(_datagram.AsSpan(0, _sender!.SealRtcp(_datagram, length)));
    }

    private void Drain()
    {
        while (_dtls!.TryPoll(_datagram, out var length)) Send(_datagram.AsSpan(0, length));
    }

    private void Send(ReadOnlySpan<byte> datagram) => _socket.Send(datagram, SocketFlags.None, out _);
}
