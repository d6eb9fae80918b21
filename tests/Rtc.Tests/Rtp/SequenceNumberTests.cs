using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class SequenceNumberTests
{
    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(0, 65535, true)]
    [InlineData(65535, 0, false)]
    [InlineData(7, 7, false)]
    [InlineData(32767, 0, true)]
    [InlineData(32768, 0, false)]
    public void Newer_is_what_lies_less_than_half_the_circle_ahead(int a, int b, bool newer) =>
        Assert.Equal(newer, SequenceNumber.IsNewer((ushort)a, (ushort)b));

    [Fact]
    public void Of_two_timestamps_the_same_holds()
    {
        Assert.True(SequenceNumber.IsNewer(5u, uint.MaxValue - 5));
        Assert.False(SequenceNumber.IsNewer(uint.MaxValue - 5, 5u));
        Assert.Equal(11, SequenceNumber.Difference(5u, uint.MaxValue - 5));
        Assert.Equal(-11, SequenceNumber.Difference(uint.MaxValue - 5, 5u));
    }

    [Fact]
    public void A_number_unwraps_to_the_nearest_with_its_low_bits() =>
        Gen.Select(Gen.Long[-(1L << 48), 1L << 48], Gen.UInt, Gen.Int[1, 32]).Sample((reference, value, bits) =>
        {
            var size = 1L << bits;
            var number = SequenceNumber.Unwrap(reference, value, bits);
            Assert.Equal(value & (size - 1), number & (size - 1));
            Assert.InRange(number - reference, -size / 2, size / 2 - 1);
        });

    [Fact]
    public void A_stream_with_loss_and_reorder_unwraps_to_what_was_counted() =>
        Gen.Select(Gen.OneOf(Gen.Const(7), Gen.Const(8), Gen.Const(15), Gen.Const(16), Gen.Const(32)), Gen.UInt, Gen.UInt).Sample((bits, start, seed) =>
        {
            var first = bits == 32 ? start : start & (1u << bits) - 1;
            var unwrapper = new RtpUnwrapper(bits);
            Assert.Equal(first, unwrapper.Unwrap(first));

            // Steps forward below half the circle, and back to what lies less than half behind the highest.
            var random = new Random((int)seed);
            var half = 1L << (bits - 1);
            long highest = first;
            for (var i = 0; i < 1000; i++)
            {
                var number = random.Next(4) == 0 ? highest - random.NextInt64(half) : highest + random.NextInt64(half);
                Assert.Equal(number, unwrapper.Peek((uint)number));
                Assert.Equal(number, unwrapper.Unwrap((uint)number));
                highest = Math.Max(highest, number);
                Assert.Equal(highest, unwrapper.Highest);
            }
        });

    [Fact]
    public void Peeking_changes_nothing()
    {
        var unwrapper = new RtpUnwrapper(16);
        Assert.Equal(9, unwrapper.Peek(9));
        Assert.False(unwrapper.IsStarted);
        unwrapper.Unwrap(10);
        Assert.Equal(-1, unwrapper.Peek(65535));
        Assert.Equal(20, unwrapper.Peek(20));
        Assert.Equal(10, unwrapper.Highest);
    }
}
