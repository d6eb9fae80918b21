using System.Buffers.Binary;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Wire;

/// <summary>A packet as a subscriber got it.</summary>
internal sealed record WireOutput(ulong Sequence, byte[] Bytes, bool IsEmpty, WirePacket Packet, int Run);

/// <summary>One subscriber: does with the rewriter's answers what a slot does, from a cache that it shares with others.</summary>
internal sealed class WireSlot(int seed)
{
    public const uint Ssrc = 0x5107;
    private const byte DescriptorId = 9;

    private readonly HeaderTemplate _header = new("3", Extensions());
    private readonly SentPackets _sent = new(512);
    private readonly Dictionary<ulong, WireOutput> _bySequence = [];

    public Rewriter Rewriter { get; } = new((ulong)(seed % 32_768), (uint)seed * 7_919, (ushort)(seed % 32_768));

    public List<WireOutput> Outputs { get; } = [];

    /// <summary>Pictures of which a packet was left out on purpose, by source and switch.</summary>
    public HashSet<(WireSource Source, int Run, int Picture)> Withheld { get; } = [];

    public int Run { get; private set; }

    public void Forward(long now, WireLayer layer, in CachedPacket packet)
    {
        if (!Decide(now, layer, packet)) return;
        for (var index = packet.Index + 1; index <= layer.Cache.Highest; index++)
        {
            if (layer.Cache.TryGet(index, out var later)) Decide(now, layer, later);
        }
    }

    /// <summary>The subscriber asks for a packet: whatever is sent again must be the same, plain or by RTX.</summary>
    public void Resend(long now, ushort sequence, WireLayer[] layers)
    {
        if (_sent.Answer(now, 0, sequence, out var sent) != NackAnswer.Resend) return;
        var layer = layers.Single(one => one.Source.Clock.Id == sent.Source);
        if (!layer.Cache.TryGet(sent.Index, out var packet)) return;
        var first = _bySequence[sent.Sequence].Bytes;
        packet.Facts.Picture.Patch(packet.Bytes, sent.PictureId, sent.Tl0);
        Assert.Equal(first, Build(packet, sent));

        var before = packet.Bytes.ToArray();
        using (var rtx = new RtxPayload(packet, sent))
        {
            Assert.Equal((ushort)sent.Sequence, BinaryPrimitives.ReadUInt16BigEndian(rtx.Bytes));
            Assert.True(RtpPacket.TryParse(first, out var original));
            Assert.True(rtx.Bytes[2..].SequenceEqual(original.Payload));
        }

        Assert.True(packet.Bytes.SequenceEqual(before));
    }

    // True for the first packet of a source.
    private bool Decide(long now, WireLayer layer, in CachedPacket packet)
    {
        var origin = layer.Packets[packet.Index];
        var rewritten = Rewriter.Decide(now, layer.Source.Clock, packet.Index, packet.Facts);
        if (rewritten.IsSwitch) Run++;
        if (!rewritten.IsForward)
        {
            if (rewritten.Drop == DropReason.UnwantedLayer && layer.Source.Clock == Rewriter.Current) Withheld.Add((layer.Source, Run, origin.Picture.Number));
            return false;
        }

        packet.Facts.Picture.Patch(packet.Bytes, rewritten.PictureId, rewritten.Tl0);
        var sent = new SentPacket
        {
            Sequence = rewritten.Sequence,
            Index = packet.Index,
            Source = layer.Source.Clock.Id,
            Timestamp = rewritten.Timestamp,
            PictureId = rewritten.PictureId,
            Tl0 = rewritten.Tl0,
            Marker = rewritten.Marker,
            IsEmpty = rewritten.IsEmpty,
        };
        _sent.Add(sent);
        var output = new WireOutput(rewritten.Sequence, Build(packet, sent), rewritten.IsEmpty, origin, Run);
        Assert.True(_bySequence.TryAdd(output.Sequence, output), $"Sequence number {output.Sequence} is given twice.");
        Outputs.Add(output);
        return rewritten.IsSwitch;
    }

    private byte[] Build(in CachedPacket packet, in SentPacket sent)
    {
        var bytes = new byte[600];
        var length = _header.Write(bytes, packet, sent.Marker, 102, (ushort)sent.Sequence, sent.Timestamp, Ssrc);
        var payload = sent.IsEmpty ? default : packet.Payload;
        payload.CopyTo(bytes.AsSpan(length));
        return bytes[..(length + payload.Length)];
    }

    private static ExtensionMap Extensions()
    {
        var extensions = default(ExtensionMap);
        Assert.True(extensions.TryAdd(1, ExtensionUris.Mid));
        Assert.True(extensions.TryAdd(DescriptorId, ExtensionUris.DependencyDescriptor));
        return extensions;
    }

    /// <summary>What the subscriber reads of a packet.</summary>
    public static (PayloadInfo Info, DependencyDescriptor? Descriptor) Read(PayloadFormat payload, byte[] bytes)
    {
        Assert.True(RtpPacket.TryParse(bytes, out var packet));
        Assert.True(PayloadDescriptor.TryRead(payload, packet.Payload, out var info));
        if (!packet.Extensions.TryGet(DescriptorId, out var value)) return (info, null);
        Assert.True(DependencyDescriptor.TryRead(value, out var descriptor));
        return (info, descriptor);
    }
}

/// <summary>A source and what the SFU has of it.</summary>
internal sealed class WireLayer(WireSource source)
{
    private readonly DependencyStructure _structure = new();

    public WireSource Source => source;

    public PacketCache Cache { get; } = new(512, 384 * 1024);

    /// <summary>All that were sent, whether they came or not.</summary>
    public Dictionary<long, WirePacket> Packets { get; } = [];

    /// <summary>Takes a packet in as it comes from the network; false: it came before, or too late.</summary>
    public bool TryStore(long now, WirePacket packet)
    {
        Assert.True(RtpPacket.TryParse(packet.Bytes, out var parsed));
        Assert.True(PacketFacts.TryRead(now, parsed, source.Format.Payload, source.Extensions, out var facts, _structure));
        return Cache.Store(packet.Index, packet.Bytes, facts, out _) == DropReason.None;
    }
}
