namespace RtcHub.Load.Clients;

/// <summary>What a publisher sends.</summary>
/// <param name="VideoKilobits">Per second, at 30 frames; 0: no video.</param>
/// <param name="Audio">Opus, 50 packets of 120 bytes per second.</param>
/// <param name="Paced">A frame's packets at 2.5 times the rate of the video, as libwebrtc's pacer sends them; else all at once.</param>
internal sealed record Media(int VideoKilobits, bool Audio, bool Paced);

/// <summary>
/// The sizes of VP8 frames and packets as Chromium makes them: a frame is cut into as few packets as possible, which are of equal
/// size but for one byte, the smaller ones first.
/// </summary>
internal sealed class VideoFrames(int kilobits, Random random)
{
    /// <summary>Frames a second.</summary>
    public const int UsualRate = 30;

    // What Chromium leaves for a payload of an IPv4 datagram of 1,200 bytes with a few header extensions.
    private const int MaxPayload = 1160;
    private const double KeyframeFactor = 4;

    private int _size;
    private int _sent;

    public bool IsKeyframe { get; private set; }

    /// <summary>Of the present frame.</summary>
    public int PacketCount { get; private set; }

    public void Next(bool keyframe)
    {
        IsKeyframe = keyframe;
        var mean = kilobits * 125.0 / UsualRate;
        _size = Math.Max(64, (int)(mean * (keyframe ? KeyframeFactor : 0.8 + 0.4 * random.NextDouble())));
        PacketCount = (_size + MaxPayload - 1) / MaxPayload;
        _sent = 0;
    }

    /// <summary>The size of the next packet's payload.</summary>
    public int NextPacket()
    {
        var larger = _size % PacketCount;
        return _size / PacketCount + (_sent++ >= PacketCount - larger ? 1 : 0);
    }
}
