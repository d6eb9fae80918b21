using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using RtcHub.Rtc;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Stun;

namespace RtcHub.Sfu.Tests.Transports;

/// <summary>One of many clients that one thread drives: ICE and DTLS over a socket of its own on loopback, and no media.</summary>
internal sealed class StormClient : IDisposable
{
    private static readonly DtlsCertificate Certificate = DtlsCertificate.Create(DateTimeOffset.UtcNow, TimeSpan.FromDays(30));

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly IceCredentials _credentials = IceCredentials.Create();
    private readonly IceControlling _ice;
    private readonly DtlsRole _role;
    private readonly byte[] _buffer = new byte[2_048];
    private OpenSslDtls? _dtls;
    private EndPoint? _server;
    private bool _isShaking;

    /// <param name="role">In the DTLS handshake; browsers are clients.</param>
    public StormClient(DtlsRole role = DtlsRole.Client)
    {
        _role = role;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _ice = new IceControlling(_credentials, Now());
    }

    public Socket Socket => _socket;

    public DtlsState State => _dtls?.State ?? DtlsState.Handshaking;

    public string Offer =>
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\n"
        + $"a=ice-ufrag:{_credentials.Ufrag}\r\na=ice-pwd:{_credentials.Password}\r\na=fingerprint:{Certificate.Fingerprint}\r\n"
        + $"a=setup:{(_role == DtlsRole.Client ? "actpass" : "passive")}\r\na=rtpmap:111 opus/48000/2\r\n";

    /// <summary>Knows its server from here on; nothing is sent yet.</summary>
    public void Take(string answer)
    {
        Assert.True(IceCredentials.TryCreate(Value(answer, "ice-ufrag"), Value(answer, "ice-pwd"), out var remote));
        Assert.True(Fingerprint.TryParse(Value(answer, "fingerprint"), out var fingerprint));
        Assert.Equal(_role == DtlsRole.Client ? "passive" : "active", Value(answer, "setup"));
        var candidate = answer.Split("\r\n").Where(line => line.StartsWith("a=candidate", StringComparison.Ordinal))
            .Select(line => Candidate.TryParse(line, out var parsed, out _) ? parsed : null).First(each => each is { Transport: CandidateTransport.Udp })!;
        Assert.True(candidate.TryGetAddress(out var address));
        _server = address.ToIPEndPoint();
        _dtls = new OpenSslDtls(_role, Certificate, fingerprint);
        _ice.SetRemote(remote!);
        _ice.Add(new NetworkPath(address, 0), candidate.Priority);
    }

    /// <summary>Does what is to be done now, without waiting.</summary>
    public void Turn()
    {
        while (_socket.Available > 0) Take(_buffer.AsSpan(0, _socket.Receive(_buffer)));
        var now = Now();
        if (now >= _ice.NextTimeout) _ice.Timeout(now);
        while (_ice.TryPoll(_buffer, out var length, out _)) Send(_buffer.AsSpan(0, length));
        if (!_isShaking && _ice.State == IceState.Connected)
        {
            _isShaking = true;
            _dtls!.Start(now);
        }

        if (_dtls is null) return;
        _dtls.Timeout(now);
        while (_dtls.TryPoll(_buffer, out var length)) Send(_buffer.AsSpan(0, length));
    }

    public void Leave()
    {
        _dtls!.Close(Now());
        Turn();
    }

    public void Dispose()
    {
        _dtls?.Dispose();
        _socket.Dispose();
    }

    private void Take(Span<byte> datagram)
    {
        var kind = Datagram.Classify(datagram);
        if (kind == DatagramKind.Dtls) _dtls!.Receive(Now(), datagram);
        if (kind != DatagramKind.Stun || !StunMessage.TryParse(datagram, out var message)) return;
        Span<byte> response = stackalloc byte[256];
        _ice.Receive(Now(), message, new NetworkPath(Address.From((IPEndPoint)_server!), 0), response, out var length);
        if (length > 0) Send(response[..length]);
    }

    private void Send(ReadOnlySpan<byte> datagram) => _socket.SendTo(datagram, _server!);

    private static long Now() => (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));

    private static string Value(string sdp, string attribute) => Regex.Match(sdp, $"a={attribute}:([^\r\n]+)").Groups[1].Value;
}
