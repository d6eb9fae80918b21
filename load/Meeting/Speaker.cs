using System.Net;
using RtcHub.Load.Clients;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Load.Meeting;

/// <summary>
/// What a person in a meeting sends, as a browser would as far as a forwarding server can tell: Opus with its level all the time, and
/// with a camera VP8 in three sizes, of which those that nobody watches rest.
/// </summary>
internal sealed class Speaker : SendingClient
{
    private const byte Loud = 25;
    private const byte Quiet = 80;
    private const int DtxPackets = 20;

    private readonly OutgoingStream _audio;
    private readonly SimulcastLayer[] _layers;
    private readonly long _frameInterval;
    private long _nextAudio = long.MaxValue;
    private long _nextFrame = long.MaxValue;
    private long _nextReport = long.MaxValue;
    private readonly bool _dtx;
    private ushort _transportSequence;
    private int _silent;

    public Speaker(ClientThread thread, IPAddress local, DtlsCertificate certificate, SrtpProfile profile, bool hasCamera, LoadOptions options)
        : base(thread, local, certificate, profile)
    {
        var random = new Random();
        _audio = new OutgoingStream(Publisher.AudioPayloadType, random);
        (_frameInterval, _dtx) = (1_000_000 / options.Rate, options.Dtx);
        _layers = hasCamera ? [new('q', 180, 150, options.Rate, random), new('h', 360, 500, options.Rate, random), new('f', 720, 1_500, options.Rate, random)] : [];
    }

    public bool HasCamera => _layers.Length > 0;

    public uint AudioSsrc => _audio.Ssrc;

    /// <summary>Whether it is this one's turn. Any thread.</summary>
    public bool Speaks { get; set; }

    protected override long NextMedia => Math.Min(Math.Min(_nextAudio, _nextFrame), _nextReport);

    /// <summary>These layers are watched, the others may rest. On the client's thread.</summary>
    public void Watch(IReadOnlyList<string> rids)
    {
        foreach (var layer in _layers)
        {
            var isWatched = rids.Contains($"{layer.Rid}");
            if (isWatched && !layer.IsWatched) layer.RequestKeyframe();
            layer.IsWatched = isWatched;
        }
    }

    protected override void OnConnected(long now)
    {
        // People do not tick together.
        var phase = Random.Shared.NextInt64(Math.Max(_frameInterval, AudioInterval));
        (_nextAudio, _nextReport) = (now + phase, now + phase);
        if (HasCamera) _nextFrame = now + phase;
    }

    protected override void ReceiveRtcp(long now, Span<byte> packet)
    {
        if (Receiver!.OpenRtcp(packet, out var length) != SrtpError.None || !RtcpCompound.TryParse(packet[..length], out var compound)) return;
        foreach (var report in compound)
        {
            if (!Pli.TryRead(report, out var pli)) continue;
            foreach (var layer in _layers)
            {
                if (layer.Stream.Ssrc == pli.MediaSsrc) layer.RequestKeyframe();
            }
        }
    }

    protected override void RunMedia(long now)
    {
        if (now >= _nextReport) SendReports(now);
        if (now >= _nextAudio) SendAudio(now);
        if (now < _nextFrame) return;
        _nextFrame = Math.Max(_nextFrame + _frameInterval, now - _frameInterval);
        foreach (var layer in _layers)
        {
            if (layer.IsWatched) SendFrame(now, layer);
        }
    }

    private void SendAudio(long now)
    {
        _nextAudio = Math.Max(_nextAudio + AudioInterval, now - AudioInterval);
        _audio.Timestamp += 960;
        _silent = Speaks ? 0 : _silent + 1;
        if (_dtx && _silent > 1 && _silent % DtxPackets != 0) return;
        var level = Speaks ? Loud + Random.Shared.Next(10) : Quiet + Random.Shared.Next(20);
        var header = WriteHeader(_audio, marker: false, (byte)'0', rid: default, new AudioLevel((byte)level, Speaks).ToByte());
        WriteNoise(header, AudioPayload);
        Seal(_audio, header, AudioPayload);
    }

    private void SendFrame(long now, SimulcastLayer layer)
    {
        for (var packets = layer.StartFrame(now); packets > 0; packets--)
        {
            var header = WriteHeader(layer.Stream, layer.IsLastPacket, (byte)'1', layer.Rid, level: null);
            WriteNoise(header, 1_300);
            Seal(layer.Stream, header, layer.WritePacket(Packet.AsSpan(header)));
        }
    }

    private int WriteHeader(OutgoingStream stream, bool marker, byte mid, char rid, byte? level)
    {
        RtpHeader.TryWrite(Packet, stream.PayloadType, marker, (ushort)stream.Index, stream.Timestamp, stream.Ssrc);
        var extensions = new RtpExtensionWriter(Packet);
        extensions.Add(MeetingSdp.Offered.Mid, [mid]);
        if (rid != default) extensions.Add(MeetingSdp.Offered.Rid, [(byte)rid]);
        if (level is { } value) extensions.Add(MeetingSdp.Offered.AudioLevel, [value]);
        extensions.Add(MeetingSdp.Offered.TransportCc, [(byte)(_transportSequence >> 8), (byte)_transportSequence]);
        _transportSequence++;
        extensions.TryFinish(out var length);
        return length;
    }

    private void SendReports(long now)
    {
        _nextReport = now + ReportInterval;
        SendReport(_audio, "speaker"u8);
        foreach (var layer in _layers) SendReport(layer.Stream, "speaker"u8);
    }
}
