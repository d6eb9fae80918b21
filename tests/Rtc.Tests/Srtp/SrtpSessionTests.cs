using System.Buffers.Binary;
using CsCheck;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Tests.Srtp;

/// <summary>Sender and receiver together: whatever happens on the way, what is opened is what was sealed, once.</summary>
public sealed class SrtpSessionTests
{
    private const uint Ssrc = 0x0102_0304;

    public static TheoryData<SrtpProfile> Profiles => [SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmSha1_80];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Packets_of_any_length_come_through_in_place_and_apart(SrtpProfile profile) => Gen.Byte.Array[0, 1_400].Sample(payload =>
    {
        using var sender = Sender(profile);
        using var receiver = Receiver(profile);
        foreach (var inPlace in (bool[])[false, true])
        {
            var packet = new byte[1_500];
            Header(packet, inPlace ? (ushort)2 : (ushort)1);
            if (inPlace) payload.CopyTo(packet, 12);
            var length = sender.SealRtp(packet, 12, inPlace ? packet.AsSpan(12, payload.Length) : payload, inPlace ? 2ul : 1ul);
            Assert.Equal(12 + payload.Length + sender.Overhead, length);
            Assert.Equal(SrtpError.None, receiver.OpenRtp(packet.AsSpan(0, length), out var plain, out _));
            Assert.Equal(payload, packet[12..plain]);
        }
    }, iter: 300);

    [Theory]
    [MemberData(nameof(Profiles))]
    public void The_index_survives_roll_over_loss_and_reorder(SrtpProfile profile) =>
        Gen.Select(Gen.Int[0, 0x7FFF], Gen.Int[1, 100].Array[1, 400], Gen.Int).Sample((first, steps, seed) =>
        {
            using var sender = Sender(profile);
            using var receiver = Receiver(profile);
            var random = new Random(seed);
            var indexes = new List<ulong> { (ulong)first };
            foreach (var step in steps) indexes.Add(indexes[^1] + (ulong)(step > 90 ? step * 100 : step));

            // Neighbours change places; the first comes first, as a receiver can only guess from there.
            for (var i = 1; i + 1 < indexes.Count; i++)
            {
                if (random.Next(4) == 0) (indexes[i], indexes[i + 1]) = (indexes[i + 1], indexes[i]);
            }

            var highest = 0ul;
            foreach (var index in indexes)
            {
                var error = receiver.OpenRtp(Sealed(sender, index), out _, out var opened);
                highest = Math.Max(highest, index);
                if (highest - index >= 256) continue;
                Assert.Equal(SrtpError.None, error);
                Assert.Equal(index, opened);
            }
        }, iter: 100);

    [Theory]
    [MemberData(nameof(Profiles))]
    public void A_packet_is_opened_once(SrtpProfile profile)
    {
        using var sender = Sender(profile);
        using var receiver = Receiver(profile);
        for (var index = 10ul; index < 1_000; index += 3) Assert.Equal(SrtpError.None, receiver.OpenRtp(Sealed(sender, index), out _, out _));
        Assert.Equal(SrtpError.Replayed, receiver.OpenRtp(Sealed(sender, 997), out _, out _));
        Assert.Equal(SrtpError.None, receiver.OpenRtp(Sealed(sender, 998), out _, out _));
        Assert.Equal(SrtpError.Replayed, receiver.OpenRtp(Sealed(sender, 998), out _, out _));
        Assert.Equal(SrtpError.TooOld, receiver.OpenRtp(Sealed(sender, 700), out _, out _));
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void A_changed_bit_is_noticed_and_changes_nothing(SrtpProfile profile)
    {
        using var sender = Sender(profile);
        using var receiver = Receiver(profile);
        Assert.Equal(SrtpError.None, receiver.OpenRtp(Sealed(sender, 1), out _, out _));
        var genuine = Sealed(sender, 2);
        for (var bit = 0; bit < genuine.Length * 8; bit++)
        {
            var forged = (byte[])genuine.Clone();
            forged[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(SrtpError.None, receiver.OpenRtp(forged, out _, out _));
        }

        Assert.Equal(SrtpError.None, receiver.OpenRtp(genuine, out _, out var index));
        Assert.Equal(2ul, index);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void RTCP_comes_through_once_and_only_unchanged(SrtpProfile profile)
    {
        using var sender = Sender(profile);
        using var receiver = Receiver(profile);
        for (var length = 8; length <= 1_200; length += 4)
        {
            var plain = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
            (plain[0], plain[1]) = (0x80, 200);
            var packet = new byte[length + sender.RtcpOverhead];
            plain.CopyTo(packet, 0);
            Assert.Equal(packet.Length, sender.SealRtcp(packet, length));

            var forged = (byte[])packet.Clone();
            forged[length / 2] ^= 1;
            var before = (byte[])forged.Clone();
            Assert.Equal(SrtpError.AuthenticationFailed, receiver.OpenRtcp(forged, out _));
            Assert.Equal(before, forged);

            var replay = (byte[])packet.Clone();
            Assert.Equal(SrtpError.None, receiver.OpenRtcp(packet, out var opened));
            Assert.Equal(plain, packet[..opened]);
            Assert.Equal(SrtpError.Replayed, receiver.OpenRtcp(replay, out _));
        }
    }

    [Fact]
    public void Genuine_packets_of_too_many_sources_are_refused_and_strangers_take_no_place()
    {
        using var sender = Sender(SrtpProfile.AeadAes128Gcm);
        using var receiver = Receiver(SrtpProfile.AeadAes128Gcm);
        var noise = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var garbage = new byte[100];
            noise.NextBytes(garbage);
            garbage[0] = 0x80;
            Assert.NotEqual(SrtpError.None, receiver.OpenRtp(garbage, out _, out _));
        }

        for (var i = 0u; i <= SrtpReceiver.MaxSources; i++)
            Assert.Equal(i < SrtpReceiver.MaxSources ? SrtpError.None : SrtpError.TooManySources, receiver.OpenRtp(Sealed(sender, 1, i), out _, out _));
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void A_packet_allocates_nothing(SrtpProfile profile)
    {
        using var sender = Sender(profile);
        using var receiver = Receiver(profile);
        var (packet, payload) = (new byte[1_500], new byte[1_150]);
        long Run(ulong from, ulong to)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var index = from; index < to; index++)
            {
                Header(packet, (ushort)index);
                var length = sender.SealRtp(packet, 12, payload, index);
                if (receiver.OpenRtp(packet.AsSpan(0, length), out _, out _) != SrtpError.None) throw new InvalidOperationException();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Run(1, 2_000);
        Assert.Equal(0, Run(2_000, 4_000));
    }

    [Fact]
    public void No_input_does_harm()
    {
        const int Inputs = 400_000;
        var random = new Random(20_261_123);
        using var sender = Sender(SrtpProfile.AeadAes128Gcm);
        using var receiver = Receiver(SrtpProfile.AeadAes128Gcm);
        var (buffer, opened) = (new byte[256], 0);
        for (var i = 0; i < Inputs; i++)
        {
            var isRtcp = random.Next(2) == 0;
            Header(buffer, (ushort)i);
            buffer[0] = 0x80;
            if (isRtcp) buffer[1] = 200;
            var length = isRtcp ? sender.SealRtcp(buffer, 40) : sender.SealRtp(buffer, 12, buffer.AsSpan(12, 30), (ulong)i);
            for (var edits = random.Next(3); edits > 0; edits--) buffer[random.Next(length)] ^= (byte)(1 << random.Next(8));
            if (random.Next(3) == 0) length = random.Next(length + 1);
            var error = isRtcp ? receiver.OpenRtcp(buffer.AsSpan(0, length), out _) : receiver.OpenRtp(buffer.AsSpan(0, length), out _, out _);
            if (error == SrtpError.None) opened++;
        }

        Assert.InRange(opened, Inputs / 10, Inputs / 2);
    }

    private static SrtpSender Sender(SrtpProfile profile) => new(profile, Key, Salt(profile));

    private static SrtpReceiver Receiver(SrtpProfile profile) => new(profile, Key, Salt(profile));

    private static byte[] Key { get; } = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    private static byte[] Salt(SrtpProfile profile) => [.. Enumerable.Range(50, profile == SrtpProfile.AeadAes128Gcm ? 12 : 14).Select(i => (byte)i)];

    private static byte[] Sealed(SrtpSender sender, ulong index, uint ssrc = Ssrc)
    {
        var packet = new byte[12 + 20 + sender.Overhead];
        Header(packet, (ushort)index);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        sender.SealRtp(packet, 12, packet.AsSpan(12, 20), index);
        return packet;
    }

    private static void Header(Span<byte> packet, ushort sequence)
    {
        (packet[0], packet[1]) = (0x80, 96);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], Ssrc);
    }
}
