using CsCheck;
using RtcHub.Rtc.Rtp;
using RtcHub.Sfu.Routing;

namespace RtcHub.Sfu.Tests.Routing;

public sealed class PacketCacheTests
{
    [Fact]
    public void A_packet_is_found_with_its_facts_until_the_ring_has_gone_round()
    {
        var cache = new PacketCache(64, 8192);
        var facts = new PacketFacts { Timestamp = 9, HeaderLength = 12, PayloadLength = 988 };
        Assert.Equal(DropReason.None, cache.Store(7, Bytes(7, 1000), facts, out var stored));
        Assert.True(stored.Bytes.SequenceEqual(Bytes(7, 1000)));
        Assert.True(cache.TryGet(7, out var found));
        Assert.Equal(9u, found.Facts.Timestamp);
        Assert.True(found.Payload.SequenceEqual(Bytes(7, 1000).AsSpan(12)));
        Assert.True(found.Header.SequenceEqual(Bytes(7, 1000).AsSpan(0, 12)));
        for (var i = 8; i < 15; i++) cache.Store(i, Bytes(i, 1000), facts, out _);
        Assert.True(cache.TryGet(7, out _)); // 8 packets of 1,000 bytes fit, the ninth does not.
        cache.Store(15, Bytes(15, 1000), facts, out _);
        Assert.False(cache.TryGet(7, out _));
        Assert.True(cache.TryGet(8, out _));
    }

    [Fact]
    public void A_packet_gets_its_padding_in_place_of_what_it_had()
    {
        var cache = new PacketCache(64, 8192);
        var bytes = Bytes(7, 1000);
        bytes[0] = 0x80;
        var facts = new PacketFacts { HeaderLength = 12, PayloadLength = 700, Padding = 4 };
        Assert.Equal(DropReason.None, cache.Store(1, Bytes(8, 1000), facts, out _)); // Something to overwrite.
        Assert.Equal(DropReason.None, cache.Store(7, bytes, facts, out var stored));
        Assert.Equal(bytes.AsSpan(12, 700), stored.Payload);
        Assert.Equal([0, 0, 0, 4], stored.PaddedPayload[700..].ToArray());
        RtpHeader.SetPadding(stored.Bytes, true);
        Assert.True(RtpPacket.TryParse(stored.Bytes, out var packet));
        Assert.Equal((700, 4), (packet.Payload.Length, packet.PaddingLength));
        Assert.Equal(DropReason.TooLarge, cache.Store(8, new byte[PacketCache.MaxPacket], facts with { PayloadLength = PacketCache.MaxPacket - 12 }, out _));
    }

    [Fact]
    public void What_cannot_be_stored_says_why()
    {
        var cache = new PacketCache(64, 8192);
        Assert.Equal(DropReason.TooLarge, cache.Store(1, new byte[PacketCache.MaxPacket + 1], default, out _));
        Assert.Equal(DropReason.TooOld, cache.Store(-1, Bytes(1, 20), default, out _));
        Assert.Equal(DropReason.None, cache.Store(100, Bytes(1, 20), default, out _));
        Assert.Equal(DropReason.Duplicate, cache.Store(100, Bytes(2, 20), default, out _));
        Assert.Equal(DropReason.TooOld, cache.Store(36, Bytes(3, 20), default, out _));
        Assert.Equal(DropReason.None, cache.Store(37, Bytes(4, 20), default, out _));
        Assert.Equal(100, cache.Highest);
    }

    [Fact]
    public void An_empty_cache_finds_nothing_and_a_reset_one_is_empty()
    {
        var cache = new PacketCache(64, 8192);
        Assert.False(cache.TryGet(0, out _));
        Assert.Equal(-1, cache.Highest);
        cache.Store(0, Bytes(1, 20), default, out _);
        Assert.True(cache.TryGet(0, out _));
        cache.Reset();
        Assert.False(cache.TryGet(0, out _));
        Assert.Equal(DropReason.None, cache.Store(0, Bytes(1, 20), default, out _));
    }

    /// <summary>
    /// Against a dictionary of everything that was ever stored: what is found is right; and whatever is within the last 64
    /// indexes and the last bytes that the ring must be able to hold, is found.
    /// </summary>
    [Fact]
    public void The_cache_never_lies_and_forgets_no_sooner_than_it_must() =>
        Gen.Select(Gen.Int[-70, 80], Gen.Int[0, 1500]).Array[0, 300].Sample(steps =>
        {
            const int Ring = 8192;
            var cache = new PacketCache(64, Ring);
            var model = new Dictionary<long, (byte[] Bytes, long Before)>();
            var (highest, written) = (-1L, 0L);
            foreach (var (step, length) in steps)
            {
                var index = Math.Max(0, Math.Max(highest, 0) + (step > 40 ? 1 : step));
                var expected = index <= highest - 64 ? DropReason.TooOld : model.ContainsKey(index) ? DropReason.Duplicate : DropReason.None;
                var bytes = Bytes((int)index, length);
                Assert.Equal(expected, cache.Store(index, bytes, new PacketFacts { Arrival = index }, out var stored));
                if (expected == DropReason.None)
                {
                    Assert.True(stored.Bytes.SequenceEqual(bytes));
                    written += length;
                    model[index] = (bytes, written - length);
                    highest = Math.Max(highest, index);
                }

                foreach (var (at, (content, before)) in model)
                {
                    var found = cache.TryGet(at, out var packet);
                    if (found)
                    {
                        Assert.True(packet.Bytes.SequenceEqual(content));
                        Assert.Equal(at, packet.Facts.Arrival);
                        Assert.Equal(at, packet.Index);
                    }

                    // Up to a packet's length may be lost at the seam of the ring.
                    else if (at > highest - 64 && written - before <= Ring - 1500) Assert.Fail($"{at} was forgotten too soon.");
                }
            }
        }, iter: 300);

    [Fact]
    public void A_cache_goes_back_to_the_pool_empty_and_only_once()
    {
        var pool = new PacketPool();
        var cache = pool.Rent(video: true);
        cache.Store(5, Bytes(1, 20), default, out _);
        Assert.Equal(1, pool.Rented);
        pool.Return(cache);
        Assert.Equal(0, pool.Rented);
        Assert.Throws<InvalidOperationException>(() => pool.Return(cache));
        var audio = pool.Rent(video: false);
        Assert.NotSame(cache, audio);
        Assert.Same(cache, pool.Rent(video: true));
        Assert.False(cache.TryGet(5, out _));
        pool.Return(audio);
        Assert.Same(audio, pool.Rent(video: false));
    }

    [Fact]
    public void Coming_and_going_costs_no_memory()
    {
        var pool = new PacketPool();
        ComeAndGo(pool);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) ComeAndGo(pool);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void ComeAndGo(PacketPool pool)
        {
            var (audio, video) = (pool.Rent(video: false), pool.Rent(video: true));
            pool.Return(audio);
            pool.Return(video);
        }
    }

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)(seed * 31 + i * 7);
        return bytes;
    }
}
