using RtcHub.Rtc.Rtp;

namespace RtcHub.Load;

/// <summary>What came of one stream, by the sequence numbers alone. A stream that nobody named begins with its first packet.</summary>
internal sealed class Reception
{
    private RtpUnwrapper _unwrapper = new(16);
    private long _first = -1;

    public uint Ssrc { get; set; }

    public long Packets { get; private set; }

    public long Bytes { get; private set; }

    public long Highest => _unwrapper.Highest;

    public long Lost => _first < 0 ? 0 : Math.Max(0, Highest - _first + 1 - Packets);

    public void Receive(ushort sequence, int bytes)
    {
        var unwrapped = _unwrapper.Unwrap(sequence);
        if (_first < 0) _first = unwrapped;
        Packets++;
        Bytes += bytes;
    }

    public void Reset() => (_first, Packets, Bytes) = (-1, 0, 0);
}
