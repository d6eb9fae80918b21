using System.Net;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Load.Clients;

/// <summary>A participant that sends: noise of the right sizes under a <see cref="Stamp"/>, and sender reports.</summary>
internal abstract class SendingClient : VirtualClient
{
    protected const long AudioInterval = 20_000;
    protected const long ReportInterval = 1_000_000;
    protected const int AudioPayload = 120;

    private readonly byte[] _noise = new byte[1600];

    protected SendingClient(ClientThread thread, IPAddress local, DtlsCertificate certificate, SrtpProfile profile)
        : base(thread, local, certificate, profile) => Random.Shared.NextBytes(_noise);

    /// <summary>RTP packets since the start. On the client's thread.</summary>
    public long Sent { get; private set; }

    public override bool NeedsPreciseTimers => IsConnected;

    protected override bool Decrypts => true;

    /// <summary>The packet that is being written.</summary>
    protected byte[] Packet { get; } = new byte[1600];

    protected override void ReceiveRtp(long now, Span<byte> packet, long arrival)
    {
    }

    /// <summary>The payload of the packet, behind its header.</summary>
    protected Span<byte> WriteNoise(int header, int length)
    {
        _noise.AsSpan(0, length).CopyTo(Packet.AsSpan(header));
        return Packet.AsSpan(header, length);
    }

    protected void Seal(OutgoingStream stream, int header, int payload)
    {
        Stamp.Write(Packet.AsSpan(header, payload), Stamp.Now);
        var length = Sender!.SealRtp(Packet, header, Packet.AsSpan(header, payload), stream.Index);
        stream.Count(payload);
        Sent++;
        Send(Packet.AsSpan(0, length));
    }

    protected void SendReport(OutgoingStream stream, ReadOnlySpan<byte> cname)
    {
        if (stream.Packets == 0) return;
        var writer = new RtcpWriter(Packet);
        new SenderReport(stream.Ssrc, NtpTime.FromMicroseconds(Stamp.Now + NtpTime.UnixEpoch), stream.Timestamp, stream.Packets, stream.Octets).Write(ref writer);
        SourceDescription.Write(ref writer, stream.Ssrc, cname);
        if (writer.TryFinish(out var length)) Send(Packet.AsSpan(0, Sender!.SealRtcp(Packet, length)));
    }
}
