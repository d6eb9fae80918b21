using System.Buffers.Binary;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Tests.Stun;

/// <summary>
/// A million datagrams, most of them nearly right, from a fixed seed. The oracle: no exception; every attribute lies within
/// the message; an answer is a well-formed response to this very request, hardly longer than it, and writes nothing behind
/// its own end.
/// </summary>
public sealed class StunFuzzTests
{
    private const int Inputs = 1_000_000;

    private static readonly byte[][] Seeds =
    [
        Vectors.Request, Vectors.ResponseIPv4, Vectors.ResponseIPv6, Vectors.LongTermRequest, Vectors.Sha256Request,
        Convert.FromHexString("000100002112a4420102030405060708090a0b0c"),
        Convert.FromHexString("000100082112a4420102030405060708090a0b0c" + "00030004" + "00000006"),
    ];

    [Fact]
    public void No_datagram_does_harm()
    {
        var random = new Random(20_261_123);
        var buffer = new byte[512];
        var response = new byte[128];
        Assert.True(Address.TryParse("[2001:db8::7]:40000", out var source));
        var (parsed, answered) = (0, 0);
        for (var i = 0; i < Inputs; i++)
        {
            var input = Mutate(random, Seeds[random.Next(Seeds.Length)], buffer);
            if (StunMessage.TryParse(input, out var message))
            {
                parsed++;
                Read(message);
            }

            response.AsSpan().Fill(0xEE);
            if (!StunBinding.TryRespond(input, source, response, out var length)) continue;
            answered++;
            if (!IsAnswerTo(input, response.AsSpan(0, length)) || response.AsSpan(length).ContainsAnyExcept((byte)0xEE))
                Assert.Fail($"input {i}: {Convert.ToHexString(input)} was answered with {Convert.ToHexString(response.AsSpan(0, length))}");
        }

        // A mutator whose output is all refused at the door would test nothing.
        Assert.InRange(parsed, Inputs / 10, Inputs);
        Assert.InRange(answered, Inputs / 100, Inputs);
    }

    private static void Read(in StunMessage message)
    {
        foreach (var attribute in message)
        {
            if (attribute.Offset + 4 + attribute.Value.Length > message.Bytes.Length) Assert.Fail("An attribute reaches beyond the message.");
            message.TryGetAddress(attribute.Type, out _);
            message.TryGetXorAddress(attribute.Type, out _);
            message.TryGetUInt32(attribute.Type, out _);
            message.TryGetUInt64(attribute.Type, out _);
        }

        message.TryGetErrorCode(out _);
        StunIntegrity.VerifyFingerprint(message);
        StunIntegrity.Verify(message, Vectors.ShortTermPassword);
        StunIntegrity.VerifySha256(message, Vectors.ShortTermPassword);
    }

    private static bool IsAnswerTo(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) =>
        StunMessage.TryParse(response, out var message)
        && message.Class is StunClass.Success or StunClass.Error
        && message.Method == StunMethod.Binding
        && message.TransactionId.SequenceEqual(request.Slice(8, 12))
        && response.Length <= request.Length + StunBinding.MaxGrowth;

    private static ReadOnlySpan<byte> Mutate(Random random, byte[] seed, byte[] buffer)
    {
        seed.CopyTo(buffer, 0);
        var length = seed.Length;
        for (var edits = random.Next(4); edits > 0; edits--)
        {
            var at = random.Next(Math.Max(length, 1));
            switch (random.Next(8))
            {
                case 0: buffer[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: buffer[at] = (byte)random.Next(256); break;
                case 2: buffer[at] = random.Next(2) == 0 ? (byte)0 : byte.MaxValue; break;
                case 3: length = at; break;
                case 4: length = at & ~3; break;
                case 5 when length < 400: // An attribute twice, or garbage behind the end.
                    var run = Math.Min(random.Next(1, 12) * 4, length - at);
                    buffer.AsSpan(at, run).CopyTo(buffer.AsSpan(length));
                    length += run;
                    break;
                case 6 when length >= 24: // The length of some attribute.
                    BinaryPrimitives.WriteUInt16BigEndian(buffer.AsSpan(20 + at % (length - 20) & ~3)[2..], (ushort)random.Next(40));
                    break;
                case 7 when length >= 24: // The type of some attribute.
                    BinaryPrimitives.WriteUInt16BigEndian(buffer.AsSpan(20 + at % (length - 20) & ~3), (ushort)(random.Next(4) == 0 ? random.Next(65536) : random.Next(0x30)));
                    break;
            }
        }

        // Else most would fall at the first check, the length in the header.
        if (length >= 20 && random.Next(4) != 0) BinaryPrimitives.WriteUInt16BigEndian(buffer.AsSpan(2), (ushort)(length - 20));
        return buffer.AsSpan(0, length);
    }
}
