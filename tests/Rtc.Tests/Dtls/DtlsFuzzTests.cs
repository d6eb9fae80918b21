using System.Buffers.Binary;
using RtcHub.Rtc.Dtls;

namespace RtcHub.Rtc.Tests.Dtls;

/// <summary>
/// Datagrams that nobody should send, from a fixed seed: each subclass is one library. The oracle: no exception; never keys; whatever
/// goes out is whole records of the right size; and what must be ignored (RFC 6347 section 4.1.2.7) leaves the handshake unharmed.
/// </summary>
public abstract class DtlsFuzzTests
{
    private static readonly DtlsCertificate Certificate = DtlsCertificate.Create(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(30));
    private static readonly DtlsCertificate Other = DtlsCertificate.Create(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(30));

    private readonly byte[] _buffer = new byte[4096];
    private readonly byte[] _output = new byte[IDtls.MaxDatagram];

    /// <summary>How many datagrams a server has to stand: a library that needs a thread is slower.</summary>
    protected abstract int Inputs { get; }

    protected abstract IDtls Create(DtlsRole role, DtlsCertificate certificate, Fingerprint expected);

    /// <summary>A server, and a client, fed with mutations of what real peers say in every phase of a handshake.</summary>
    [Theory]
    [InlineData(DtlsRole.Server)]
    [InlineData(DtlsRole.Client)]
    public void No_datagram_does_harm(DtlsRole role)
    {
        var seeds = Record(role);
        var random = new Random(20_261_123);
        var wanted = role == DtlsRole.Server ? Inputs : Inputs / 5; // After the first message that is wrong a client is over.
        var (machines, failed, answered) = (0, 0, 0);
        for (var inputs = 0; inputs < wanted; machines++)
        {
            using var machine = Create(role, Certificate, Other.Fingerprint);
            machine.Start(0);
            Drain(machine);
            // Half of the servers are in the middle of a handshake that somebody began in earnest.
            if (role == DtlsRole.Server && machines % 2 == 0)
                foreach (var fragment in ClientHellos.Chromium156) machine.Receive(0, fragment);
            for (var now = 0; machine.State == DtlsState.Handshaking && now < 200_000; now += 1_000, inputs++)
            {
                machine.Receive(now, Mutate(random, seeds[random.Next(seeds.Count)]));
                machine.Timeout(now);
                answered += Drain(machine);
            }

            failed += machine.State == DtlsState.Failed ? 1 : 0;
            Assert.NotEqual(DtlsState.Connected, machine.State);
            Assert.Null(machine.Keys);
        }

        // A mutator whose output is all refused at the door would test nothing.
        Assert.InRange(answered, machines / 2, wanted);
        Assert.InRange(failed, machines / 20, machines);
    }

    /// <summary>Records that are not the peer's, between those that are: before, during and after the handshake.</summary>
    [Fact]
    public void What_must_be_ignored_is_ignored()
    {
        var random = new Random(20_261_124);
        for (var i = 0; i < Inputs / 500; i++)
        {
            using var pair = new DtlsPair(Create(DtlsRole.Client, Certificate, Other.Fingerprint), Create(DtlsRole.Server, Other, Certificate.Fingerprint)).Start();
            do
            {
                for (var k = 0; k < 10; k++)
                {
                    pair.Server.Receive(pair.Now, Forge(random));
                    pair.Client.Receive(pair.Now, Forge(random));
                }
            }
            while (pair.Step());

            if ((pair.Client.State, pair.Server.State) is not (DtlsState.Connected, DtlsState.Connected))
                Assert.Fail($"handshake {i}: client {pair.Client.State} {pair.Client.Failure}, server {pair.Server.State} {pair.Server.Failure}");
        }
    }

    /// <summary>
    /// What is no hello, before the hello: the server must not have given up when the client comes, nor believe what it heard. (Another
    /// proper hello is another client, and half a hello is waited for; without cookies there is no help against either.)
    /// </summary>
    [Fact]
    public void Noise_before_the_hello_does_not_keep_the_client_out()
    {
        var seeds = Record(DtlsRole.Server);
        var random = new Random(20_261_125);
        for (var i = 0; i < Inputs / 1_000; i++)
        {
            using var pair = new DtlsPair(Create(DtlsRole.Client, Certificate, Other.Fingerprint), Create(DtlsRole.Server, Other, Certificate.Fingerprint));
            pair.Server.Start(0);
            for (var k = 0; k < 20; k++) pair.Server.Receive(0, k % 2 == 0 ? CutHello(random, seeds[0]) : NoHello(random, seeds));
            pair.Run();
            if ((pair.Client.State, pair.Server.State) is not (DtlsState.Connected, DtlsState.Connected))
                Assert.Fail($"handshake {i}: client {pair.Client.State} {pair.Client.Failure}, server {pair.Server.State} {pair.Server.Failure}");
        }
    }

    /// <summary>A path that damages every fourth datagram, behind UDP's back. A handshake that it breaks may fail, but not otherwise.</summary>
    [Fact]
    public void A_path_that_damages_datagrams_breaks_handshakes_only()
    {
        var random = new Random(20_261_126);
        var connected = 0;
        for (var i = 0; i < Inputs / 1_000; i++)
        {
            using var pair = new DtlsPair(Create(DtlsRole.Client, Certificate, Other.Fingerprint), Create(DtlsRole.Server, Other, Certificate.Fingerprint))
            {
                Alters = datagram => [random.Next(4) == 0 ? Mutate(random, datagram).ToArray() : datagram],
            };
            pair.Run();
            Assert.NotEqual(DtlsState.Handshaking, pair.Server.State);
            if (pair.Client.State != DtlsState.Connected || pair.Server.State != DtlsState.Connected) continue;
            connected++;
            Assert.Equal(pair.Client.Keys!.LocalKey, pair.Server.Keys!.RemoteKey);
        }

        Assert.InRange(connected, Inputs / 1_000 / 10, Inputs / 1_000 - 1);
    }

    // All that the peer of this role says in two handshakes, the second of which ends at once.
    private List<byte[]> Record(DtlsRole role)
    {
        var seeds = new List<byte[]>();
        foreach (var expected in new[] { Certificate, Other })
        {
            using var pair = new DtlsPair(Create(DtlsRole.Client, Certificate, Other.Fingerprint), Create(DtlsRole.Server, Other, expected.Fingerprint))
            {
                Passes = (fromClient, datagram) =>
                {
                    if (fromClient == (role == DtlsRole.Server)) seeds.Add(datagram);
                    return true;
                },
            };
            pair.Run();
            pair.Client.Close(pair.Now);
            pair.Collect();
            pair.Run();
        }

        if (role == DtlsRole.Server) seeds.AddRange([.. ClientHellos.Chromium156, .. ClientHellos.Firefox153]);
        return seeds;
    }

    // Says how many datagrams came out, and that they are what they should be.
    private int Drain(IDtls machine)
    {
        var count = 0;
        for (; machine.TryPoll(_output, out var length); count++)
        {
            for (var rest = _output.AsSpan(0, length); rest.Length > 0;)
            {
                if (rest.Length <= 13 || rest[0] is < 20 or > 22 || rest[1] != 0xFE) Assert.Fail($"sent {Convert.ToHexString(rest)}");
                rest = rest[(13 + BinaryPrimitives.ReadUInt16BigEndian(rest[11..]))..];
            }
        }

        return count;
    }

    /// <summary>A record that no receiver may heed, as its epoch, its tag, its type, its version or its length is wrong.</summary>
    private ReadOnlySpan<byte> Forge(Random random)
    {
        var length = random.Next(1, 80);
        random.NextBytes(_buffer.AsSpan(0, 13 + length));
        _buffer[0] = (byte)random.Next(20, 24);
        _buffer[1] = 0xFE;
        _buffer[2] = (byte)(random.Next(2) == 0 ? 0xFD : 0xFF);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(3), 0);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(5), 0);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(11), (ushort)length);
        switch (random.Next(6))
        {
            case 0: _buffer[0] = (byte)random.Next(23, 64); break; // Another type.
            case 1: _buffer[1] = (byte)random.Next(0xFE); break; // No DTLS.
            case 2: BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(3), (ushort)random.Next(2, 0x10000)); break; // An epoch to come.
            case 3: length = random.Next(length); break; // Truncated.
            case 4: BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(11), 0); break; // Empty.
            default: _buffer[4] = 1; break; // Encrypted by nobody.
        }

        return _buffer.AsSpan(0, 13 + length);
    }

    private ReadOnlySpan<byte> NoHello(Random random, List<byte[]> seeds)
    {
        var noise = Mutate(random, seeds[random.Next(seeds.Count)]);
        if (noise.Length > 13 && noise[13] == 1) _buffer[13] = (byte)random.Next(2, 21);
        return noise;
    }

    /// <summary>A hello that ends in the middle of an extension, though record and message are whole.</summary>
    private ReadOnlySpan<byte> CutHello(Random random, byte[] hello)
    {
        hello.CopyTo(_buffer, 0);
        var length = random.Next(85, hello.Length - 1);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(11), (ushort)(length - 13));
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(15), (ushort)(length - 25));
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(23), (ushort)(length - 25));
        return _buffer.AsSpan(0, length);
    }

    private ReadOnlySpan<byte> Mutate(Random random, byte[] seed)
    {
        seed.CopyTo(_buffer, 0);
        var length = seed.Length;
        for (var edits = random.Next(4); edits > 0; edits--)
        {
            var at = random.Next(Math.Max(length, 1));
            switch (random.Next(10))
            {
                case 0: _buffer[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: _buffer[at] = (byte)random.Next(256); break;
                case 2: _buffer[at] = random.Next(2) == 0 ? (byte)0 : byte.MaxValue; break;
                case 3: _buffer[random.Next(Math.Min(length + 1, 60))] ^= (byte)(1 << random.Next(8)); break; // Headers and the hello's front.
                case 4: length = at; break;
                case 5 when length < 2048: // Something twice.
                    var run = Math.Min(random.Next(1, 200), length - at);
                    _buffer.AsSpan(at, run).CopyTo(_buffer.AsSpan(length));
                    length += run;
                    break;
                case 6 when length > 25: BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(11), (ushort)(length - 13)); break; // One whole record.
                case 7 when length > 25: BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(17), (ushort)random.Next(4)); break; // message_seq
                case 8 when length > 25: _buffer[13] = (byte)random.Next(21); break; // Another message.
                default: _buffer[3 + random.Next(2)] = (byte)random.Next(3); break; // Another epoch.
            }
        }

        return _buffer.AsSpan(0, length);
    }
}
