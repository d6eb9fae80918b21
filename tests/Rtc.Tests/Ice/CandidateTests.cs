using CsCheck;
using RtcHub.Rtc.Ice;

namespace RtcHub.Rtc.Tests.Ice;

public sealed class CandidateTests
{
    private static readonly Gen<string> Word = Gen.String[Gen.Char["abcxyzABCXYZ0189+/"], 1, 32];

    private static readonly Gen<Candidate> Candidates =
        from foundation in Word
        from component in Gen.Int[1, 256]
        from transport in Gen.Enum<CandidateTransport>()
        from priority in Gen.UInt
        from host in Gen.OneOf("192.0.2.1", "2001:db8::7", "0b1f9e1c-5a5e-4f0f-a3e2-3f2a9d0f0c11.local")
        from port in Gen.UShort
        from type in Gen.Enum<CandidateType>()
        from related in Gen.OneOf<string?>(null, "0.0.0.0", "2001:db8::9")
        from relatedPort in Gen.UShort
        from extensions in Gen.OneOf("", "generation 0", "generation 0 ufrag aBcD network-id 2 network-cost 10")
        select new Candidate
        {
            Foundation = foundation,
            Component = component,
            Transport = transport,
            Priority = priority,
            Host = host,
            Port = port,
            Type = type,
            RelatedHost = related,
            RelatedPort = related is null ? (ushort)0 : relatedPort,
            Extensions = extensions,
        };

    [Fact]
    public void What_is_written_is_read_again() => Candidates.Sample(candidate =>
    {
        Assert.True(Candidate.TryParse(candidate.ToString(), out var read, out var error));
        Assert.Equal(CandidateError.None, error);
        Assert.Equal(candidate, read);
    });

    [Fact]
    public void No_text_throws() => Gen.Select(Candidates, Gen.Int[0, 200], Gen.Char["\0 :.-x7\uFFFF"]).Sample((candidate, at, odd) =>
    {
        var text = candidate.ToString();
        text = text[..(at % text.Length)] + odd + text[(at % text.Length)..];
        if (Candidate.TryParse(text, out var read, out var error)) Assert.Equal(CandidateError.None, error);
        else Assert.Null(read);
    });

    [Fact]
    public void The_lines_of_browsers_are_read()
    {
        var host = Parse("a=candidate:3885250869 1 udp 2122260223 192.168.1.7 54321 typ host generation 0 ufrag aBcD network-id 1 network-cost 10");
        Assert.Equal((CandidateType.Host, CandidateTransport.Udp, "generation 0 ufrag aBcD network-id 1 network-cost 10"), (host.Type, host.Transport, host.Extensions));
        Assert.True(host.TryGetAddress(out var address));
        Assert.Equal("192.168.1.7:54321", address.ToString());

        var mapped = Parse("candidate:842163049 1 udp 1677729535 198.51.100.9 40000 typ srflx raddr 0.0.0.0 rport 0");
        Assert.Equal((CandidateType.ServerReflexive, "0.0.0.0"), (mapped.Type, mapped.RelatedHost));

        var hidden = Parse("candidate:0 1 UDP 2122252543 d0c2cf8d-6f4f-4cb1-a7d4-5b1f7c1d0e2a.local 50001 typ host");
        Assert.False(hidden.TryGetAddress(out _));

        var tcp = Parse("candidate:1 1 TCP 2105524479 192.168.1.7 9 typ host tcptype active");
        Assert.Equal(CandidateTransport.TcpActive, tcp.Transport);
    }

    [Theory]
    [InlineData("", CandidateError.Syntax)]
    [InlineData("candidate:", CandidateError.Syntax)]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 1 host typ", CandidateError.Syntax)]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 1 typ host lonely", CandidateError.Syntax)]
    [InlineData("candidate:a=b 1 udp 1 192.0.2.1 1 typ host", CandidateError.Foundation)]
    [InlineData("candidate:1 0 udp 1 192.0.2.1 1 typ host", CandidateError.Component)]
    [InlineData("candidate:1 257 udp 1 192.0.2.1 1 typ host", CandidateError.Component)]
    [InlineData("candidate:1 1 ssltcp 1 192.0.2.1 1 typ host tcptype passive", CandidateError.Transport)]
    [InlineData("candidate:1 1 udp -1 192.0.2.1 1 typ host", CandidateError.Priority)]
    [InlineData("candidate:1 1 udp 4294967296 192.0.2.1 1 typ host", CandidateError.Priority)]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 65536 typ host", CandidateError.Port)]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 1 typ home", CandidateError.Type)]
    [InlineData("candidate:1 1 tcp 1 192.0.2.1 1 typ host", CandidateError.TcpType)]
    [InlineData("candidate:1 1 tcp 1 192.0.2.1 1 typ host tcptype lazy", CandidateError.TcpType)]
    [InlineData("candidate:1 1 udp 1 192.0.2.1 1 typ srflx raddr 10.0.0.1 rport x", CandidateError.RelatedPort)]
    public void A_bad_line_says_what_is_bad(string text, CandidateError expected)
    {
        Assert.False(Candidate.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(CandidateType.Host, CandidateTransport.Udp, 65535, 1, 2130706431u)] // What every browser writes for its first address.
    [InlineData(CandidateType.Host, CandidateTransport.Udp, 65535, 2, 2130706430u)]
    [InlineData(CandidateType.ServerReflexive, CandidateTransport.Udp, 65535, 1, 1694498815u)]
    [InlineData(CandidateType.PeerReflexive, CandidateTransport.Udp, 65535, 1, 1862270975u)]
    [InlineData(CandidateType.Relayed, CandidateTransport.Udp, 65535, 1, 16777215u)]
    [InlineData(CandidateType.Host, CandidateTransport.Udp, 0, 256, 126u << 24)]
    [InlineData(CandidateType.Host, CandidateTransport.TcpPassive, 65535, 1, (90u << 24) + (((4u << 13) + 8191) << 8) + 255)]
    public void Priorities_are_those_of_the_formula(CandidateType type, CandidateTransport transport, int preference, int component, uint expected) =>
        Assert.Equal(expected, CandidatePriority.Compute(type, transport, preference, component));

    [Fact]
    public void Any_way_by_udp_is_better_than_one_by_tcp_and_a_relay_is_the_last()
    {
        var order = new[]
        {
            (CandidateType.Host, CandidateTransport.Udp), (CandidateType.PeerReflexive, CandidateTransport.Udp),
            (CandidateType.ServerReflexive, CandidateTransport.Udp), (CandidateType.Host, CandidateTransport.TcpPassive),
            (CandidateType.PeerReflexive, CandidateTransport.TcpPassive), (CandidateType.ServerReflexive, CandidateTransport.TcpPassive),
            (CandidateType.Relayed, CandidateTransport.Udp),
        };
        var priorities = order.Select(way => CandidatePriority.Compute(way.Item1, way.Item2)).ToList();
        Assert.Equal(priorities.OrderDescending(), priorities);
        Assert.Equal(priorities.Count, priorities.Distinct().Count());
    }

    [Fact]
    public void The_priority_of_a_pair_weighs_the_worse_end_first_and_then_who_controls()
    {
        Assert.Equal((5UL << 32) + 18 + 1, CandidatePriority.OfPair(9, 5));
        Assert.Equal((5UL << 32) + 18, CandidatePriority.OfPair(5, 9));
        Assert.True(CandidatePriority.OfPair(6, 6) > CandidatePriority.OfPair(int.MaxValue, 5));
    }

    [Theory]
    [InlineData("192.0.2.1:7882", CandidateTransport.Udp, "1 udp 2130706431 192.0.2.1 7882 typ host")]
    [InlineData("[2001:db8::7]:7882", CandidateTransport.TcpPassive, "1 tcp 1520435199 2001:db8::7 7882 typ host tcptype passive")]
    public void A_server_offers_its_address(string text, CandidateTransport transport, string expected)
    {
        Assert.True(Address.TryParse(text, out var address));
        var candidate = Candidate.ForHost(address, transport);
        Assert.EndsWith(expected, candidate.ToString(), StringComparison.Ordinal);
        Assert.True(candidate.TryGetAddress(out var read));
        Assert.Equal(address, read);
    }

    [Fact]
    public void Foundations_differ_by_address_and_protocol_and_by_nothing_else()
    {
        Assert.True(Address.TryParse("192.0.2.1:7882", out var first));
        Assert.True(Address.TryParse("192.0.2.1:7883", out var samePlace));
        Assert.True(Address.TryParse("192.0.2.2:7882", out var second));
        Assert.Equal(Candidate.ForHost(first).Foundation, Candidate.ForHost(samePlace, preference: 7).Foundation);
        Assert.NotEqual(Candidate.ForHost(first).Foundation, Candidate.ForHost(second).Foundation);
        Assert.NotEqual(Candidate.ForHost(first).Foundation, Candidate.ForHost(first, CandidateTransport.TcpPassive).Foundation);
    }

    private static Candidate Parse(string text)
    {
        Assert.True(Candidate.TryParse(text, out var candidate, out _));
        return candidate;
    }
}
