using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Rtcp;

/// <summary>
/// Loss and jitter of one incoming stream as RFC 3550 counts them (appendices A.3 and A.8). There is no probation of new
/// sources (appendix A.1): what comes here was authenticated.
/// </summary>
/// <param name="clockRate">Of the RTP timestamp, Hz.</param>
public sealed class ReceptionStatistics(int clockRate)
{
    private const long Second = 1_000_000;

    private RtpUnwrapper _sequence = new(16);
    private long _first;
    private long _expectedBefore;
    private long _receivedBefore;
    private uint _transit;
    private uint _jitter; // Times 16.
    private uint _lastReport;
    private long _lastReportAt;

    /// <summary>Packets, duplicates included.</summary>
    public long Received { get; private set; }

    /// <summary>Packets from the first to the highest sequence number.</summary>
    public long Expected => _sequence.IsStarted ? _sequence.Highest - _first + 1 : 0;

    /// <summary>Negative when there are more duplicates than losses.</summary>
    public long Lost => Expected - Received;

    /// <summary>In units of the RTP timestamp.</summary>
    public uint Jitter => _jitter >> 4;

    /// <summary>The highest sequence number, how often it wrapped in the upper 16 bits.</summary>
    public uint ExtendedHighest => (uint)_sequence.Highest;

    /// <summary>Counts a packet. Those that came by retransmission are not to be counted: what was lost on the way is to be seen.</summary>
    public void Receive(long now, ushort sequenceNumber, uint timestamp)
    {
        var isFirst = !_sequence.IsStarted;
        var number = _sequence.Unwrap(sequenceNumber);
        if (isFirst) _first = number;
        else if (number < _first) _first = number; // It was not the first after all.
        Received++;

        var arrival = (uint)(now / Second * clockRate + now % Second * clockRate / Second);
        var transit = arrival - timestamp;
        if (!isFirst)
        {
            var change = (uint)Math.Abs((long)SequenceNumber.Difference(transit, _transit));
            _jitter += change - (_jitter + 8 >> 4);
        }

        _transit = transit;
    }

    /// <summary>A SR of this stream came: reports refer to it from now on.</summary>
    public void ReceiveReport(long now, ulong ntp)
    {
        _lastReport = NtpTime.Middle(ntp);
        _lastReportAt = now;
    }

    /// <summary>What a report says now. Its fraction of lost packets covers the time since the report before.</summary>
    public ReportBlock Report(long now, uint ssrc)
    {
        var (expected, received) = (Expected - _expectedBefore, Received - _receivedBefore);
        (_expectedBefore, _receivedBefore) = (Expected, Received);
        var lost = expected - received;
        return new ReportBlock(
            ssrc,
            FractionLost: (byte)(expected <= 0 || lost <= 0 ? 0 : Math.Min((lost << 8) / expected, byte.MaxValue)),
            CumulativeLost: (int)Math.Clamp(Lost, int.MinValue, int.MaxValue),
            ExtendedHighest,
            Jitter,
            LastReport: _lastReport,
            Delay: _lastReport == 0 ? 0 : NtpTime.ToFraction(now - _lastReportAt));
    }
}
