using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Tests.Routing.Route;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class LayerChoiceTests
{
    private static readonly NegotiatedCodec Vp8 = new("video/VP8", PayloadFormat.Vp8, 90_000, 96, 0, "VP8", Nack: false);

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(180, 0)]
    [InlineData(181, 1)]
    [InlineData(360, 1)]
    [InlineData(361, 2)]
    [InlineData(2_000, 2)]
    public void The_first_that_fills_the_tile_is_taken(int maxHeight, int expected)
    {
        var layers = Layers(("f", 720, 0), ("q", 180, 0), ("h", 360, 0));
        Assert.True(LayerChoice.Sort(layers, ["q", "h", "f"]));
        Assert.Equal(["q", "h", "f"], layers.Select(layer => layer.Rid));
        Assert.Equal(expected, LayerChoice.Fill(layers, maxHeight));
    }

    [Fact]
    public void Where_no_size_is_to_be_read_the_bit_rates_tell_and_each_is_twice_as_high_as_the_next()
    {
        var layers = Layers(("a", 0, 900), ("b", 0, 100), ("c", 0, 300));
        LayerChoice.Sort(layers, ["a", "b", "c"]);
        Assert.Equal(["b", "c", "a"], layers.Select(layer => layer.Rid));
        Assert.Equal([180, 360, 720], layers.Select((_, i) => LayerChoice.HeightOf(layers, i)));
        Assert.Equal(1, LayerChoice.Fill(layers, 300));
    }

    [Fact]
    public void What_one_layer_says_of_its_size_tells_that_of_the_others()
    {
        var layers = Layers(("q", 0, 100), ("h", 540, 200), ("f", 0, 300));
        Assert.False(LayerChoice.Sort(layers, ["q", "h", "f"]));
        Assert.Equal([270, 540, 1_080], layers.Select((_, i) => LayerChoice.HeightOf(layers, i)));
    }

    [Fact]
    public void Before_anything_is_known_the_description_tells()
    {
        var layers = Layers(("f", 0, 0), ("q", 0, 0));
        LayerChoice.Sort(layers, ["q", "h", "f"]);
        Assert.Equal(["q", "f"], layers.Select(layer => layer.Rid));
    }

    [Fact]
    public void Two_of_about_equal_rates_do_not_change_places()
    {
        var layers = Layers(("a", 0, 1_100), ("b", 0, 1_000));
        Assert.False(LayerChoice.Sort(layers, ["a", "b"]));
    }

    [Fact]
    public void A_layer_that_has_stopped_is_replaced_by_the_next_smaller_that_sends()
    {
        var layers = Layers(("q", 180, 100), ("h", 360, 200), ("f", 720, 300));
        Assert.Equal("f", LayerChoice.Sending(layers, 2)?.Rid);
        Assert.True(layers[2].Measure(now: 2_000_000, newest: 2_000_000));
        Assert.False(layers[2].Measure(now: 2_000_000, newest: 2_000_000));
        Assert.Equal("h", LayerChoice.Sending(layers, 2)?.Rid);
        layers[0].Measure(2_000_000, 2_000_000);
        Assert.Equal("h", LayerChoice.Sending(layers, 0)?.Rid);
        layers[1].Measure(2_000_000, 2_000_000);
        Assert.Null(LayerChoice.Sending(layers, 1));
        Assert.Null(LayerChoice.Sending([], -1));
    }

    // Each has sent a keyframe of its height (0: that cannot be read) and so many bytes in a second.
    private static List<Layer> Layers(params (string Rid, int Height, int Bytes)[] all)
    {
        var pool = new PacketPool();
        var track = new PublisherTrack("t", new TestTransport("a", () => 0), new IncomingSection("0", MediaKind.Video, [Vp8], [], ["q", "h", "f"]));
        return [.. all.Select((one, i) =>
        {
            var layer = new Layer(track, one.Rid, (uint)i, Vp8, new SourceClock(i, new PublisherClock(), 90_000, video: true), pool);
            layer.Measure(0, 0);
            if (one.Bytes == 0 && one.Height == 0) return layer;
            layer.Measure(1, 1);
            Send(layer, one.Height, Math.Max(one.Bytes, 40));
            layer.Measure(1_000_000, 1);
            return layer;
        })];
    }

    private static void Send(Layer layer, int height, int bytes)
    {
        var packet = new byte[bytes];
        RtpHeader.TryWrite(packet, 96, false, 1, 0, layer.Ssrc);
        byte[] keyframe = [0x10, 0x10, 0, 0, 0x9D, 0x01, (byte)(height > 0 ? 0x2A : 0), 1, 0, (byte)height, (byte)(height >> 8)];
        keyframe.CopyTo(packet, 12);
        Assert.True(RtpPacket.TryParse(packet, out var parsed));
        Assert.True(PacketFacts.TryRead(1, parsed, PayloadFormat.Vp8, default, out var facts));
        Assert.Equal(DropReason.None, layer.Cache.Store(1, packet, facts, out var stored));
        layer.Take(1, stored);
        Assert.Equal(height, layer.Height);
    }
}
