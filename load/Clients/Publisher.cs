using System.Net;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Load.Clients;

/// <summary>
/// Sends VP8 and Opus as a browser would as far as a forwarding server can tell: sizes, descriptors, header extensions, sender reports,
/// a keyframe at the start and whenever one is asked for. What is in the frames is noise and a <see cref="Stamp"/>.
/// </summary>
internal sealed class Publisher : SendingClient
{
    public const byte VideoPayloadType = 96;
    public const byte AudioPayloadType = 111;

    private const long FrameInterval = 1_000_000 / VideoFrames.UsualRate;
    private const long KeyframeSpacing = 500_000;
    private const double PacingFactor = 2.5;

    private readonly Media _media;
    private readonly VideoFrames _frames;
    private readonly OutgoingStream _audio;
    private readonly OutgoingStream _video;
    private RemoteExtensions _extensions;
    private long _nextAudio = long.MaxValue;
    private long _nextFrame = long.MaxValue;
    private long _nextPacket = long.MaxValue;
    private long _nextReport = long.MaxValue;
    private long _mayKeyframeAt;
    private bool _keyframeWanted = true;
    private int _packetsLeft;
    private ushort _pictureId;

    public Publisher(ClientThread thread, IPAddress local, DtlsCertificate certificate, SrtpProfile profile, Media media)
        : base(thread, local, certificate, profile)
    {
        var random = new Random();
        (_media, _frames) = (media, new VideoFrames(media.VideoKilobits, random));
        _audio = new OutgoingStream(AudioPayloadType, random);
        _video = new OutgoingStream(VideoPayloadType, random);
        _pictureId = (ushort)random.Next(0x8000);
    }

    public uint AudioSsrc => _audio.Ssrc;

    public uint VideoSsrc => _video.Ssrc;

    /// <summary>Ids by which header extensions were negotiated; 0: not.</summary>
    public RemoteExtensions Extensions { set => _extensions = value; }

    public Media Media => _media;

    public long KeyframesAsked { get; private set; }

    protected override long NextMedia => Math.Min(Math.Min(_nextAudio, _nextFrame), Math.Min(_nextPacket, _nextReport));

    protected override void OnConnected(long now)
    {
        // Publishers do not tick together.
        var phase = Random.Shared.NextInt64(FrameInterval);
        if (_media.Audio) _nextAudio = now + phase;
        if (_media.VideoKilobits > 0) _nextFrame = now + phase;
        _nextReport = now + phase;
    }

    protected override void ReceiveRtcp(long now, Span<byte> packet)
    {
        if (Receiver!.OpenRtcp(packet, out var length) != SrtpError.None || !RtcpCompound.TryParse(packet[..length], out var compound)) return;
        foreach (var report in compound)
        {
            if (!Pli.TryRead(report, out _) && !Fir.TryRead(report, out _)) continue;
            KeyframesAsked++;
            _keyframeWanted = true;
        }
    }

    protected override void RunMedia(long now)
    {
        if (now >= _nextReport) SendReports(now);
        if (now >= _nextAudio) SendAudio(now);
        if (now >= _nextFrame) StartFrame(now);
        while (_packetsLeft > 0 && now >= _nextPacket) SendVideo();
    }

    private void SendAudio(long now)
    {
        _nextAudio = Math.Max(_nextAudio + AudioInterval, now - AudioInterval);
        var header = WriteHeader(_audio, marker: false, _extensions.AudioMid, level: true);
        WriteNoise(header, AudioPayload)[0] = 0x78; // CELT, 20 ms, one frame.
        Seal(_audio, header, AudioPayload);
        _audio.Timestamp += 960;
    }

    private void StartFrame(long now)
    {
        if (_packetsLeft > 0) Drain();
        _nextFrame = Math.Max(_nextFrame + FrameInterval, now - FrameInterval);
        var keyframe = _keyframeWanted && now >= _mayKeyframeAt;
        if (keyframe) (_keyframeWanted, _mayKeyframeAt) = (false, now + KeyframeSpacing);
        _frames.Next(keyframe);
        _packetsLeft = _frames.PacketCount;
        _nextPacket = now;
        _pictureId = (ushort)((_pictureId + 1) & 0x7FFF);
        _video.Timestamp += 90_000 / VideoFrames.UsualRate;
    }

    private void Drain()
    {
        while (_packetsLeft > 0) SendVideo();
    }

    private void SendVideo()
    {
        var isFirst = _packetsLeft == _frames.PacketCount;
        var payload = _frames.NextPacket();
        var header = WriteHeader(_video, marker: _packetsLeft == 1, _extensions.VideoMid, level: false);
        WriteVp8(WriteNoise(header, payload), isFirst);
        Seal(_video, header, payload);
        _packetsLeft--;
        if (_packetsLeft == 0) _nextPacket = long.MaxValue;
        else if (_media.Paced) _nextPacket += (long)(payload * 8000 / (_media.VideoKilobits * PacingFactor));
    }

    /// <summary>RFC 7741 section 4.2: the descriptor with a picture id of 15 bits; on the first packet the frame's header, section 4.3.</summary>
    private void WriteVp8(Span<byte> payload, bool isFirst)
    {
        payload[0] = (byte)(isFirst ? 0x90 : 0x80); // X, S
        payload[1] = 0x80; // I
        payload[2] = (byte)(0x80 | _pictureId >> 8); // M
        payload[3] = (byte)_pictureId;
        if (!isFirst) return;
        payload[4] = (byte)(_frames.IsKeyframe ? 0x10 : 0x11); // P; shown
        if (!_frames.IsKeyframe) return;
        ReadOnlySpan<byte> start = [0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01]; // 640 x 360
        start.CopyTo(payload[7..]);
    }

    private int WriteHeader(OutgoingStream stream, bool marker, byte mid, bool level)
    {
        RtpHeader.TryWrite(Packet, stream.PayloadType, marker, (ushort)stream.Index, stream.Timestamp, stream.Ssrc);
        var extensions = new RtpExtensionWriter(Packet);
        extensions.Add(_extensions.Mid, [mid]);
        if (level) extensions.Add(_extensions.AudioLevel, [new AudioLevel(30, true).ToByte()]);
        extensions.TryFinish(out var length);
        return length;
    }

    private void SendReports(long now)
    {
        _nextReport = now + ReportInterval;
        SendReport(_audio, "publisher"u8);
        SendReport(_video, "publisher"u8);
    }
}

/// <summary>What the server's answer made of our header extensions: ids, and the mids as the one character that they are.</summary>
internal readonly record struct RemoteExtensions(int Mid, int AudioLevel, byte AudioMid, byte VideoMid);
