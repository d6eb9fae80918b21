using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Tests.Routing.Wire;

/// <summary>
/// Two sources, three subscribers, packets of real codecs, over links that lose, delay, double and repair. The subscribers
/// switch, pause and change layers each for itself, and all is sent from the same bytes in the cache.
/// </summary>
public sealed class WirePropertyTests
{
    public static TheoryData<WireFormat> Formats => new(
        new WireFormat(PayloadFormat.Vp8, IdBits: 15),
        new WireFormat(PayloadFormat.Vp8, IdBits: 7),
        new WireFormat(PayloadFormat.Vp8, IdBits: 0),
        new WireFormat(PayloadFormat.Vp8, IdBits: 15, Temporal: false),
        new WireFormat(PayloadFormat.Vp8, IdBits: 15, Descriptor: true),
        new WireFormat(PayloadFormat.Vp9, IdBits: 15),
        new WireFormat(PayloadFormat.Vp9, IdBits: 15, Flexible: true),
        new WireFormat(PayloadFormat.Vp9, IdBits: 7, Temporal: false),
        new WireFormat(PayloadFormat.Vp9, IdBits: 15, Flexible: true, Descriptor: true),
        new WireFormat(PayloadFormat.H264, Temporal: false),
        new WireFormat(PayloadFormat.Av1, Descriptor: true),
        new WireFormat(PayloadFormat.Av1, Descriptor: true, Temporal: false),
        new WireFormat(PayloadFormat.Av1, Temporal: false));

    // Pictures: a keyframe and as many again.
    private const int Quiet = 50;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_subscriber_sees_a_stream_that_its_decoder_understands(WireFormat format) =>
        Gen.Select(Gen.Int[0, 999_999], Gen.Int[0, 30], Gen.Int[1, 120]).Sample((seed, trouble, pictures) => Run(format, format, seed, trouble, pictures), iter: 50);

    // As another browser's camera takes over the slot.
    public static TheoryData<WireFormat, WireFormat> Pairs => new()
    {
        { new WireFormat(PayloadFormat.Vp8, IdBits: 15), new WireFormat(PayloadFormat.Vp8, IdBits: 7) },
        { new WireFormat(PayloadFormat.Vp8, IdBits: 15), new WireFormat(PayloadFormat.Vp8, IdBits: 0, Temporal: false) },
        { new WireFormat(PayloadFormat.Vp8, IdBits: 15, Temporal: false), new WireFormat(PayloadFormat.Vp8, IdBits: 15) },
        { new WireFormat(PayloadFormat.Vp9, IdBits: 15), new WireFormat(PayloadFormat.Vp9, IdBits: 15, Flexible: true) },
        { new WireFormat(PayloadFormat.Vp9, IdBits: 7, Temporal: false), new WireFormat(PayloadFormat.Vp9, IdBits: 15) },
        { new WireFormat(PayloadFormat.Av1, Descriptor: true), new WireFormat(PayloadFormat.Av1, Temporal: false) },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Sources_that_number_their_pictures_differently_follow_each_other(WireFormat first, WireFormat second) =>
        Gen.Select(Gen.Int[0, 999_999], Gen.Int[0, 30], Gen.Int[1, 120]).Sample((seed, trouble, pictures) => Run(first, second, seed, trouble, pictures), iter: 50);

    public static TheoryData<WireFormat> NumberedFormats => new(
        new WireFormat(PayloadFormat.Vp8, IdBits: 15),
        new WireFormat(PayloadFormat.Av1, Descriptor: true));

    [Theory]
    [MemberData(nameof(NumberedFormats))]
    public void A_stream_that_outlives_all_its_counters_goes_on(WireFormat format) => Run(format, format, seed: 1, trouble: 5, pictures: 36_000, operations: 200);

    private static void Run(WireFormat first, WireFormat second, int seed, int trouble, int pictures, int operations = 6)
    {
        var random = new Random(seed);
        WireLayer[] layers = [new(new WireSource(1, seed, first)), new(new WireSource(2, seed + 1, second))];
        WireSlot[] slots = [new(seed), new(seed + 2), new(seed + 3)];
        foreach (var slot in slots) slot.Rewriter.Select(layers[0].Source.Clock);
        var due = new PriorityQueue<(WireLayer Layer, WirePacket Packet), (long At, int Order)>();
        var (order, sent) = (0, 0L);
        for (var i = 0; i < pictures; i++)
        {
            if (random.Next(operations) == 0) Operate(slots[random.Next(slots.Length)]);
            Next(i * 33_333L);
        }

        // When all is quiet again, everybody gets everything.
        foreach (var slot in slots)
        {
            slot.Rewriter.Select(layers[0].Source.Clock);
            slot.Rewriter.MaxTemporal = byte.MaxValue;
        }

        trouble = 0;
        for (var i = 0; i < Quiet; i++) Next((pictures + i) * 33_333L);
        foreach (var slot in slots)
        {
            WireCheck.Stream(slot);
            var last = layers[0].Packets.Values.Where(packet => packet.Picture.Number >= pictures + Quiet - 20 && packet.Number < packet.Picture.Packets);
            Assert.Subset(slot.Outputs.Where(output => !output.IsEmpty).Select(output => output.Packet).ToHashSet(), last.ToHashSet());
        }

        void Next(long now)
        {
            foreach (var layer in layers)
            {
                var wanted = slots.Any(slot => slot.Rewriter.NeedsKeyframe && slot.Rewriter.Wanted == layer.Source.Clock);
                foreach (var packet in layer.Source.NextPicture(keyframe: wanted && random.Next(2) == 0))
                {
                    layer.Packets.Add(packet.Index, packet);
                    Send(layer, packet);
                }
            }

            while (due.TryPeek(out var next, out var at) && at.At <= sent)
            {
                due.Dequeue();
                if (!next.Layer.TryStore(now, next.Packet) || !next.Layer.Cache.TryGet(next.Packet.Index, out var stored)) continue;
                foreach (var slot in slots) slot.Forward(now, next.Layer, stored);
            }

            foreach (var slot in slots)
            {
                if (slot.Outputs.Count > 0) slot.Resend(now, (ushort)slot.Outputs[^random.Next(1, Math.Min(slot.Outputs.Count, 300) + 1)].Sequence, layers);
            }
        }

        void Operate(WireSlot slot)
        {
            switch (random.Next(8))
            {
                case 0: slot.Rewriter.Stop(); break;
                case 1 or 2: slot.Rewriter.Select(layers[0].Source.Clock); break;
                case 3 or 4: slot.Rewriter.Select(layers[1].Source.Clock); break;
                case 5: slot.Rewriter.MaxTemporal = 0; break;
                case 6: slot.Rewriter.MaxTemporal = 1; break;
                default: slot.Rewriter.MaxTemporal = byte.MaxValue; break;
            }
        }

        // A quarter of the trouble each: lost, come twice, overtaken by a few, repaired by retransmission later on.
        void Send(WireLayer layer, WirePacket packet)
        {
            sent++;
            var fate = random.Next(100) < trouble ? random.Next(4) : 4;
            if (fate == 0) return;
            due.Enqueue((layer, packet), (sent + (fate switch { 2 => random.Next(1, 8), 3 => random.Next(10, 80), _ => 0 }), order++));
            if (fate == 1) due.Enqueue((layer, packet), (sent + random.Next(20), order++));
        }
    }
}
