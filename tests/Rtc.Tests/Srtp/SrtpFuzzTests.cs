using RtcHub.Rtc.Srtp;
using RtcHub.Rtc.Tests.Rtp;
using static RtcHub.Rtc.Tests.Srtp.Vectors;

namespace RtcHub.Rtc.Tests.Srtp;

/// <summary>
/// A million packets, most of them nearly right, from a fixed seed. The oracle: no exception; what opens is one of the packets
/// that were sealed, unchanged, and for the first time; and at the end every packet that has not come yet still opens, thus
/// nothing of all that left a trace.
/// </summary>
public sealed class SrtpFuzzTests
{
    private const int Inputs = 500_000;

    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmSha1_80)]
    public void No_packet_does_harm(SrtpProfile profile)
    {
        using var sender = new SrtpSender(Transform(profile));
        using var receiver = new SrtpReceiver(Transform(profile));

        // Of each two neighbours the mutator gets one, the other is for the end.
        byte[][] rtp = [.. Enumerable.Range(0, 200).Select(i => Sealed(sender, (uint)i % 5, 65_400 + i, new byte[i % 7]))];
        byte[][] rtcp = [.. Enumerable.Range(0, 100).Select(i => SealedRtcp(sender, (uint)i % 5, 4 * (i % 4)))];
        byte[][] seeds = [.. rtp.Where((_, i) => i % 2 == 0), .. rtcp.Where((_, i) => i % 2 == 0)];
        foreach (var seed in (byte[][])[.. rtp[..10], .. rtcp[..10]]) Open(receiver, [.. seed]);

        var unopened = seeds.Select(Convert.ToHexString).ToHashSet();
        foreach (var seed in (byte[][])[.. rtp[..10], .. rtcp[..10]]) unopened.Remove(Convert.ToHexString(seed));
        var toOpen = unopened.Count;
        var outcomes = new int[Enum.GetValues<SrtpError>().Length];
        var mutator = new Mutator(20_261_123, seeds);
        var input = new byte[1024];
        for (var i = 0; i < Inputs; i++)
        {
            var mutated = mutator.Next();
            mutated.CopyTo(input);
            var error = Open(receiver, mutated);
            outcomes[(int)error]++;
            if (error != SrtpError.None) continue;
            var text = Convert.ToHexString(input.AsSpan(0, mutated.Length));
            if (!unopened.Remove(text)) Assert.Fail($"input {i}: {text} was opened");
        }

        Assert.Equal(toOpen, outcomes[(int)SrtpError.None]);
        Assert.Empty(unopened);
        Assert.InRange(outcomes[(int)SrtpError.AuthenticationFailed], Inputs / 10, Inputs);
        Assert.InRange(outcomes[(int)SrtpError.Replayed], Inputs / 10, Inputs);
        Assert.InRange(outcomes[(int)SrtpError.Malformed], Inputs / 100, Inputs);
        Assert.Equal(5, receiver.Sources);
        for (var i = 11; i < rtp.Length; i += 2) Assert.Equal(SrtpError.None, receiver.OpenRtp(rtp[i], out _, out _));
        for (var i = 11; i < rtcp.Length; i += 2) Assert.Equal(SrtpError.None, receiver.OpenRtcp(rtcp[i], out _));
    }

    // As a transport does it: by the second byte (RFC 5761 section 4).
    private static SrtpError Open(SrtpReceiver receiver, Span<byte> packet) =>
        packet.Length > 1 && packet[1] is >= 192 and <= 223 ? receiver.OpenRtcp(packet, out _) : receiver.OpenRtp(packet, out _, out _);
}
