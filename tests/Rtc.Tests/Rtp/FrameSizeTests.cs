using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class FrameSizeTests
{
    // X and S, I with 15 bits; frame tag of a keyframe, start code, 640x360 with scaling bits set.
    private static readonly byte[] Vp8 = [0x90, 0x80, 0x81, 0x23, 0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x80, 0x42, 0x68, 0x81, 0x11];

    // I, B, V; one picture id; three sizes without a group of pictures.
    private static readonly byte[] Vp9 = [0x8A, 0x11, 0x50, 0x01, 0x40, 0x00, 0xB4, 0x02, 0x80, 0x01, 0x68, 0x05, 0x00, 0x02, 0xD0, 0x82];

    // As x264 writes them: high profile, the second cropped from 1088.
    private const string Sps720 = "6764001FACD940500 5BB011000000300100000 0303C0F1831960";
    private const string Sps1080 = "67640028ACD940780227E5C044000003000400000300F03C60C658";

    // A sequence header OBU as encoders put it into MP4 files, with its size.
    private const string Av1 = "0A0B0000004AABBFC377FFE701";

    [Fact]
    public void Every_codec_says_how_large_its_pictures_are()
    {
        Assert.Equal(new FrameSize(640, 360), Read(PayloadFormat.Vp8, Vp8));
        Assert.Equal(new FrameSize(1280, 720), Read(PayloadFormat.Vp9, Vp9));
        Assert.Equal(new FrameSize(1280, 720), Read(PayloadFormat.H264, Hex(Sps720)));
        Assert.Equal(new FrameSize(1920, 1080), Read(PayloadFormat.H264, Hex(Sps1080)));
        Assert.Equal(new FrameSize(1920, 1080), Read(PayloadFormat.Av1, [0x18, .. Hex(Av1)]));
    }

    [Fact]
    public void In_a_packet_of_several_the_parameter_set_and_the_sequence_header_are_found()
    {
        var sps = Hex(Sps720);
        Assert.Equal(new FrameSize(1280, 720), Read(PayloadFormat.H264, [0x78, 0, 2, 0x09, 0x10, 0, (byte)sps.Length, .. sps, 0, 2, 0x68, 0xEE]));
        Assert.Equal(new FrameSize(1920, 1080), Read(PayloadFormat.Av1, [0x28, 2, 0x12, 0, .. Hex(Av1)]));
    }

    [Fact]
    public void What_is_no_keyframe_or_encrypted_says_nothing()
    {
        var scrambled = Vp8.ToArray();
        scrambled[8] ^= 0x5A;
        Assert.Null(Read(PayloadFormat.Vp8, scrambled));
        Assert.Null(Read(PayloadFormat.Vp8, [0x90, 0x80, 0x81, 0x23, 0x11, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x80, 0x42, 0x68, 0x81]));
        Assert.Null(Read(PayloadFormat.Vp9, [0x88, 0x11, 0x82, 0x49]));
        Assert.Null(Read(PayloadFormat.H264, [0x41, 0x9A, 0x02]));
        Assert.Null(Read(PayloadFormat.Av1, [0x10, 0x30, 0x11, 0x22]));
        Assert.Null(Read(PayloadFormat.Opus, [1, 2, 3]));
    }

    [Fact]
    public void Whatever_comes_is_survived_and_no_size_is_absurd()
    {
        var random = new Random(8);
        (PayloadFormat Format, byte[] Genuine)[] seeds =
            [(PayloadFormat.Vp8, Vp8), (PayloadFormat.Vp9, Vp9), (PayloadFormat.H264, Hex(Sps1080)), (PayloadFormat.Av1, [0x18, .. Hex(Av1)])];
        var read = 0;
        for (var i = 0; i < 40_000; i++)
        {
            var (format, genuine) = seeds[i % seeds.Length];
            var mutated = genuine.AsSpan(0, random.Next(1, genuine.Length + 1)).ToArray();
            for (var flips = random.Next(4); flips > 0; flips--) mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            if (!FrameSize.TryRead(format, mutated, out var size)) continue;
            read++;
            Assert.InRange(size.Width, 1, 16_384);
            Assert.InRange(size.Height, 1, 16_384);
        }

        Assert.InRange(read, 4_000, 36_000);
    }

    private static FrameSize? Read(PayloadFormat format, byte[] payload) => FrameSize.TryRead(format, payload, out var size) ? size : null;

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));
}
