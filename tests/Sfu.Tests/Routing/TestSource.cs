using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

/// <summary>One packet of a <see cref="TestSource"/>, with what the test knows about it.</summary>
internal sealed record TestPacket(TestSource Source, long Index, PacketFacts Facts, int Picture);

/// <summary>
/// A publisher's layer: VP8 in three temporal layers (0 2 1 2), pictures of one to four packets, a keyframe every twelve pictures,
/// padding after every fifth; or sound. Its counters are about to wrap.
/// </summary>
internal sealed class TestSource
{
    private static readonly int[] Lengths = [3, 1, 2, 1, 1, 1, 4, 2];
    private static readonly int[] Layers = [0, 2, 1, 2];

    private readonly uint _firstTimestamp;
    private readonly ushort _firstPictureId;
    private readonly byte _firstTl0;
    private readonly byte _idBits;
    private long _next;
    private int _picture;
    private int _packet;
    private bool _padding;

    public TestSource(int id, int seed, bool video, byte idBits = 15, PublisherClock? publisher = null)
    {
        var random = new Random(seed);
        Clock = new SourceClock(id, publisher ?? new PublisherClock(), video ? 90_000 : 48_000, video);
        _next = 65_536 * random.NextInt64(1, 3) - random.Next(200);
        _firstTimestamp = uint.MaxValue - (uint)random.Next(300_000);
        _firstPictureId = (ushort)(32_767 - random.Next(60));
        _firstTl0 = (byte)(255 - random.Next(10));
        _idBits = idBits;
    }

    public SourceClock Clock { get; }

    public bool IsVideo => Clock.IsVideo;

    /// <summary>Ticks from one picture, or packet of sound, to the next.</summary>
    public uint Step => IsVideo ? 3_000u : 960u;

    public TestPacket Next() => IsVideo ? NextVideo() : NextAudio();

    private TestPacket NextAudio()
    {
        var facts = new PacketFacts { Timestamp = _firstTimestamp + (uint)_picture * Step, HeaderLength = 12, PayloadLength = 80 };
        return new TestPacket(this, _next++, facts, _picture++);
    }

    private TestPacket NextVideo()
    {
        var (key, layer) = (_picture % 12 == 0, Layers[_picture % 4]);
        var last = _packet == Lengths[_picture % Lengths.Length] - 1;
        var facts = new PacketFacts
        {
            Timestamp = _firstTimestamp + (uint)_picture * Step,
            HeaderLength = 12,
            PayloadLength = (ushort)(_padding ? 0 : 900),
            Marker = last && !_padding,
            StartsKeyframe = key && _packet == 0 && !_padding,
        };
        if (!_padding)
        {
            facts.Picture = new PictureFacts
            {
                IdBits = _idBits,
                Id = (ushort)((_firstPictureId + _picture) & (1 << _idBits) - 1),
                Tl0Offset = 20,
                Tl0 = (byte)(_firstTl0 + _picture / 4),
                TemporalId = (byte)layer,
                IsSync = _picture % 4 is 1 or 2,
                ClosesGaps = true,
            };
        }

        var packet = new TestPacket(this, _next++, facts, _picture);
        if (_padding) (_padding, _packet, _picture) = (false, 0, _picture + 1);
        else if (!last) _packet++;
        else if (_picture % 5 == 0) _padding = true;
        else (_packet, _picture) = (0, _picture + 1);
        return packet;
    }
}
