using CsCheck;
using RtcHub.Rtc.Rtp;
using RtcHub.Rtc.Srtp;
using static RtcHub.Rtc.Tests.Srtp.Vectors;

namespace RtcHub.Rtc.Tests.Srtp;

public sealed class SrtpTests
{
    public static TheoryData<SrtpProfile, bool> Transforms => Vectors.Transforms;

    [Theory]
    [MemberData(nameof(Transforms))]
    public void Every_size_survives_in_place_and_out_of_place(SrtpProfile profile, bool accelerated)
    {
        var random = new Random(1);
        using var sender = new SrtpSender(Transform(profile, accelerated));
        using var receiver = new SrtpReceiver(Transform(profile, accelerated));
        for (var size = 0; size <= 1500; size++)
        {
            var payload = new byte[size];
            random.NextBytes(payload);
            var packet = new byte[12 + size + sender.Overhead + 3];
            RtpHeader.TryWrite(packet, 96, true, (ushort)size, 90_000, 7);
            var inPlace = size % 2 == 0;
            if (inPlace) payload.CopyTo(packet, 12);
            packet.AsSpan(^3).Fill(0xEE);
            var length = sender.SealRtp(packet, 12, inPlace ? packet.AsSpan(12, size) : payload, (ulong)size);
            Assert.Equal(12 + size + sender.Overhead, length);
            Assert.False(packet.AsSpan(length).ContainsAnyExcept((byte)0xEE), "It wrote behind its own end.");
            if (size >= 8) Assert.False(packet.AsSpan(12, size).SequenceEqual(payload), "The payload is in the clear.");

            Assert.Equal(SrtpError.None, receiver.OpenRtp(packet.AsSpan(0, length), out var opened, out var index));
            Assert.Equal(12 + size, opened);
            Assert.Equal((ulong)size, index);
            Assert.True(packet.AsSpan(12, size).SequenceEqual(payload));
        }
    }

    [Theory]
    [MemberData(nameof(Transforms))]
    public void Any_header_and_any_compound_survive(SrtpProfile profile, bool accelerated)
    {
        using var sender = new SrtpSender(Transform(profile, accelerated));
        using var receiver = new SrtpReceiver(Transform(profile, accelerated));
        var index = 0L;
        Gen.Select(Gen.Int[0, 15], Gen.Int[-1, 40], Gen.Byte.Array[0, 300], Gen.UShort).Sample((sources, extension, payload, ssrc) =>
        {
            // CSRCs and an extension are not encrypted, but what is behind them is.
            var headerLength = 12 + 4 * sources + (extension < 0 ? 0 : 4 + 4 * extension);
            var packet = new byte[headerLength + payload.Length + sender.Overhead];
            RtpHeader.TryWrite(packet, 96, false, (ushort)++index, 1, (uint)ssrc % 100);
            packet[0] |= (byte)(sources | (extension < 0 ? 0 : 0x10));
            if (extension >= 0) packet[12 + 4 * sources + 3] = (byte)extension;
            byte[] header = packet[..headerLength];
            sender.SealRtp(packet, headerLength, payload, (ulong)index);
            Assert.Equal(header, packet[..headerLength]);
            Assert.Equal(SrtpError.None, receiver.OpenRtp(packet, out var length, out _));
            Assert.Equal((byte[])[.. header, .. payload], packet[..length]);

            byte[] compound = [0x81, 201, 0, 1, 0, 0, 0, (byte)(ssrc % 100), .. payload], rtcp = [.. compound, .. new byte[sender.RtcpOverhead]];
            Assert.Equal(rtcp.Length, sender.SealRtcp(rtcp, compound.Length));
            Assert.Equal(compound[..8], rtcp[..8]);
            if (payload.Length >= 8) Assert.NotEqual(compound, rtcp[..compound.Length]);
            Assert.Equal(SrtpError.None, receiver.OpenRtcp(rtcp, out length));
            Assert.Equal(compound, rtcp[..length]);
        }, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Transforms))]
    public void The_roll_over_counter_follows_through_loss_and_reorder(SrtpProfile profile, bool accelerated)
    {
        Gen.UInt.Sample(seed =>
        {
            var random = new Random((int)seed);
            using var sender = new SrtpSender(Transform(profile, accelerated));
            using var receiver = new SrtpReceiver(Transform(profile, accelerated));

            // A sender begins below half the circle, as browsers do, so that the first wrap cannot be mistaken.
            long highest = random.Next(1 << 15) - 1;
            var seen = new HashSet<long>();
            for (var i = 0; i < 300; i++)
            {
                var index = highest + random.Next(8) switch
                {
                    < 3 => 1,
                    3 => random.Next(2, 40),
                    4 => random.Next(2, 32_000),
                    _ => -random.Next(60),
                };
                if (index < 0 || (i == 0 && index < highest)) continue;
                var expected = seen.Contains(index) ? SrtpError.Replayed : SrtpError.None;
                Assert.Equal(expected, receiver.OpenRtp(Sealed(sender, 7, index, [1, 2, 3]), out _, out var opened));
                if (expected != SrtpError.None) continue;
                Assert.Equal(index, (long)opened);
                seen.Add(index);
                highest = Math.Max(highest, index);
            }

            Assert.InRange(highest, 3L << 16, 1L << 32);
        }, iter: 20);
    }

    [Theory]
    [MemberData(nameof(Transforms))]
    public void What_came_before_is_refused(SrtpProfile profile, bool accelerated)
    {
        using var sender = new SrtpSender(Transform(profile, accelerated));
        using var receiver = new SrtpReceiver(Transform(profile, accelerated));
        Assert.Equal(SrtpError.None, Open(10));
        Assert.Equal(SrtpError.Replayed, Open(10));
        Assert.Equal(SrtpError.None, Open(9));
        Assert.Equal(SrtpError.None, Open(5000));
        Assert.Equal(SrtpError.TooOld, Open(10));
        Assert.Equal(SrtpError.TooOld, Open(5000 - ReplayWindow.Size));
        Assert.Equal(SrtpError.None, Open(5001 - ReplayWindow.Size));

        // Before the very first one.
        Assert.Equal(SrtpError.None, Open(3, ssrc: 2));
        Assert.Equal(SrtpError.TooOld, Open(65_530, ssrc: 2));

        byte[] first = SealedRtcp(sender, 1, 12), second = SealedRtcp(sender, 1, 12), third = SealedRtcp(sender, 2, 12);
        Assert.Equal(SrtpError.None, receiver.OpenRtcp([.. second], out _));
        Assert.Equal(SrtpError.Replayed, receiver.OpenRtcp([.. second], out _));
        Assert.Equal(SrtpError.None, receiver.OpenRtcp([.. first], out _));
        Assert.Equal(SrtpError.Replayed, receiver.OpenRtcp([.. first], out _));
        Assert.Equal(SrtpError.None, receiver.OpenRtcp([.. third], out _));
        for (var i = 0; i < ReplayWindow.Size; i++) second = SealedRtcp(sender, 1, 12);
        Assert.Equal(SrtpError.None, receiver.OpenRtcp(second, out _));
        Assert.Equal(SrtpError.TooOld, receiver.OpenRtcp(first, out _));

        SrtpError Open(long index, uint ssrc = 1) => receiver.OpenRtp(Sealed(sender, ssrc, index, [1]), out _, out _);
    }

    [Theory]
    [MemberData(nameof(Transforms))]
    public void One_bit_anywhere_is_noticed_and_changes_nothing(SrtpProfile profile, bool accelerated)
    {
        using var sender = new SrtpSender(Transform(profile, accelerated));
        using var receiver = new SrtpReceiver(Transform(profile, accelerated));
        Assert.Equal(SrtpError.None, receiver.OpenRtp(Sealed(sender, 7, 100, [1, 2, 3]), out _, out _));
        byte[] rtp = Sealed(sender, 7, 101, [4, 5, 6]), rtcp = SealedRtcp(sender, 7, 12);
        for (var bit = 0; bit < 8 * rtp.Length; bit++)
        {
            byte[] changed = [.. rtp];
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(SrtpError.None, receiver.OpenRtp(changed, out var length, out var index));
            Assert.Equal((0, 0ul), (length, index));
        }

        for (var bit = 0; bit < 8 * rtcp.Length; bit++)
        {
            byte[] changed = [.. rtcp];
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(SrtpError.None, receiver.OpenRtcp(changed, out var length));
            Assert.Equal(0, length);
        }

        Assert.Equal(1, receiver.Sources);
        Assert.Equal(SrtpError.None, receiver.OpenRtp(rtp, out _, out _));
        Assert.Equal(SrtpError.None, receiver.OpenRtcp(rtcp, out _));

        // Cut short at any place.
        rtp = Sealed(sender, 7, 102, [4, 5, 6]);
        rtcp = SealedRtcp(sender, 7, 12);
        for (var length = 0; length < rtp.Length; length++) Assert.NotEqual(SrtpError.None, receiver.OpenRtp(rtp.AsSpan(0, length).ToArray(), out _, out _));
        for (var length = 0; length < rtcp.Length; length++) Assert.NotEqual(SrtpError.None, receiver.OpenRtcp(rtcp.AsSpan(0, length).ToArray(), out _));
        Assert.Equal(SrtpError.None, receiver.OpenRtp(rtp, out _, out _));
        Assert.Equal(SrtpError.None, receiver.OpenRtcp(rtcp, out _));
    }

    [Fact]
    public void Sources_are_limited_and_strangers_take_no_place()
    {
        var profile = SrtpProfile.AeadAes128Gcm;
        using var sender = new SrtpSender(Transform(profile));
        using var stranger = new SrtpSender(profile, Rfc7714Key, Rfc7714Salt);
        using var receiver = new SrtpReceiver(Transform(profile));
        for (var ssrc = 0u; ssrc < 1000; ssrc++)
        {
            Assert.Equal(SrtpError.AuthenticationFailed, receiver.OpenRtp(Sealed(stranger, ssrc, 1, [1]), out _, out _));
            Assert.Equal(SrtpError.AuthenticationFailed, receiver.OpenRtcp(SealedRtcp(stranger, ssrc, 0), out _));
        }

        Assert.Equal(0, receiver.Sources);

        // SSRCs that fall on the same slots of the table, among others.
        for (var i = 0; i < SrtpReceiver.MaxSources; i++)
        {
            Assert.Equal(SrtpError.None, receiver.OpenRtp(Sealed(sender, Ssrc(i), 1, [1]), out _, out _));
            Assert.Equal(SrtpError.None, receiver.OpenRtcp(SealedRtcp(sender, Ssrc(i), 0), out _));
        }

        Assert.Equal(SrtpReceiver.MaxSources, receiver.Sources);
        Assert.Equal(SrtpError.TooManySources, receiver.OpenRtp(Sealed(sender, 5, 1, [1]), out _, out _));
        Assert.Equal(SrtpError.TooManySources, receiver.OpenRtcp(SealedRtcp(sender, 5, 0), out _));
        for (var i = 0; i < SrtpReceiver.MaxSources; i++)
        {
            Assert.Equal(SrtpError.Replayed, receiver.OpenRtp(Sealed(sender, Ssrc(i), 1, [1]), out _, out _));
            Assert.Equal(SrtpError.None, receiver.OpenRtp(Sealed(sender, Ssrc(i), 2, [1]), out _, out _));
        }

        static uint Ssrc(int i) => i % 2 == 0 ? (uint)i << 20 : uint.MaxValue - (uint)i;
    }

    [Fact]
    public void Directions_rtp_and_rtcp_and_sources_have_key_streams_of_their_own()
    {
        foreach (var profile in Enum.GetValues<SrtpProfile>())
        {
            using var sender = new SrtpSender(Transform(profile));
            var payload = new byte[32];
            var streams = new HashSet<string>
            {
                Convert.ToHexString(Sealed(sender, 1, 0, payload)[12..44]),
                Convert.ToHexString(Sealed(sender, 2, 0, payload)[12..44]),
                Convert.ToHexString(Sealed(sender, 1, 1, payload)[12..44]),
                Convert.ToHexString(Sealed(sender, 1, 1L << 16, payload)[12..44]),
                Convert.ToHexString(Sealed(sender, 1, 1L << 32, payload)[12..44]),
                Convert.ToHexString(SealedRtcp(sender, 1, 32)[8..40]),
                Convert.ToHexString(SealedRtcp(sender, 1, 32)[8..40]),
                Convert.ToHexString(SealedRtcp(sender, 2, 32)[8..40]),
            };
            Assert.Equal(8, streams.Count);
            Assert.Equal(Sealed(sender, 1, 0, payload), Sealed(sender, 1, 0, payload));
        }
    }

    [Fact]
    public void What_a_caller_does_wrong_is_told()
    {
        foreach (var profile in Enum.GetValues<SrtpProfile>())
        {
            var sender = new SrtpSender(Transform(profile));
            var receiver = new SrtpReceiver(Transform(profile));
            var packet = new byte[100];
            RtpHeader.TryWrite(packet, 96, false, 1, 1, 1);
            Assert.Throws<ArgumentException>(() => sender.SealRtp(packet, 12, new byte[100 - 12 - sender.Overhead + 1], 1));
            Assert.Throws<ArgumentException>(() => sender.SealRtp(packet, 12, packet.AsSpan(13, 20), 1));
            Assert.Throws<ArgumentException>(() => sender.SealRtp(packet, 12, packet.AsSpan(11, 20), 1));
            Assert.Throws<ArgumentException>(() => sender.SealRtcp(packet, 7));
            Assert.Throws<ArgumentException>(() => sender.SealRtcp(packet, 100 - sender.RtcpOverhead + 1));
            Assert.Equal(100, sender.SealRtcp(packet, 100 - sender.RtcpOverhead));

            sender.Dispose();
            receiver.Dispose();
            sender.Dispose();
            Assert.Throws<ObjectDisposedException>(() => sender.SealRtp(packet, 12, [], 1));
            Assert.Throws<ObjectDisposedException>(() => sender.SealRtcp(packet, 8));
            Assert.Throws<ObjectDisposedException>(() => receiver.OpenRtp(packet, out _, out _));
            Assert.Throws<ObjectDisposedException>(() => receiver.OpenRtcp(packet, out _));
        }
    }

    [Theory]
    [MemberData(nameof(Transforms))]
    public void Sealing_and_opening_do_not_allocate(SrtpProfile profile, bool accelerated)
    {
        using var sender = new SrtpSender(Transform(profile, accelerated));
        using var receiver = new SrtpReceiver(Transform(profile, accelerated));
        byte[] packet = new byte[1200], payload = new byte[1000];
        for (var i = 0; i < 50; i++) Run(i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 50; i < 1000; i++) Run(i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int index)
        {
            RtpHeader.TryWrite(packet, 96, false, (ushort)index, 1, 7);
            var length = sender.SealRtp(packet, 12, payload, (ulong)index);
            if (receiver.OpenRtp(packet.AsSpan(0, length), out _, out _) != SrtpError.None) Assert.Fail("RTP");
            if (receiver.OpenRtp(packet.AsSpan(0, length), out _, out _) != SrtpError.Replayed) Assert.Fail("replayed RTP");
            length = sender.SealRtcp(packet, 100);
            if (receiver.OpenRtcp(packet.AsSpan(0, length), out _) != SrtpError.None) Assert.Fail("RTCP");
        }
    }
}
