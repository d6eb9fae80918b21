using System.Buffers.Binary;
using RtcHub.Rtc.Rtcp;

namespace RtcHub.Fuzz;

/// <summary>Each packet of a compound read as every kind there is: which one it is, is for the readers to say.</summary>
internal static class RtcpTarget
{
    public static void Read(byte[] input)
    {
        if (!RtcpCompound.TryParse(input, out var compound)) return;
        var length = 0;
        foreach (var packet in compound)
        {
            length += 4 + (4 * BinaryPrimitives.ReadUInt16BigEndian(packet.Bytes[2..])); // Padding is none of its bytes.
            ReadReports(packet);
            ReadFeedback(packet);
        }

        Targets.Hold(length == input.Length, "The packets are not the whole compound.");
    }

    private static void ReadReports(in RtcpPacket packet)
    {
        packet.TryGetSsrc(out var ssrc);
        SourceDescription.TryGetCname(packet, ssrc, out _);
        if (SenderReport.TryRead(packet, out _, out var blocks)) Read(blocks);
        if (ReceiverReport.TryRead(packet, out _, out blocks)) Read(blocks);
        if (!Bye.TryRead(packet, out var bye)) return;
        for (var i = 0; i < bye.Count; i++) bye.Ssrc(i);
    }

    private static void ReadFeedback(in RtcpPacket packet)
    {
        Pli.TryRead(packet, out _);
        if (Nack.TryRead(packet, out var nack))
            foreach (var _ in nack) { }

        if (Fir.TryRead(packet, out var fir))
            foreach (var _ in fir) { }

        if (Remb.TryRead(packet, out var remb))
            for (var i = 0; i < remb.Count; i++) remb.Ssrc(i);

        if (!TransportFeedback.TryRead(packet, out var feedback)) return;
        var count = 0;
        foreach (var _ in feedback) count++;
        Targets.Hold(count == feedback.StatusCount, "Not as many packets as it said.");
    }

    private static void Read(ReportBlocks blocks)
    {
        var count = 0;
        foreach (var _ in blocks) count++;
        Targets.Hold(count == blocks.Count, "Not as many blocks as it said.");
    }
}
