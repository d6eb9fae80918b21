using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using RtcHub.Rtc;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Sdp;
using RtcHub.Rtc.Srtp;
using RtcHub.Rtc.Stun;

namespace RtcHub.Sfu.Tests;

/// <summary>A client of the media service on loopback: ICE, DTLS and SRTP for real, media made by hand.</summary>
internal sealed class TestClient : IDisposable
{
    public const byte Opus = 111, Red = 63, Vp8 = 96, Vp8Rtx = 97;
    private const byte LevelId = 2;
    private static readonly DtlsCertificate Certificate = DtlsCertificate.Create(DateTimeOffset.UtcNow, TimeSpan.FromDays(30));
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly IceCredentials _credentials = IceCredentials.Create();
    private readonly IceControlling _ice;
    private readonly byte[] _buffer = new byte[2_048];
    private OpenSslDtls? _dtls;
    private IceCredentials? _remote;

    public TestClient(bool sends)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.ReceiveTimeout = 20;
        _socket.ReceiveBufferSize = 1 << 20;
        _ice = new IceControlling(_credentials, Now());
        Sends = sends;
    }

    public bool Sends { get; }

    /// <summary>Offers redundant audio, and rather than plain Opus.</summary>
    public bool HasRed { get; init; }

    public SrtpSender? Sender { get; private set; }

    public SrtpReceiver? Receiver { get; private set; }

    /// <summary>Plain RTP packets that came.</summary>
    public List<byte[]> Rtp { get; } = [];

    /// <summary>Plain RTCP compounds that came.</summary>
    public List<byte[]> Rtcp { get; } = [];

    public bool IsClosed => _dtls?.State is DtlsState.Closed or DtlsState.Failed;

    public IPEndPoint Server { get; private set; } = new(IPAddress.Loopback, 0);

    public uint AudioSsrc { get; } = 1_000;

    public uint VideoSsrc { get; } = 2_000;

    public uint RtxSsrc { get; } = 2_001;

    public string Offer(string? fingerprint = null)
    {
        string Section(string kind, string mid, string codecs, string sources) =>
            $"m={kind} 9 UDP/TLS/RTP/SAVPF {(kind == "audio" ? $"{(HasRed ? $"{Red} " : "")}{Opus}" : $"{Vp8} {Vp8Rtx}")}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na={(Sends ? "sendonly" : "recvonly")}\r\na=rtcp-mux\r\n"
            + $"a=ice-ufrag:{_credentials.Ufrag}\r\na=ice-pwd:{_credentials.Password}\r\na=fingerprint:{fingerprint ?? Certificate.Fingerprint.ToString()}\r\na=setup:actpass\r\n{codecs}{(Sends ? sources : "")}";
        return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
            + Section("audio", "0", $"a=rtpmap:{Opus} opus/48000/2\r\n{(HasRed ? $"a=rtpmap:{Red} red/48000/2\r\na=fmtp:{Red} {Opus}/{Opus}\r\n" : "")}a=extmap:{LevelId} {ExtensionUris.AudioLevel}\r\n", $"a=ssrc:{AudioSsrc} cname:test\r\n")
            + Section("video", "1", $"a=rtpmap:{Vp8} VP8/90000\r\na=rtcp-fb:{Vp8} nack\r\na=rtcp-fb:{Vp8} nack pli\r\na=rtpmap:{Vp8Rtx} rtx/90000\r\na=fmtp:{Vp8Rtx} apt={Vp8}\r\n",
                $"a=ssrc-group:FID {VideoSsrc} {RtxSsrc}\r\na=ssrc:{VideoSsrc} cname:test\r\na=ssrc:{RtxSsrc} cname:test\r\n");
    }

    /// <summary>The answer to an offer of the service; <see cref="Connect"/> with that offer comes next.</summary>
    public string Answer(string offer)
    {
        Assert.True(SdpText.TryParse(offer, out var read, out _));
        read = read with { IsIceLite = false }; // What makes the answer is a server's, and would not take an offer of another.
        Assert.True(OfferAnswer.TryAgree(read, MediaCapabilities.Sending, MediaCapabilities.Sending, SdpDirection.RecvOnly, out var agreement, out var error), error?.ToString());
        var local = new LocalEnd { SessionId = "1", IceUfrag = _credentials.Ufrag, IcePassword = _credentials.Password, Fingerprint = Certificate.Fingerprint.ToString(), IsIceLite = false };
        return SdpText.Write(OfferAnswer.Answer(agreement, local)).Replace("a=setup:passive", "a=setup:active", StringComparison.Ordinal);
    }

    /// <summary>Takes the answer and goes through ICE and DTLS; false when the other end gives up.</summary>
    public bool Connect(string answer)
    {
        Assert.True(IceCredentials.TryCreate(Value(answer, "ice-ufrag"), Value(answer, "ice-pwd"), out _remote));
        var candidate = answer.Split("\r\n").Where(line => line.StartsWith("a=candidate", StringComparison.Ordinal))
            .Select(line => Candidate.TryParse(line, out var parsed, out _) ? parsed : null).First(each => each is { Transport: CandidateTransport.Udp })!;
        Assert.True(candidate.TryGetAddress(out var address));
        Server = address.ToIPEndPoint();
        Assert.True(Fingerprint.TryParse(Value(answer, "fingerprint"), out var fingerprint));
        _dtls = new OpenSslDtls(DtlsRole.Client, Certificate, fingerprint);
        _ice.SetRemote(_remote!);
        _ice.Add(new NetworkPath(address, 0), candidate.Priority);
        var started = false;
        Pump(() =>
        {
            if (!started && _ice.State == IceState.Connected)
            {
                started = true;
                _dtls.Start(Now());
            }

            return Sender is not null || IsClosed;
        });
        return Sender is not null;
    }

    /// <summary>Lives until something is so; fails when it is not in time.</summary>
    public void Pump(Func<bool> until)
    {
        for (var waited = Stopwatch.StartNew(); !until();)
        {
            Assert.True(waited.Elapsed < Patience, "It did not come to that.");
            Turn();
        }
    }

    /// <summary>Seals and sends an RTP packet.</summary>
    public byte[] Send(byte payloadType, bool marker, ulong index, uint timestamp, uint ssrc, ReadOnlySpan<byte> payload)
    {
        var packet = new byte[RtpHeader.FixedLength + payload.Length + Sender!.Overhead];
        RtpHeader.TryWrite(packet, payloadType, marker, (ushort)index, timestamp, ssrc);
        Sender.SealRtp(packet, RtpHeader.FixedLength, payload, index);
        SendRaw(packet);
        return packet;
    }

    /// <summary>One packet of Opus that says how loud it is.</summary>
    public void SendSound(ulong index, byte level, byte mark)
    {
        var packet = new byte[RtpHeader.FixedLength + 8 + 3 + Sender!.Overhead];
        RtpHeader.TryWrite(packet, Opus, false, (ushort)index, (uint)(960 * index), AudioSsrc);
        var extensions = new RtpExtensionWriter(packet);
        extensions.Add(LevelId, [new AudioLevel(level, level < 127).ToByte()]);
        Assert.True(extensions.TryFinish(out var header));
        SendRaw(packet.AsSpan(0, Sender.SealRtp(packet, header, [mark, mark, mark], index)));
    }

    /// <summary>One frame of VP8 in one packet.</summary>
    public void SendFrame(ulong index, bool keyframe, byte mark) =>
        Send(Vp8, true, index, (uint)(index * 3_000), VideoSsrc, [0x90, 0xE0, (byte)(0x80 | index >> 8), (byte)index, (byte)index, 0, (byte)(keyframe ? 0 : 1), mark, mark, mark]);

    public void SendRtcp(Span<byte> compound)
    {
        var packet = new byte[compound.Length + Sender!.RtcpOverhead];
        compound.CopyTo(packet);
        SendRaw(packet.AsSpan(0, Sender.SealRtcp(packet, compound.Length)));
    }

    public void SendRaw(ReadOnlySpan<byte> datagram) => _socket.SendTo(datagram, Server);

    public void Dispose()
    {
        if (_dtls is not null && Sender is not null)
        {
            _dtls.Close(Now());
            Drain();
        }

        _dtls?.Dispose();
        Sender?.Dispose();
        Receiver?.Dispose();
        _socket.Dispose();
    }

    /// <summary>Does what is due, and takes what comes within a moment.</summary>
    public void Turn()
    {
        var now = Now();
        if (now >= _ice.NextTimeout) _ice.Timeout(now);
        while (_ice.TryPoll(_buffer, out var length, out _)) SendRaw(_buffer.AsSpan(0, length));
        if (_dtls is not null && now >= _dtls.NextTimeout) _dtls.Timeout(now);
        Drain();
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            var received = _socket.ReceiveFrom(_buffer, ref from);
            Take(_buffer.AsSpan(0, received), Address.From((IPEndPoint)from));
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.ConnectionRefused)
        {
            // Nothing came.
        }
    }

    private void Take(Span<byte> datagram, Address from)
    {
        switch (Datagram.Classify(datagram))
        {
            case DatagramKind.Stun when StunMessage.TryParse(datagram, out var message):
                Span<byte> response = stackalloc byte[256];
                _ice.Receive(Now(), message, new NetworkPath(from, 0), response, out var length);
                if (length > 0) SendRaw(response[..length]);
                break;
            case DatagramKind.Dtls when _dtls is not null:
                _dtls.Receive(Now(), datagram);
                Drain();
                break;
            case DatagramKind.Rtp when Receiver is not null:
                if (Receiver.OpenRtp(datagram, out length, out _) == SrtpError.None) Rtp.Add(datagram[..length].ToArray());
                break;
            case DatagramKind.Rtcp when Receiver is not null:
                if (Receiver.OpenRtcp(datagram, out length) == SrtpError.None) Rtcp.Add(datagram[..length].ToArray());
                break;
        }
    }

    private void Drain()
    {
        if (_dtls is null) return;
        Span<byte> datagram = stackalloc byte[IDtls.MaxDatagram];
        while (_dtls.TryPoll(datagram, out var length)) SendRaw(datagram[..length]);
        if (_dtls.State != DtlsState.Connected || Sender is not null) return;
        var keys = _dtls.Keys!;
        Sender = new SrtpSender(keys.Profile, keys.LocalKey, keys.LocalSalt);
        Receiver = new SrtpReceiver(keys.Profile, keys.RemoteKey, keys.RemoteSalt);
    }

    private static long Now() => (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));

    private static string Value(string sdp, string attribute) => Regex.Match(sdp, $"a={attribute}:([^\r\n]+)").Groups[1].Value;
}
