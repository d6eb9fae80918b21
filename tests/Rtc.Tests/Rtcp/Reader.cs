using RtcHub.Rtc.Rtcp;

namespace RtcHub.Rtc.Tests.Rtcp;

/// <summary>Reads a packet as every kind there is, and all of what it then says; the sum of it is good for nothing but not to be optimised away.</summary>
internal static class Reader
{
    public static long Read(in RtcpPacket packet)
    {
        var sum = packet.TryGetSsrc(out var ssrc) ? 1L + ssrc : 0;
        if (SenderReport.TryRead(packet, out var report, out var blocks)) sum += (long)report.Ntp + Read(blocks);
        if (ReceiverReport.TryRead(packet, out _, out blocks)) sum += 1 + Read(blocks);
        if (SourceDescription.TryGetCname(packet, ssrc, out var cname)) sum += 1 + cname.Length;
        if (Bye.TryRead(packet, out var bye))
        {
            sum += 1 + bye.Reason.Length;
            for (var i = 0; i < bye.Count; i++) sum += bye.Ssrc(i);
        }

        if (Pli.TryRead(packet, out var pli)) sum += 1 + pli.MediaSsrc;
        if (Nack.TryRead(packet, out var nack))
        {
            sum += nack.SenderSsrc + nack.MediaSsrc;
            foreach (var number in nack) sum += 1 + number;
        }

        if (Fir.TryRead(packet, out var fir))
        {
            sum += fir.SenderSsrc;
            foreach (var entry in fir) sum += 1 + entry.Ssrc + entry.SequenceNumber;
        }

        if (Remb.TryRead(packet, out var remb))
        {
            sum += (long)remb.Bitrate + remb.SenderSsrc;
            for (var i = 0; i < remb.Count; i++) sum += remb.Ssrc(i);
        }

        if (TransportFeedback.TryRead(packet, out var feedback))
        {
            var (count, expected) = (0, feedback.BaseSequenceNumber);
            foreach (var arrival in feedback)
            {
                if (arrival.SequenceNumber != expected++) throw new InvalidOperationException("A sequence number was left out.");
                sum += 1 + arrival.Arrival;
                count++;
            }

            if (count != feedback.StatusCount) throw new InvalidOperationException("Not as many packets as it said.");
            sum += feedback.ReferenceTime + feedback.FeedbackCount + feedback.SenderSsrc + feedback.MediaSsrc;
        }

        return sum;
    }

    private static long Read(ReportBlocks blocks)
    {
        var (sum, count) = (0L, 0);
        foreach (var block in blocks)
        {
            count++;
            sum += block.TryGetRoundTrip(1UL << 40, out var trip) ? trip : block.CumulativeLost;
        }

        if (count != blocks.Count) throw new InvalidOperationException("Not as many blocks as it said.");
        return sum;
    }
}
