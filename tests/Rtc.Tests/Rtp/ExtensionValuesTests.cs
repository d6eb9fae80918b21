using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class ExtensionValuesTests
{
    [Fact]
    public void Every_byte_is_an_audio_level_and_survives()
    {
        for (var i = 0; i < 256; i++)
        {
            Assert.True(AudioLevel.TryRead([(byte)i], out var level));
            Assert.Equal(new AudioLevel((byte)(i % 128), i >= 128), level);
            Assert.Equal(i, level.ToByte());
        }

        Assert.False(AudioLevel.TryRead([], out _));
        Assert.True(AudioLevel.TryRead([0x85, 0], out var padded));
        Assert.Equal(new AudioLevel(5, true), padded);
    }

    [Theory]
    [InlineData(0, 0x000000u)]
    [InlineData(1_000_000, 0x040000u)] // 1 s = 2^18.
    [InlineData(63_999_999, 0xFFFFFFu)]
    [InlineData(64_000_000, 0x000000u)]
    [InlineData(10_368_000_500_000, 0x020000u)] // After 120 days: half a second into a cycle.
    public void The_send_time_is_seconds_in_6_and_18_bits(long microseconds, uint expected)
    {
        Assert.Equal(expected, AbsSendTime.FromMicroseconds(microseconds));
        var value = new byte[3];
        AbsSendTime.Write(value, expected);
        Assert.True(AbsSendTime.TryRead(value, out var back));
        Assert.Equal(expected, back);
    }

    [Fact]
    public void The_time_between_two_packets_survives_the_wrap() =>
        Gen.Select(Gen.Long[0, long.MaxValue / 2], Gen.Long[-31_000_000, 31_000_000]).Where((from, elapsed) => from + elapsed >= 0).Sample((from, elapsed) =>
        {
            var measured = AbsSendTime.Elapsed(AbsSendTime.FromMicroseconds(from), AbsSendTime.FromMicroseconds(from + elapsed));
            Assert.InRange(measured - elapsed, -5, 5); // A step is 3.8 µs.
        });

    [Fact]
    public void A_send_time_has_three_bytes()
    {
        Assert.False(AbsSendTime.TryRead([1, 2], out _));
        Assert.False(AbsSendTime.TryRead([1, 2, 3, 4], out _));
    }

    [Fact]
    public void A_transport_sequence_number_survives() => Gen.UShort.Sample(number =>
    {
        var value = new byte[2];
        TransportSequence.Write(value, number);
        Assert.True(TransportSequence.TryRead(value, out var back));
        Assert.Equal(number, back);
        Assert.False(TransportSequence.TryRead(value.AsSpan(0, 1), out _));
    });

    [Fact]
    public void Every_orientation_survives()
    {
        for (var i = 0; i < 16; i++)
        {
            Assert.True(VideoOrientation.TryRead([(byte)(0xF0 | i)], out var orientation));
            Assert.Equal(i, orientation.ToByte());
        }

        Assert.True(VideoOrientation.TryRead([0b1001], out var back));
        Assert.Equal(new VideoOrientation(BackCamera: true, Flipped: false, Degrees: 90), back);
        Assert.False(VideoOrientation.TryRead([], out _));
    }

    [Fact]
    public void A_short_text_survives() => Gen.Char['!', '~'].Array[1, 16].Sample(characters =>
    {
        var text = new string(characters);
        Assert.True(ShortText.TryParse(text, out var parsed));
        Assert.Equal(text, parsed.ToString());
        Assert.Equal(text.Length, parsed.Length);
        Assert.False(parsed.IsEmpty);
        var value = new byte[text.Length];
        Assert.Equal(text.Length, parsed.CopyTo(value));
        Assert.Equal(0, parsed.CopyTo(value.AsSpan(1)));
        Assert.True(ShortText.TryRead(value, out var read));
        Assert.Equal(parsed, read);
        Assert.Equal(parsed.GetHashCode(), read.GetHashCode());
    });

    [Theory]
    [InlineData("")]
    [InlineData("12345678901234567")]
    [InlineData("a b")]
    [InlineData("a\0")]
    [InlineData("\u00e9")]
    public void What_is_no_short_text_is_refused(string text)
    {
        Assert.False(ShortText.TryParse(text, out var parsed));
        Assert.True(parsed.IsEmpty);
        Assert.Equal(0, parsed.Length);
        Assert.Equal("", parsed.ToString());
        Assert.False(ShortText.TryRead(System.Text.Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void Texts_that_differ_in_length_alone_differ()
    {
        Assert.True(ShortText.TryParse("a", out var one));
        Assert.True(ShortText.TryParse("aa", out var two));
        Assert.NotEqual(one, two);
    }

    [Fact]
    public void A_map_knows_kinds_by_id_and_ids_by_kind()
    {
        var map = new ExtensionMap();
        Assert.Equal(0, map[ExtensionKind.Mid]);
        Assert.Equal(ExtensionKind.None, map.KindOf(0));
        for (var kind = ExtensionKind.Mid; kind <= ExtensionKind.DependencyDescriptor; kind++)
        {
            Assert.Equal(kind, ExtensionMap.KindOf(ExtensionMap.UriOf(kind)));
            Assert.True(map.TryAdd(20 + (int)kind, ExtensionMap.UriOf(kind)));
            Assert.Equal(20 + (int)kind, map[kind]);
            Assert.Equal(kind, map.KindOf(20 + (int)kind));
        }

        Assert.Equal(0, map[ExtensionKind.None]);
        Assert.Equal("", ExtensionMap.UriOf(ExtensionKind.None));
    }

    [Fact]
    public void A_map_refuses_what_it_cannot_hold()
    {
        var map = new ExtensionMap();
        Assert.False(map.TryAdd(1, "urn:example:unknown"));
        Assert.False(map.TryAdd(0, ExtensionUris.Mid));
        Assert.False(map.TryAdd(15, ExtensionUris.Mid));
        Assert.False(map.TryAdd(256, ExtensionUris.Mid));
        Assert.True(map.TryAdd(1, ExtensionUris.Mid));
        Assert.False(map.TryAdd(2, ExtensionUris.Mid));
        Assert.False(map.TryAdd(1, ExtensionUris.Rid));
        Assert.Equal(1, map[ExtensionKind.Mid]);
        Assert.Equal(0, map[ExtensionKind.Rid]);
    }
}
