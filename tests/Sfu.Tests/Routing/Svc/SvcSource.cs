using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Svc;

/// <summary>How a source makes its layers.</summary>
/// <param name="Payload">VP9, which says so in its payload descriptor, or AV1 with dependency descriptors.</param>
/// <param name="Spatial">Layers, each twice as high as the one below.</param>
/// <param name="KeyOnly">Spatial layers need each other in key pictures alone (L3T3_KEY).</param>
/// <param name="Flexible">VP9: pictures name what they refer to by difference.</param>
public sealed record SvcFormat(PayloadFormat Payload, int Spatial, bool KeyOnly = false, bool Flexible = false)
{
    public override string ToString() => $"{Payload} L{Spatial}T3{(KeyOnly ? "_KEY" : "")}{(Flexible ? " flexible" : "")}";
}

/// <summary>One spatial layer of a picture.</summary>
/// <param name="Number">Counts frames.</param>
/// <param name="References">Numbers of other frames; none: the base of a key picture.</param>
internal sealed record SvcFrame(int Number, int Picture, int Spatial, int Temporal, bool IsKey, int Packets, int[] References);

/// <summary>A packet as it is on the wire, and the truth about it.</summary>
internal sealed record SvcPacket(long Index, byte[] Bytes, SvcFrame Frame, int Part)
{
    public bool EndsFrame => Part == Frame.Packets - 1;
}

/// <summary>An encoder of three temporal layers (0 2 1 2) and some spatial ones in one stream, about to wrap all its counters.</summary>
internal sealed class SvcSource
{
    public const uint Step = 3_000;
    private const int Temporals = 3;
    private const int FirstTemplate = 61;
    private const byte DescriptorId = 5;
    private static readonly int[] Pattern = [0, 2, 1, 2];

    private readonly SvcFormat _format;
    private readonly Random _random;
    private long _index;
    private int _picture;
    private int _frame;
    private int _sinceKey;

    public SvcSource(int id, int seed, SvcFormat format)
    {
        (_format, _random) = (format, new Random(seed));
        Clock = new SourceClock(id, new PublisherClock(), 90_000, video: true);
        (_index, FirstNumber) = (65_536 - _random.Next(400), 65_536 - _random.Next(100));
        var extensions = default(ExtensionMap);
        Assert.True(extensions.TryAdd(DescriptorId, ExtensionUris.DependencyDescriptor));
        Extensions = extensions;
    }

    public SourceClock Clock { get; }

    public ExtensionMap Extensions { get; }

    public int FirstNumber { get; }

    public Dictionary<int, SvcFrame> Frames { get; } = [];

    /// <summary>The frames that belong to a quality.</summary>
    public bool Serves(SvcFrame frame, int spatial, int temporal) => Indication(frame.Spatial, frame.Temporal, frame.IsKey, spatial, temporal) != DecodeTargetIndication.NotPresent;

    public IEnumerable<SvcPacket> NextPicture(bool keyframe)
    {
        if (keyframe || _picture == 0) _sinceKey = 0;
        var (picture, position) = (_picture++, _sinceKey++ % 4);
        var isKey = _sinceKey == 1;
        for (var spatial = 0; spatial < _format.Spatial; spatial++)
        {
            var references = new List<int>();
            if (!isKey) references.Add(_frame - _format.Spatial * (position switch { 0 => 4, 1 => 1, 2 => 2, _ => 1 }));
            if (spatial > 0 && (isKey || !_format.KeyOnly)) references.Add(_frame - 1);
            var frame = new SvcFrame(_frame++, picture, spatial, Pattern[position], isKey, _random.Next(1, isKey ? 5 : 3), [.. references]);
            Frames.Add(frame.Number, frame);
            for (var part = 0; part < frame.Packets; part++) yield return Packet(frame, part);
        }
    }

    private SvcPacket Packet(SvcFrame frame, int part)
    {
        var bytes = new byte[400];
        var ends = part == frame.Packets - 1;
        Assert.True(RtpHeader.TryWrite(bytes, 98, ends && frame.Spatial == _format.Spatial - 1, (ushort)_index, uint.MaxValue - 60_000 + (uint)frame.Picture * Step, 0xABCD));
        var writer = new RtpExtensionWriter(bytes);
        if (_format.Payload == PayloadFormat.Av1) writer.Add(DescriptorId, Descriptor(frame, part));
        Assert.True(writer.TryFinish(out var length));
        byte[] payload = [.. _format.Payload == PayloadFormat.Vp9 ? Vp9Descriptor(frame, part) : Av1Head(frame, part), 1, 2, 3];
        payload.CopyTo(bytes, length);
        return new SvcPacket(_index++, bytes[..(length + payload.Length)], frame, part);
    }

    // RFC 9628 section 4.2.
    private byte[] Vp9Descriptor(SvcFrame frame, int part)
    {
        var (picture, ends) = (FirstNumber + frame.Picture, part == frame.Packets - 1);
        var isAlone = _format.KeyOnly && !frame.IsKey;
        var first = 0x80 | (frame.IsKey ? 0 : 0x40) | 0x20 | (_format.Flexible ? 0x10 : 0) | (part == 0 ? 0x08 : 0) | (ends ? 0x04 : 0) | (isAlone ? 0x01 : 0);
        var layers = frame.Temporal << 5 | (frame.Temporal < 2 ? 0x10 : 0) | frame.Spatial << 1 | (frame.Spatial > 0 && !isAlone ? 1 : 0);
        var references = frame.References.Where(number => Frames[number].Picture != frame.Picture).Select(number => frame.Picture - Frames[number].Picture);
        byte[] numbers = !_format.Flexible ? [(byte)(250 + frame.Picture / 4)] : [.. references.Select(distance => (byte)(distance << 1))];
        return [(byte)first, (byte)(0x80 | picture >> 8), (byte)picture, (byte)layers, .. numbers];
    }

    private static byte[] Av1Head(SvcFrame frame, int part) => [(byte)((part > 0 ? 0x80 : 0) | 0x10 | (frame is { IsKey: true, Spatial: 0 } && part == 0 ? 0x08 : 0)), 0x30];

    private byte[] Descriptor(SvcFrame frame, int part)
    {
        var bits = new Bits();
        var template = (frame.Spatial * Temporals + frame.Temporal) * 2 + (frame.IsKey ? 1 : 0);
        bits.Write(part == 0 ? 1 : 0, 1);
        bits.Write(part == frame.Packets - 1 ? 1 : 0, 1);
        bits.Write(FirstTemplate + template & 0x3F, 6);
        bits.Write(FirstNumber + frame.Number & 0xFFFF, 16);
        var hasStructure = frame is { IsKey: true, Spatial: 0 } && part == 0;
        bits.Write(hasStructure ? 1 : 0, 1);
        bits.Write(0, 2);
        bits.Write(1, 1); // What it refers to is its own, not its template's.
        bits.Write(0, 1);
        if (hasStructure) Structure(bits);
        foreach (var distance in frame.References.Select(number => frame.Number - number))
        {
            bits.Write(distance <= 16 ? 1 : 2, 2);
            bits.Write(distance - 1, distance <= 16 ? 4 : 8);
        }

        bits.Write(0, 2);
        return bits.ToArray();
    }

    // Two templates for each layer, of a picture and of a key picture; a decode target for each layer, the best one first.
    private void Structure(Bits bits)
    {
        var layers = _format.Spatial * Temporals;
        bits.Write(FirstTemplate, 6);
        bits.Write(layers - 1, 5);
        for (var i = 0; i < 2 * layers; i++) bits.Write(i == 2 * layers - 1 ? 3 : i % 2 == 0 ? 0 : i % (2 * Temporals) == 2 * Temporals - 1 ? 2 : 1, 2);
        for (var i = 0; i < 2 * layers; i++)
        {
            for (var target = layers - 1; target >= 0; target--)
                bits.Write((int)Indication(i / 2 / Temporals, i / 2 % Temporals, i % 2 == 1, target / Temporals, target % Temporals), 2);
        }

        for (var i = 0; i < 2 * layers; i++) bits.Write(0, 1);
        var zeros = 0; // No chains: 0 of layers + 1.
        while (layers + 1 >> zeros != 0) zeros++;
        bits.Write(0, zeros - 1 + (0 < (1 << zeros) - (layers + 1) ? 0 : 1));
        bits.Write(0, 1);
    }

    private DecodeTargetIndication Indication(int spatial, int temporal, bool isKey, int toSpatial, int toTemporal)
    {
        if (spatial > toSpatial || temporal > toTemporal) return DecodeTargetIndication.NotPresent;
        if (isKey) return DecodeTargetIndication.Switch;
        if (spatial < toSpatial) return _format.KeyOnly ? DecodeTargetIndication.NotPresent : DecodeTargetIndication.Required;
        return temporal == toTemporal && temporal > 0 ? DecodeTargetIndication.Discardable : DecodeTargetIndication.Switch;
    }

    private sealed class Bits
    {
        private readonly List<bool> _bits = [];

        public void Write(int value, int count)
        {
            while (--count >= 0) _bits.Add((value >> count & 1) != 0);
        }

        public byte[] ToArray()
        {
            var bytes = new byte[(_bits.Count + 7) / 8];
            for (var i = 0; i < _bits.Count; i++) bytes[i / 8] |= (byte)(_bits[i] ? 0x80 >> i % 8 : 0);
            return bytes;
        }
    }
}
