using RtcHub.Rtc.Rtcp;

namespace RtcHub.Load;

/// <summary>The RTCP of a virtual client.</summary>
internal static class Feedback
{
    public static bool AsksForKeyframe(ReadOnlySpan<byte> compound, uint video)
    {
        if (!RtcpCompound.TryParse(compound, out var packets)) return false;
        foreach (var packet in packets)
        {
            if (Pli.TryRead(packet, out var pli) && pli.MediaSsrc == video) return true;
            if (Fir.TryRead(packet, out _)) return true;
        }

        return false;
    }

    public static int WriteReceiverReport(Span<byte> buffer, uint sender, Reception audio, Reception video)
    {
        var blocks = new ReportBlock[2];
        var count = 0;
        foreach (var reception in (ReadOnlySpan<Reception>)[audio, video])
        {
            if (reception.Packets > 0 && reception.Ssrc != 0) blocks[count++] = new ReportBlock(reception.Ssrc, 0, (int)reception.Lost, (uint)reception.Highest, 0, 0, 0);
        }

        var writer = new RtcpWriter(buffer);
        ReceiverReport.Write(ref writer, sender, blocks.AsSpan(0, count));
        writer.TryFinish(out var length);
        return length;
    }
}
