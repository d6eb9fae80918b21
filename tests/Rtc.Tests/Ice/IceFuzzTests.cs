using System.Buffers.Binary;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Tests.Ice;

/// <summary>
/// Checks with a few changes, from a fixed seed. The oracle: what was changed is accepted only when the change lies outside of what
/// the integrity covers; what is refused moves nothing; an answer is a whole STUN message, hardly longer than its request.
/// </summary>
public sealed class IceFuzzTests
{
    private const int Inputs = 200_000;

    [Fact]
    public void No_changed_check_does_harm()
    {
        var random = new Random(20_261_123);
        var (server, home, strange) = (new IceLite(Check.Server, 0), Check.Path("192.0.2.7:40000"), Check.Path("[2001:db8::7]:40000"));
        server.SetRemote(Check.Client);
        Assert.Equal(IceOutcome.PathSelected, server.Receive(0, Check.From(Check.Client, Check.Server, nominate: true), home));
        byte[][] seeds =
        [
            Check.From(Check.Client, Check.Server),
            Check.From(Check.Client, Check.Server, nominate: true, more: (ref StunWriter writer) => writer.AddUInt64(StunAttributeType.IceControlling, 7)),
            Check.From(Check.Client, Check.Server, more: (ref StunWriter writer) => writer.Add((StunAttributeType)0x7777)),
            Check.Write("sErVeR+/:cLiE", Check.Server.Password, fingerprint: false),
        ];

        var outcomes = new int[Enum.GetValues<IceOutcome>().Length];
        var response = new byte[160];
        var buffer = new byte[400];
        for (var i = 0; i < Inputs; i++)
        {
            var seed = seeds[random.Next(seeds.Length)];
            var input = Mutate(random, seed, buffer);
            if (!StunMessage.TryParse(input, out var message)) continue;
            var before = (server.State, server.Path, server.PathCount, server.NextTimeout);
            response.AsSpan().Fill(0xEE);
            var outcome = server.Receive(1, message, strange, response, out var length);
            outcomes[(int)outcome]++;
            if (outcome.IsAccepted())
            {
                var covered = seed.Length - (StunMessage.TryParse(seed, out var original) && original.TryGet(StunAttributeType.Fingerprint, out _) ? 8 : 0);
                // The length in the header counts what may stand behind the integrity.
                if (!input[..2].SequenceEqual(seed.AsSpan(0, 2)) || !input[4..covered].SequenceEqual(seed.AsSpan(4, covered - 4)))
                    Assert.Fail($"input {i} was accepted: {Convert.ToHexString(input)}");
                server.Remove(strange);
            }
            else if (before != (server.State, server.Path, server.PathCount, server.NextTimeout))
            {
                Assert.Fail($"input {i} was refused and moved something: {Convert.ToHexString(input)}");
            }

            if (length == 0) continue;
            if (!StunMessage.TryParse(response.AsSpan(0, length), out var answer) || !answer.TransactionId.SequenceEqual(message.TransactionId)
                || length > input.Length + StunBinding.MaxGrowth || response.AsSpan(length).ContainsAnyExcept((byte)0xEE))
                Assert.Fail($"input {i}: {Convert.ToHexString(input)} was answered with {Convert.ToHexString(response.AsSpan(0, length))}");
        }

        // A mutator that does not reach an outcome tests it not.
        Assert.All(Enum.GetValues<IceOutcome>().Except([IceOutcome.Accepted, IceOutcome.Closed, IceOutcome.RoleConflict]), outcome => Assert.True(outcomes[(int)outcome] > 20, outcome.ToString()));
    }

    private static ReadOnlySpan<byte> Mutate(Random random, byte[] seed, byte[] buffer)
    {
        seed.CopyTo(buffer, 0);
        var length = seed.Length;
        for (var edits = random.Next(3); edits > 0; edits--)
        {
            var at = random.Next(length);
            switch (random.Next(6))
            {
                case 0: buffer[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: buffer[at] = (byte)random.Next(256); break;
                case 2: length = Math.Max(at & ~3, 20); break;
                case 3 when length < 350: // Something behind the end, often a whole attribute.
                    var run = Math.Min(random.Next(1, 8) * 4, length - (at & ~3));
                    buffer.AsSpan(at & ~3, run).CopyTo(buffer.AsSpan(length));
                    length += run;
                    break;
                case 4: BinaryPrimitives.WriteUInt16BigEndian(buffer.AsSpan(at & ~3), (ushort)random.Next(0x30)); break;
                default: // The attacker knows how to make a fingerprint.
                    if (length < 28 || length > 350) break;
                    BinaryPrimitives.WriteUInt16BigEndian(buffer.AsSpan(2), (ushort)(length - 20));
                    BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(length - 8), 0x8028_0004);
                    BinaryPrimitives.WriteUInt32BigEndian(buffer.AsSpan(length - 4), StunIntegrity.Fingerprint(buffer.AsSpan(0, length - 8)));
                    break;
            }
        }

        if (random.Next(4) != 0) BinaryPrimitives.WriteUInt16BigEndian(buffer.AsSpan(2), (ushort)(length - 20));
        return buffer.AsSpan(0, length);
    }
}
