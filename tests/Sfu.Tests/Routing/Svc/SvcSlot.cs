using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Svc;

/// <summary>A packet as a subscriber got it.</summary>
internal sealed record SvcOutput(Rewritten Numbers, SvcPacket Packet, int Run);

/// <summary>One subscriber of an SVC source, with all that came and was kept back.</summary>
internal sealed class SvcSlot
{
    private readonly PayloadFormat _payload;
    private readonly SvcSource _source;
    private readonly DependencyStructure _structure = new();
    private readonly HashSet<long> _arrived = [];
    private readonly HashSet<(int Run, long Index)> _decided = [];
    private int _run;

    public SvcSlot(SvcSource source, PayloadFormat payload)
    {
        (_source, _payload) = (source, payload);
        Rewriter.Select(source.Clock);
    }

    public Rewriter Rewriter { get; } = new(30_000, 7, 32_700);

    public List<SvcOutput> Outputs { get; } = [];

    /// <summary>Frames of which a packet was left out on purpose.</summary>
    public HashSet<(int Run, SvcFrame Frame)> Withheld { get; } = [];

    public void Receive(long now, SvcPacket packet)
    {
        if (!_arrived.Add(packet.Index)) return;
        Assert.True(RtpPacket.TryParse(packet.Bytes, out var parsed));
        Assert.True(PacketFacts.TryRead(now, parsed, _payload, _source.Extensions, out var facts, _structure));
        var rewritten = Rewriter.Decide(now, _source.Clock, packet.Index, facts);
        if (rewritten.IsSwitch) _run++;
        if (rewritten.IsForward) Outputs.Add(new SvcOutput(rewritten, packet, _run));
        if (rewritten.IsEmpty || rewritten.Drop == DropReason.UnwantedLayer) Withheld.Add((_run, packet.Frame));
        if (rewritten.IsForward || rewritten.Drop == DropReason.UnwantedLayer) _decided.Add((_run, packet.Index));
    }

    /// <summary>What a decoder relies on.</summary>
    public void Check()
    {
        var stream = Outputs.OrderBy(output => output.Numbers.Sequence).ToList();
        Assert.Equal(stream.Count, stream.Select(output => output.Numbers.Sequence).Distinct().Count());
        foreach (var (a, b) in stream.Zip(stream.Skip(1)))
        {
            if (a.Run != b.Run)
            {
                Assert.True(b.Packet.Frame is { IsKey: true, Spatial: 0 } && b.Packet.Part == 0, "A source does not begin with a keyframe.");
                continue;
            }

            Assert.True(a.Packet.Index < b.Packet.Index, "The order of the source is not kept.");
            Assert.Equal((uint)(b.Packet.Frame.Picture - a.Packet.Frame.Picture) * SvcSource.Step, b.Numbers.Timestamp - a.Numbers.Timestamp);

            // Where a number is missing, a packet of the source is; where none is, nothing may be.
            var missing = (long)(b.Numbers.Sequence - a.Numbers.Sequence) - 1;
            var lost = Range(a.Packet.Index + 1, b.Packet.Index).Count(index => !_decided.Contains((a.Run, index)));
            Assert.InRange(missing, 0, lost);
            if (missing > 0 || a.Numbers.IsEmpty || b.Numbers.IsEmpty) continue;
            if (a.Packet.Frame == b.Packet.Frame) Assert.Equal(a.Packet.Part + 1, b.Packet.Part);
            else Assert.True(a.Packet.EndsFrame && b.Packet.Part == 0, "A frame is cut.");
        }

        foreach (var (run, frame) in stream.Where(output => !output.Numbers.IsEmpty).Select(output => (output.Run, output.Packet.Frame)).ToHashSet())
        {
            Assert.DoesNotContain((run, frame), Withheld);
            foreach (var reference in frame.References)
            {
                if (Withheld.Contains((run, _source.Frames[reference]))) Assert.Fail($"{frame} is sent, {reference}, which it needs, was not.");
            }
        }

        static IEnumerable<long> Range(long from, long to)
        {
            for (var i = from; i < to; i++) yield return i;
        }
    }
}
