using CsCheck;
using RtcHub.Rtc.Rtp;

namespace RtcHub.Rtc.Tests.Rtp;

public sealed class RedTests
{
    [Fact]
    public void The_primary_block_is_found_behind_any_number_of_redundant_ones() =>
        Gen.Select(Gen.Byte.Array[0, 1023].Array[0, 3], Gen.Byte.Array[0, 100], Gen.Byte[0, 127]).Sample((redundant, primary, payloadType) =>
        {
            var payload = new List<byte>();
            foreach (var block in redundant) payload.AddRange([0x80 | 111, 0x0F, (byte)(0xC0 | block.Length >> 8), (byte)block.Length]);
            payload.Add(payloadType);
            foreach (var block in redundant) payload.AddRange(block);
            var shortest = payload.Count;
            payload.AddRange(primary);

            var bytes = payload.ToArray();
            Assert.True(Red.TryGetPrimary(bytes, out var type, out var found));
            Assert.Equal(payloadType, type);
            Assert.True(found.SequenceEqual(primary));
            Assert.False(Red.TryGetPrimary(bytes.AsSpan(0, shortest - 1), out _, out _));
        });

    [Theory]
    [InlineData("")]
    [InlineData("ef")]
    [InlineData("ef000001")] // No primary block.
    [InlineData("ef0000016f")] // The redundant block is not there.
    public void Headers_that_contradict_the_length_are_malformed(string payload) => Assert.False(Red.TryGetPrimary(Convert.FromHexString(payload), out _, out _));
}
