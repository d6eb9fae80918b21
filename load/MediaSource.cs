using System.Buffers.Binary;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Load;

/// <summary>
/// What a publisher sends: 30 frames a second as VP8 in packets of equal size to a byte, as libwebrtc cuts them, and Opus 50
/// times a second. Behind the payload descriptor stands when the packet was sent; the rest is noise.
/// </summary>
internal sealed class MediaSource(VirtualClient client, int videoKilobits, bool paced)
{
    private const int FramesPerSecond = 30;
    private const int MaxPayload = 1_150;
    private const int AudioPayload = 120;
    private const long FrameInterval = 1_000_000 / FramesPerSecond;
    private const long AudioInterval = 20_000;
    private const int DescriptorLength = 6; // X, I with 15 bits, L, T; then the payload header of VP8

    // A paced sender is allowed 2.5 times its rate, as libwebrtc's.
    private const double Pacing = 2.5;

    private readonly byte[] _packet = new byte[2_048];
    private readonly byte[] _noise = Noise();
    private long _audioIndex = Random.Shared.Next(1, 0x8000);
    private long _videoIndex = Random.Shared.Next(1, 0x8000);
    private long _nextAudio;
    private long _nextFrame;
    private long _nextPacket;
    private uint _videoTimestamp;
    private uint _audioTimestamp;
    private int _pictureId;
    private int _left;
    private int _count;
    private bool _isKeyframe = true;

    public long Packets { get; private set; }

    public long NextTimeout => client.State != ClientState.Connected ? long.MaxValue : Math.Min(client.HasAudio ? _nextAudio : long.MaxValue, _left > 0 ? _nextPacket : _nextFrame);

    public static bool TryGetSentAt(ReadOnlySpan<byte> payload, bool video, out long sentAt)
    {
        var at = video ? DescriptorLength + 10 : 0;
        sentAt = payload.Length >= at + 8 ? BinaryPrimitives.ReadInt64BigEndian(payload[at..]) : 0;
        return sentAt != 0;
    }

    public void Tick(long now)
    {
        if (client.State != ClientState.Connected) return;
        if (_nextFrame == 0) (_nextFrame, _nextAudio) = (now, now);
        if (client.HasAudio && now >= _nextAudio)
        {
            SendAudio(now);
            _nextAudio = Math.Max(_nextAudio + AudioInterval, now - AudioInterval);
        }

        if (_left == 0 && now >= _nextFrame)
        {
            _isKeyframe = client.WantsKeyframe || _pictureId == 0;
            client.WantsKeyframe = false;
            var bytes = videoKilobits * 1000 / 8 / FramesPerSecond * (_isKeyframe ? 4 : 1);
            _left = _count = Math.Max(1, (bytes + MaxPayload - 1) / MaxPayload);
            _size = bytes / _count;
            _pictureId = (_pictureId + 1) & 0x7FFF;
            _videoTimestamp += 90_000 / FramesPerSecond;
            _nextFrame = Math.Max(_nextFrame + FrameInterval, now - FrameInterval);
            _nextPacket = now;
        }

        while (_left > 0 && now >= _nextPacket)
        {
            SendVideo(now);
            if (paced) _nextPacket += (long)(_size * 8_000.0 / (videoKilobits * Pacing));
        }
    }

    private int _size;

    private void SendVideo(long now)
    {
        var first = _left == _count;
        var payload = _packet.AsSpan(RtpHeader.FixedLength);
        RtpHeader.TryWrite(_packet, ClientSdp.VideoPayloadType, _left == 1, (ushort)_videoIndex, _videoTimestamp, client.VideoSsrc);
        _noise.AsSpan(0, _size).CopyTo(payload);
        payload[0] = (byte)(0x80 | (first ? 0x10 : 0));
        payload[1] = 0xE0;
        BinaryPrimitives.WriteUInt16BigEndian(payload[2..], (ushort)(0x8000 | _pictureId));
        payload[4] = (byte)_pictureId;
        payload[5] = 0;
        if (first) payload[DescriptorLength] = (byte)(_isKeyframe ? 0x10 : 0x11); // the lowest bit: not a keyframe
        BinaryPrimitives.WriteInt64BigEndian(payload[(DescriptorLength + 10)..], now);
        client.SendRtp(_packet, RtpHeader.FixedLength + _size, (ulong)_videoIndex++);
        _left--;
        Packets++;
    }

    private void SendAudio(long now)
    {
        RtpHeader.TryWrite(_packet, ClientSdp.AudioPayloadType, false, (ushort)_audioIndex, _audioTimestamp, client.AudioSsrc);
        _noise.AsSpan(0, AudioPayload).CopyTo(_packet.AsSpan(RtpHeader.FixedLength));
        BinaryPrimitives.WriteInt64BigEndian(_packet.AsSpan(RtpHeader.FixedLength), now);
        client.SendRtp(_packet, RtpHeader.FixedLength + AudioPayload, (ulong)_audioIndex++);
        _audioTimestamp += 960;
        Packets++;
    }

    private static byte[] Noise()
    {
        var noise = new byte[2_048];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
