using RtcHub.Sfu.Transports;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// What a worker counted. Written by its thread alone as plain numbers, read by the metrics whenever somebody asks: a number
/// may be a moment old, and counting costs the packet path nothing.
/// </summary>
internal sealed class Counters
{
    /// <summary>Upper bounds of the buckets of <see cref="Latency"/> in microseconds; the last has none.</summary>
    public static readonly int[] LatencyBounds = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

    private static readonly int Reasons = Enum.GetValues<DropReason>().Length;

    public readonly long[] Drops = new long[Reasons];
    public readonly long[] Closes = new long[Enum.GetValues<CloseReason>().Length];
    public readonly long[] Remedies = new long[Enum.GetValues<FlowRemedy>().Length];

    /// <summary>
    /// Forwarded packets by the time that their batch took from its arrival in this process to its hand-over to the kernel.
    /// </summary>
    public readonly long[] Latency = new long[LatencyBounds.Length + 1];

    /// <summary>What the names say; bytes and microseconds where they say so.</summary>
    public long RtpPacketsIn, RtpBytesIn, RtpPacketsOut, RtpBytesOut, RtcpIn, RtcpOut;
    public long NacksIn, NacksOut, Retransmitted, RetransmissionsMissed, PlisIn, PlisOut;
    public long Handshakes, HandshakeMicroseconds, Exceptions, LatencyMicroseconds;

    /// <summary>
    /// Of the bandwidth to subscribers: changes of a slot to another layer of its track, pauses for lack of it, probes for more and
    /// the bytes they took; the sum of all estimates at present in bit/s, and how many there are.
    /// </summary>
    public long LayerSwitches, SlotsPaused, Probes, ProbeBytes, Estimates, Estimated;

    /// <summary>Turns of the loop, and the time spent in them without waiting.</summary>
    public long Turns, BusyMicroseconds;

    private long _outAtTurn;

    public void Drop(DropReason reason) => Drops[(int)reason]++;

    public void Closed(CloseReason reason) => Closes[(int)reason]++;

    public void RtpIn(int bytes)
    {
        RtpPacketsIn++;
        RtpBytesIn += bytes;
    }

    public void RtpOut(int bytes)
    {
        RtpPacketsOut++;
        RtpBytesOut += bytes;
    }

    public void Handshake(long microseconds)
    {
        Handshakes++;
        HandshakeMicroseconds += microseconds;
    }

    /// <summary>A turn of the loop is over and its batch is sent.</summary>
    public void Turn(long started, long ended)
    {
        Turns++;
        var took = ended - started;
        BusyMicroseconds += took;
        var forwarded = RtpPacketsOut - _outAtTurn;
        if (forwarded == 0) return;
        _outAtTurn = RtpPacketsOut;
        LatencyMicroseconds += took * forwarded;
        var bucket = 0;
        while (bucket < LatencyBounds.Length && took > LatencyBounds[bucket]) bucket++;
        Latency[bucket] += forwarded;
    }
}
