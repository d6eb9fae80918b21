using System.Buffers.Binary;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing.Wire;

/// <summary>How a source writes its pictures.</summary>
/// <param name="Payload">The codec.</param>
/// <param name="IdBits">Width of the picture id of VP8 and VP9.</param>
/// <param name="Flexible">VP9: pictures name what they refer to by difference.</param>
/// <param name="Descriptor">A dependency descriptor comes along.</param>
/// <param name="Temporal">Three temporal layers (0 2 1 2) instead of one.</param>
public sealed record WireFormat(PayloadFormat Payload, int IdBits = 0, bool Flexible = false, bool Descriptor = false, bool Temporal = true)
{
    /// <summary>Of whatever numbers the pictures; 0: nothing does.</summary>
    public int NumberBits => Payload == PayloadFormat.Av1 ? Descriptor ? 16 : 0 : IdBits;
}

/// <summary>A packet of a source as it is on the wire, and the truth about it, which is in its last bytes, too.</summary>
internal sealed record WirePacket(WireSource Source, long Index, byte[] Bytes, WirePicture Picture, int Number);

/// <summary>A picture: what it takes to show it.</summary>
/// <param name="Number">Of the source.</param>
/// <param name="Layer">Temporal.</param>
/// <param name="Packets">How many.</param>
/// <param name="References">Numbers of other pictures; none: a keyframe.</param>
internal sealed record WirePicture(int Number, int Layer, int Packets, int[] References)
{
    public bool IsKeyframe => References.Length == 0;
}

/// <summary>
/// An encoder and packetizer of one layer: real headers, extensions and payload descriptors, and behind them who they
/// are (<see cref="Truth"/>). All counters are about to wrap.
/// </summary>
internal sealed class WireSource
{
    public const uint Step = 3_000;
    private const int TruthLength = 7;
    private const byte DescriptorId = 5;
    private const int KeyframeEvery = 24;
    private static readonly int[] Layers = [0, 2, 1, 2];

    private readonly Random _random;
    private readonly uint _firstTimestamp;
    private readonly int _firstId;
    private readonly int _firstTl0;
    private readonly int _firstTemplate;
    private readonly bool _isChained;
    private long _index;
    private int _picture;

    public WireSource(int id, int seed, WireFormat format)
    {
        (Format, _random) = (format, new Random(seed));
        Clock = new SourceClock(id, new PublisherClock(), 90_000, video: true);
        _index = 65_536 - _random.Next(300);
        _firstTimestamp = uint.MaxValue - (uint)_random.Next(300_000);
        _firstId = 65_536 - _random.Next(60);
        _firstTl0 = 256 - _random.Next(10);
        _firstTemplate = _random.Next(64);
        _isChained = _random.Next(2) == 0;
        var extensions = default(ExtensionMap);
        Assert.True(extensions.TryAdd(DescriptorId, ExtensionUris.DependencyDescriptor));
        Extensions = extensions;
    }

    public WireFormat Format { get; }

    public SourceClock Clock { get; }

    public ExtensionMap Extensions { get; }

    /// <summary>All so far.</summary>
    public Dictionary<int, WirePicture> Pictures { get; } = [];

    /// <summary>The packets of the next picture, now and then with one of nothing but padding behind it.</summary>
    public IEnumerable<WirePacket> NextPicture(bool keyframe)
    {
        var picture = Describe(keyframe);
        Pictures.Add(picture.Number, picture);
        for (var i = 0; i < picture.Packets; i++) yield return Packet(picture, i, Payload(picture, i));
        if (_random.Next(8) == 0) yield return Packet(picture, picture.Packets, []);
    }

    /// <summary>The last bytes of a payload: which source, which picture, which packet of how many.</summary>
    public static (int Source, int Picture, int Number, int Packets) Truth(ReadOnlySpan<byte> payload) =>
        (payload[^7], BinaryPrimitives.ReadInt32BigEndian(payload[^6..]), payload[^2], payload[^1]);

    private WirePicture Describe(bool keyframe)
    {
        var number = _picture++;
        var position = Format.Temporal ? number % 4 : 0;
        if (number % KeyframeEvery == 0 || (keyframe && position == 0)) return new WirePicture(number, 0, _random.Next(2, 6), []);
        return new WirePicture(number, Format.Temporal ? Layers[position] : 0, _random.Next(1, 4), [position switch
        {
            _ when !Format.Temporal => number - 1,
            0 => number - 4,
            2 => number - 2,
            1 when IsChained(number) => number - 2,
            _ => number - 1, // On the base layer, and on the middle one.
        }]);
    }

    // Some encoders have the first picture of the highest layer refer to the last one of it, where no keyframe lies between.
    private bool IsChained(int number) => _isChained && !Pictures[number - 1].IsKeyframe;

    private WirePacket Packet(WirePicture picture, int number, byte[] payload)
    {
        var packet = new byte[300 + payload.Length];
        var isLast = number == picture.Packets - 1;
        Assert.True(RtpHeader.TryWrite(packet, 96, isLast, (ushort)_index, _firstTimestamp + (uint)picture.Number * Step, 0xABCD));
        var writer = new RtpExtensionWriter(packet);
        writer.Add(1, "0"u8);
        if (Format.Descriptor && payload.Length > 0) writer.Add(DescriptorId, Descriptor(picture, number, isLast));
        Assert.True(writer.TryFinish(out var length));
        payload.CopyTo(packet, length);
        length += payload.Length;
        if (payload.Length == 0)
        {
            RtpHeader.SetPadding(packet, true);
            packet[length++] = 1;
        }

        return new WirePacket(this, _index++, packet[..length], picture, number);
    }

    private byte[] Descriptor(WirePicture picture, int number, bool isLast)
    {
        var id = (ushort)(_firstId + picture.Number);
        var template = _firstTemplate + picture.Layer & 0x3F;
        byte[] mandatory = [(byte)((number == 0 ? 0x80 : 0) | (isLast ? 0x40 : 0) | template), (byte)(id >> 8), (byte)id];
        if (!picture.IsKeyframe || number > 0) return mandatory;

        // A structure of three templates, one for each temporal layer, and three decode targets, about which it says nothing (zeros).
        var structure = 0b10000 << 19 | _firstTemplate << 13 | 0b00010 << 8 | 0b010111 << 2;
        return [.. mandatory, (byte)(structure >> 16), (byte)(structure >> 8), (byte)structure, .. new byte[20]]; // So long that it takes the two-byte form.
    }

    private byte[] Payload(WirePicture picture, int number)
    {
        var isLast = number == picture.Packets - 1;
        var truth = new byte[TruthLength + _random.Next(20)];
        _random.NextBytes(truth);
        truth[^7] = (byte)Clock.Id;
        BinaryPrimitives.WriteInt32BigEndian(truth.AsSpan(truth.Length - 6), picture.Number);
        (truth[^2], truth[^1]) = ((byte)number, (byte)picture.Packets);
        byte[] head = Format.Payload switch
        {
            PayloadFormat.Vp8 => [.. Vp8Descriptor(picture, number), (byte)(number == 0 && picture.IsKeyframe ? 0x10 : 0x11)],
            PayloadFormat.Vp9 => Vp9Descriptor(picture, number, isLast),
            PayloadFormat.H264 => H264Head(picture, number, isLast, truth.Length),
            PayloadFormat.Av1 => Av1Head(picture, number, isLast),
            _ => [],
        };
        return [.. head, .. truth];
    }

    private byte[] PictureId(WirePicture picture)
    {
        var id = _firstId + picture.Number;
        return Format.IdBits switch { 15 => [(byte)(0x80 | id >> 8), (byte)id], 7 => [(byte)(id & 0x7F)], _ => [] };
    }

    private byte Tl0(WirePicture picture) => (byte)(_firstTl0 + picture.Number / 4);

    // RFC 7741 section 4.2: X, S in the first packet; I, L, T, K. Y when it is the base layer alone that it refers to.
    private byte[] Vp8Descriptor(WirePicture picture, int number)
    {
        var first = (byte)(0x80 | (number == 0 ? 0x10 : 0));
        var hasId = Format.IdBits > 0 ? 0x80 : 0;
        if (!Format.Temporal) return [first, (byte)hasId, .. PictureId(picture)];
        var sync = picture.Layer > 0 && Pictures[picture.References[0]].Layer == 0 ? 0x20 : 0;
        return [first, (byte)(hasId | 0x70), .. PictureId(picture), Tl0(picture), (byte)(picture.Layer << 6 | sync | picture.Number / KeyframeEvery & 0x1F)];
    }

    // RFC 9628 section 4.2: I, P, L, F, B, E. Nothing reaches over the middle layer's picture, nor over the base's if not chained: U.
    private byte[] Vp9Descriptor(WirePicture picture, int number, bool isLast)
    {
        var first = (Format.IdBits > 0 ? 0x80 : 0) | (picture.IsKeyframe ? 0 : 0x40) | (Format.Temporal ? 0x20 : 0) | (Format.Flexible ? 0x10 : 0)
            | (number == 0 ? 0x08 : 0) | (isLast ? 0x04 : 0);
        byte[] layers = Format.Temporal ? [(byte)(picture.Layer << 5 | (picture.Layer == 1 || (picture.Layer == 0 && !_isChained) ? 0x10 : 0))] : [];
        byte[] tl0 = Format is { Temporal: true, Flexible: false } ? [Tl0(picture)] : [];
        byte[] references = Format.Flexible && !picture.IsKeyframe ? [(byte)(picture.Number - picture.References[0] << 1)] : [];
        return [(byte)first, .. PictureId(picture), .. layers, .. tl0, .. references];
    }

    // RFC 6184: SPS and PPS together, then the slice in fragments.
    private static byte[] H264Head(WirePicture picture, int number, bool isLast, int rest)
    {
        if (picture.IsKeyframe && number == 0) return [0x78, 0, 2, 0x67, 0x42, 0, (byte)(1 + rest), 0x68];
        var first = number == (picture.IsKeyframe ? 1 : 0);
        return [0x7C, (byte)((first ? 0x80 : 0) | (isLast ? 0x40 : 0) | (picture.IsKeyframe ? 5 : 1)), (byte)(first ? 0x88 : 0x08)];
    }

    // One OBU in fragments: Z, Y, W = 1, N. The frame header says its layer, which only the first packet has.
    private byte[] Av1Head(WirePicture picture, int number, bool isLast)
    {
        var aggregation = (byte)((number > 0 ? 0x80 : 0) | (isLast ? 0 : 0x40) | 0x10 | (picture.IsKeyframe && number == 0 ? 0x08 : 0));
        if (number > 0) return [aggregation];
        return Format.Temporal ? [aggregation, 0x34, (byte)(picture.Layer << 5)] : [aggregation, 0x30];
    }
}
