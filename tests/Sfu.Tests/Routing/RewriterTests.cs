using System.Globalization;
using System.Text.RegularExpressions;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

/// <summary>
/// Tables of packets and what becomes of them. A row of input: source a or b (video) or s (sound) and index, then k keyframe, p padding
/// only, t1 of temporal layer 1, y with a sync point, m marker, #9 picture id, @900 timestamp (else index times 900: one packet is
/// 10 ms). Commands: +a select a, +. stop, +t0 at most layer 0, +5s five seconds pass. The first output is 100, timestamp 1000, picture 50.
/// </summary>
public sealed partial class RewriterTests
{
    [Theory]
    [InlineData("a1k", "Paused")] // Nothing is selected.
    [InlineData("+a b1k", "UnwantedLayer")]
    [InlineData("+a a1 a2p a3k a4", "NotKeyframe Padding 100 101")] // A decoder starts with a keyframe,
    [InlineData("+s s5 s6", "100 101")] // sound anywhere.
    [InlineData("+a a1k a2 a4 a3", "100 101 103 102")] // Late: its own place.
    [InlineData("+a a1k a2 a4 a4 a2", "100 101 103 Duplicate Duplicate")]
    [InlineData("+a a1k a2p a3p a4", "100 Padding Padding 101")] // What is left out leaves no gap.
    [InlineData("+a a1k a3 a2p a4", "100 102 101! 103")] // Left out too late: the gap was seen and is filled (!).
    [InlineData("+a a1k a2p a4 a2p a3", "100 Padding 102 Duplicate 101")]
    [InlineData("+a a5k a4 a6", "100 LateAfterSwitch 101")]
    [InlineData("+a a1k a2 +b a3 b7 b8k a4 b9", "100 101 102 NotKeyframe 103 UnwantedLayer 104")] // The old one goes on until the new one can start.
    [InlineData("+a a1k a3 +b b8k a2 b7 b9", "100 102 103 UnwantedLayer LateAfterSwitch 104")]
    [InlineData("+a a1k +b +a a2 b8k", "100 101 UnwantedLayer")] // Changed one's mind.
    [InlineData("+a a1k +. a2 a3 +a a4 a5k a3 a6", "100 Paused Paused NotKeyframe 101 LateAfterSwitch 102")]
    [InlineData("+s s1 +. s2 +s s3 s2", "100 Paused 101 LateAfterSwitch")]
    [InlineData("+a a65534k a65535 a65536 a65538 a65537", "100 101 102 104 103")] // The index goes on where the sequence number wraps.
    [InlineData("+a a1k a2 a600 a601k a602", "100 101 NotKeyframe 102 103")] // Too much is missing: a new beginning.
    [InlineData("+s s1 s600 s2", "100 101 LateAfterSwitch")]
    [InlineData("+a a1k a513 a1 a2", "100 612 TooOld 101")]
    [InlineData("+a a1k +t0 a2 a3t1 a4t1 a5 a6t1 +t9 a7 a8t1 a9t1y a10t1", "100 101 UnwantedLayer UnwantedLayer 102 UnwantedLayer 103 UnwantedLayer 104 105")]
    [InlineData("+a a1k a2t1@950 a3t1@950 +t0 a4t1@950 a5t1@990", "100 101 102 103 UnwantedLayer")] // A picture is not cut.
    [InlineData("+a +t0 a1k a2t1@950 +t9 a3t1y@950 a4t1y", "100 UnwantedLayer UnwantedLayer 101")]
    [InlineData("+a a1k +t0 a2t2 a3 +t2 a4t2 a5t1y a6t2 a7t2y a8t2", "100 UnwantedLayer 101 UnwantedLayer 102 UnwantedLayer 103 104")]
    [InlineData("+a a1k +t0 a2t1 +t9 a3t1 a4k a5t1", "100 UnwantedLayer UnwantedLayer 101 102")] // With a keyframe all may start.
    [InlineData("+a +t0 a1k a3 a2t1 a4", "100 102 101! 103")]
    [InlineData("+a a1k#1 a4p a2#2 a3#2 a5#3", "100 Padding 101 102 103")] // Padding overtakes a whole picture.
    [InlineData("+a +t0 a1k#1 a3p a2t1#2 a4#3", "100 Padding 101! 102")]
    public void Sequence_numbers(string rows, string outputs) =>
        Assert.Equal(outputs, Run(rows, one => $"{one.Sequence}{(one.IsEmpty ? "!" : "")}"));

    [Theory]
    [InlineData("+a a1k a2 a4 a3", "1000 1900 3700 2800")]
    [InlineData("+a a1k@4294967295 a2@899", "1000 1900")]
    [InlineData("+a a1k +. +5s +a a510k", "1000 459100")] // The source's own clock went on.
    [InlineData("+a a1k +5s +b b77k@123456", "1000 451900")] // Another source: what has passed (with 10 ms for the packet).
    [InlineData("+a a1k@50 a2@50 +b b77k@50 b78@51", "1000 1000 2800 2801")]
    [InlineData("+a a1k a2@999999 a3@1000899", "1000 1900 2800")] // It began anew without saying so.
    [InlineData("+a a1k@900000 a2@5 a3@905", "1000 1900 2800")]
    [InlineData("+a a1k@9000 a2@6000 a3@12000", "1000 4294965296 4000")] // Pictures out of their order of display stay as they are.
    [InlineData("+s s1@0 s2@960 +10s s3@480960", "1000 1960 481960")] // Silence: nothing is sent, the clock goes on.
    public void Timestamps(string rows, string outputs) =>
        Assert.Equal(outputs, Run(rows, one => one.Timestamp.ToString(CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("+a a1k#7 a2#8 a3#8 a5#10 a4#9", "50 51 51 53 52")]
    [InlineData("+a a1k#32767 a2#0", "50 51")]
    [InlineData("+a a1k#7 a2#8 +b b1k#30000 b2#30001", "50 51 52 53")]
    [InlineData("+a a1k#7 +t0 a2t1#8 a3#9 a5#11 a4t1#10", "50 UnwantedLayer 51 53 0")] // Left out: no gap. Lost: a gap.
    [InlineData("+a +t0 a1k#7 a3p a2t1#8 a4#9", "50 Padding 0 51")]
    [InlineData("+a a1k#7 a2#8 a3#20000 a4#20001", "50 51 52 53")] // Numbered anew without saying so.
    [InlineData("+a a1k#7 a2#8 a3#1 a4#2", "50 51 52 53")]
    public void Picture_ids(string rows, string outputs) =>
        Assert.Equal(outputs, Run(rows, one => one.PictureId.ToString(CultureInfo.InvariantCulture)));

    [Fact]
    public void The_first_sound_after_a_switch_is_marked_as_a_talk_spurt() =>
        Assert.Equal("+ - + - - +", Run("+s s1 s2 +. +s s3 s4 +a a1k a2m", one => one.Marker ? "+" : "-"));

    [Fact]
    public void Layers_of_one_publisher_follow_each_other_on_its_clock()
    {
        var publisher = new PublisherClock();
        var (low, high) = (new SourceClock(1, publisher, 90_000, true), new SourceClock(2, publisher, 90_000, true));
        low.Receive(0, 1ul << 32, 500_000);
        high.Receive(0, 1ul << 32, 900_000);
        var rewriter = new Rewriter(100, 1_000, 50);
        rewriter.Select(low);
        Assert.Equal(1_000u, Decide(rewriter, 0, low, 1, 500_000).Timestamp);
        rewriter.Select(high);

        // Taken 33 ms later, though it took 300 ms to come.
        Assert.Equal(4_000u, Decide(rewriter, 300_000, high, 9, 903_000).Timestamp);
        rewriter.Select(low);

        // Taken at the same moment as the last one: forward nevertheless, and by as little as there is.
        Assert.Equal(4_001u, Decide(rewriter, 310_000, low, 7, 503_000).Timestamp);
    }

    [Fact]
    public void Reports_follow_the_slots_own_timeline()
    {
        var source = new SourceClock(1, new PublisherClock(), 90_000, true);
        var rewriter = new Rewriter(100, 1_000, 50);
        rewriter.Select(source);
        Assert.False(rewriter.TryGetTimestamp(0, out _));
        Decide(rewriter, 0, source, 1, 500_000);
        Assert.False(rewriter.TryGetTimestamp(0, out _)); // The publisher has not reported yet.
        source.Receive(0, 1ul << 32, 500_900);
        Assert.True(rewriter.TryGetTimestamp(1_000_000, out var timestamp));
        Assert.Equal(91_900u, timestamp);
        rewriter.Stop();
        Assert.False(rewriter.TryGetTimestamp(0, out _));
    }

    [Fact]
    public void Numbers_of_the_picture_are_written_where_the_sources_stood()
    {
        var packet = Convert.FromHexString("00112233445566");
        new PictureFacts { IdBits = 15, IdOffset = 1, Tl0Offset = 3 }.Patch(packet, 0x1234, 0x99);
        Assert.Equal("00923499445566", Convert.ToHexString(packet));
        new PictureFacts { IdBits = 7, IdOffset = 4 }.Patch(packet, 0x85, 0xFF);
        Assert.Equal("00923499055566", Convert.ToHexString(packet));
        new PictureFacts { IdBits = 16, IdOffset = 5 }.Patch(packet, 0xABCD, 0xFF);
        Assert.Equal("0092349905ABCD", Convert.ToHexString(packet));
        default(PictureFacts).Patch(packet, 1, 1);
        Assert.Equal("0092349905ABCD", Convert.ToHexString(packet));
    }

    [Fact]
    public void Where_pictures_refer_by_difference_a_left_out_one_keeps_its_number()
    {
        var source = new SourceClock(1, new PublisherClock(), 90_000, true);
        var rewriter = new Rewriter(100, 1_000, 50) { MaxTemporal = 0 };
        rewriter.Select(source);
        var ids = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            var facts = Video((uint)i * 3_000, key: i == 0);
            facts.Picture = new PictureFacts { IdBits = 15, Id = (ushort)(9 + i), TemporalId = (byte)(i % 2), OpensLayers = i == 2 };
            if (i == 2) rewriter.MaxTemporal = 255;
            var one = rewriter.Decide(0, source, i, facts);
            if (one.IsForward) ids.Add(one.PictureId);
        }

        Assert.Equal([50, 52, 53], ids);
    }

    private static string Run(string rows, Func<Rewritten, string> show)
    {
        var sources = new Dictionary<string, SourceClock>
        {
            ["a"] = new(1, new PublisherClock(), 90_000, true),
            ["b"] = new(2, new PublisherClock(), 90_000, true),
            ["s"] = new(3, new PublisherClock(), 48_000, false),
        };
        var rewriter = new Rewriter(100, 1_000, 50);
        var (now, outputs) = (0L, new List<string>());
        foreach (var row in rows.Split(' '))
        {
            if (row is "+.") rewriter.Stop();
            else if (row.StartsWith("+t", StringComparison.Ordinal)) rewriter.MaxTemporal = row[2] - '0';
            else if (row[0] == '+' && char.IsDigit(row[1])) now += long.Parse(row[1..^1]) * 1_000_000;
            else if (row[0] == '+') rewriter.Select(sources[row[1..]]);
            else
            {
                now += 10_000;
                var match = Row().Match(row);
                Assert.True(match.Success, row);
                var index = long.Parse(match.Groups["index"].Value);
                var facts = Video(match.Groups["ts"] is { Success: true } ts ? uint.Parse(ts.Value) : (uint)index * 900, match.Groups["k"].Success);
                facts.Marker = match.Groups["m"].Success;
                if (match.Groups["p"].Success) facts.PayloadLength = 0;
                facts.Picture = new PictureFacts
                {
                    IdBits = (byte)(match.Groups["id"].Success ? 15 : 0),
                    Id = match.Groups["id"] is { Success: true } id ? ushort.Parse(id.Value) : (ushort)0,
                    TemporalId = match.Groups["t"] is { Success: true } t ? byte.Parse(t.Value) : (byte)0,
                    IsSync = match.Groups["y"].Success,
                    ClosesGaps = true,
                };
                var one = rewriter.Decide(now, sources[match.Groups["source"].Value], index, facts);
                outputs.Add(one.IsForward ? show(one) : one.Drop.ToString());
            }
        }

        return string.Join(' ', outputs);
    }

    private static PacketFacts Video(uint timestamp, bool key) =>
        new() { Timestamp = timestamp, HeaderLength = 12, PayloadLength = 900, StartsKeyframe = key };

    private static Rewritten Decide(Rewriter rewriter, long now, SourceClock source, long index, uint timestamp) =>
        rewriter.Decide(now, source, index, Video(timestamp, key: true));

    [GeneratedRegex("^(?<source>[abs])(?<index>\\d+)(?<k>k)?(?<p>p)?(t(?<t>\\d))?(?<y>y)?(?<m>m)?(#(?<id>\\d+))?(@(?<ts>\\d+))?$")]
    private static partial Regex Row();
}
