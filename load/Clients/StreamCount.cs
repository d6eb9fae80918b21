using RtcHub.Rtc.Rtp;

namespace RtcHub.Load.Clients;

/// <summary>One RTP stream as its receiver counts it: by sequence numbers, which are readable without a key.</summary>
internal struct StreamCount(uint ssrc)
{
    private bool _started;
    private long _base;
    private long _highest;
    private long _received;

    public readonly uint Ssrc => ssrc;

    /// <summary>Highest sequence number since the last <see cref="Restart"/>, for receiver reports.</summary>
    public readonly uint ExtendedHighest => (uint)_highest;

    /// <summary>Packets that came since the last <see cref="Restart"/>.</summary>
    public readonly long Received => _received;

    /// <summary>Packets that should have come, by their numbers.</summary>
    public readonly long Expected => _started ? _highest - _base : 0;

    public void Receive(ushort sequenceNumber)
    {
        if (!_started)
        {
            _started = true;
            _highest = sequenceNumber;
            _base = sequenceNumber - 1;
        }

        _highest = Math.Max(_highest, SequenceNumber.Unwrap(_highest, sequenceNumber, 16));
        _received++;
    }

    /// <summary>Counts from here on.</summary>
    public void Restart() => (_base, _received) = (_highest, 0);
}
