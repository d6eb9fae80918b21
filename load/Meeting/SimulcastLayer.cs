using System.Buffers.Binary;
using RtcHub.Load.Clients;

namespace RtcHub.Load.Meeting;

/// <summary>One of the sizes in which a camera is sent.</summary>
internal sealed class SimulcastLayer(char rid, int height, int kilobits, int rate, Random random)
{
    private const long KeyframeSpacing = 500_000;

    // Frames are as large as at the usual rate: fewer of them are a smaller load of the same kind.
    private readonly VideoFrames _frames = new(kilobits, random);
    private ushort _pictureId = (ushort)random.Next(0x8000);
    private bool _keyframeWanted = true;
    private long _mayKeyframeAt;
    private int _packetsLeft;

    public char Rid => rid;

    public OutgoingStream Stream { get; } = new(Publisher.VideoPayloadType, random);

    /// <summary>Somebody watches it, as far as was told.</summary>
    public bool IsWatched { get; set; } = true;

    public bool IsLastPacket => _packetsLeft == 1;

    public void RequestKeyframe() => _keyframeWanted = true;

    /// <summary>Begins a frame; how many packets it has.</summary>
    public int StartFrame(long now)
    {
        var keyframe = _keyframeWanted && now >= _mayKeyframeAt;
        if (keyframe) (_keyframeWanted, _mayKeyframeAt) = (false, now + KeyframeSpacing);
        _frames.Next(keyframe);
        _pictureId = (ushort)((_pictureId + 1) & 0x7FFF);
        Stream.Timestamp += (uint)(90_000 / rate);
        return _packetsLeft = _frames.PacketCount;
    }

    /// <summary>
    /// Writes what a forwarder reads of the next packet: VP8's descriptor with a picture id of 15 bits (RFC 7741 section 4.2), on the
    /// first packet the frame's header (section 4.3). The length of the payload.
    /// </summary>
    public int WritePacket(Span<byte> payload)
    {
        var isFirst = _packetsLeft-- == _frames.PacketCount;
        var length = _frames.NextPacket();
        (payload[0], payload[1], payload[2], payload[3]) = ((byte)(isFirst ? 0x90 : 0x80), 0x80, (byte)(0x80 | _pictureId >> 8), (byte)_pictureId);
        if (!isFirst) return length;
        payload[4] = (byte)(_frames.IsKeyframe ? 0x10 : 0x11);
        if (!_frames.IsKeyframe) return length;
        ReadOnlySpan<byte> start = [0x9D, 0x01, 0x2A];
        start.CopyTo(payload[7..]);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[10..], (ushort)(height * 16 / 9));
        BinaryPrimitives.WriteUInt16LittleEndian(payload[12..], (ushort)height);
        return length;
    }
}
