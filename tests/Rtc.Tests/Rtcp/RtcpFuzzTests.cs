using System.Buffers.Binary;
using RtcHub.Rtc.Rtcp;
using RtcHub.Rtc.Tests.Rtp;

namespace RtcHub.Rtc.Tests.Rtcp;

/// <summary>
/// Compounds that are nearly right. The oracle: no exception, the packets fill the compound, each says as much as it counts
/// (<see cref="Reader"/>), and a NACK written anew names the same packets.
/// </summary>
public sealed class RtcpFuzzTests
{
    private const int Inputs = 250_000;

    [Fact]
    public void No_compound_does_harm()
    {
        var mutator = new Mutator(20_261_126, Vectors.All);
        var (parsed, packets, feedbacks) = (0, 0, 0);
        for (var i = 0; i < Inputs; i++)
        {
            var input = mutator.Next();

            // Else most would fall at the first check, the length in the header.
            if (input.Length >= 4 && mutator.Random.Next(3) == 0)
            {
                input = input[..(input.Length & ~3)];
                BinaryPrimitives.WriteUInt16BigEndian(input[2..], (ushort)(input.Length / 4 - 1));
            }

            if (!RtcpCompound.TryParse(input, out var compound)) continue;
            parsed++;
            var length = 0;
            foreach (var packet in compound)
            {
                packets++;
                length += 4 + 4 * BinaryPrimitives.ReadUInt16BigEndian(packet.Bytes[2..]);
                Reader.Read(packet);
                if (TransportFeedback.TryRead(packet, out _)) feedbacks++;
                if (Nack.TryRead(packet, out var nack) && !SurvivesWriting(nack)) Assert.Fail($"input {i}: {Convert.ToHexString(input)}");
            }

            if (length != input.Length) Assert.Fail($"input {i} has packets of {length} bytes: {Convert.ToHexString(input)}");
        }

        Assert.InRange(parsed, Inputs / 4, Inputs);
        Assert.InRange(packets, Inputs / 4, 10 * Inputs);
        Assert.InRange(feedbacks, Inputs / 50, Inputs);
    }

    // In another order perhaps: an entry names its packets ascending.
    private static bool SurvivesWriting(Nack nack)
    {
        Span<ushort> named = stackalloc ushort[2048];
        Span<ushort> again = stackalloc ushort[2048];
        named = named[..Take(nack, named)];
        Span<byte> buffer = stackalloc byte[4 * named.Length + 12];
        var writer = new RtcpWriter(buffer);
        Nack.Write(ref writer, nack.SenderSsrc, nack.MediaSsrc, named);
        if (!writer.TryFinish(out var length) || !RtcpCompound.TryParse(buffer[..length], out var compound)) return false;
        var packets = compound.GetEnumerator();
        if (!packets.MoveNext() || !Nack.TryRead(packets.Current, out var written)) return false;
        again = again[..Take(written, again)];
        return !again.ContainsAnyExcept(named) && !named.ContainsAnyExcept(again);
    }

    private static int Take(Nack nack, Span<ushort> numbers)
    {
        var count = 0;
        foreach (var number in nack) numbers[count++] = number;
        return count;
    }
}
