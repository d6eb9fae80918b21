using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>Fragments of trickle ICE (RFC 8840), as WHIP's clients PATCH them.</summary>
public sealed class SdpFragmentTests
{
    private const string Candidate = "candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1";

    // RFC 9725 section 4.3.2, figure 4.
    private const string Trickle =
        "a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=" + Candidate + "\r\na=end-of-candidates\r\n";

    [Fact]
    public void The_RFCs_example_is_read()
    {
        var fragment = Read(Trickle);
        Assert.Equal(("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"), (fragment.IceUfrag, fragment.IcePassword));
        Assert.Equal(["0", "1"], fragment.Bundle);
        Assert.Equal([new SdpFragmentMedia("audio", "0") { Candidates = [Candidate], EndOfCandidates = true }], fragment.Media);
        Assert.Equal([Candidate], fragment.Candidates);
        Assert.True(fragment.EndOfCandidates);
    }

    [Theory]
    [InlineData(Trickle)]
    [InlineData("a=ice-lite\r\na=ice-options:trickle ice2\r\na=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n")]
    [InlineData("a=" + Candidate + "\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\nm=video 9 RTP/AVP 0\r\na=mid:1\r\n")]
    public void What_is_read_and_written_is_read_the_same(string text) => Assert.Equal(Read(text), Read(SdpText.Write(Read(text))));

    [Fact]
    public void Candidates_may_stand_without_a_section()
    {
        var fragment = Read($"a=ice-ufrag:EsAw\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\na={Candidate}\n");
        Assert.Equal([Candidate], fragment.Candidates);
        Assert.False(fragment.EndOfCandidates);
        Assert.Equal("", Assert.Single(fragment.Media).Kind);
    }

    [Fact]
    public void The_end_is_reached_when_every_section_says_so()
    {
        Assert.False(Read("m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\nm=video 9 RTP/AVP 0\r\na=mid:1\r\n").EndOfCandidates);
        Assert.True(Read("m=audio 9 RTP/AVP 0\r\na=end-of-candidates\r\nm=video 9 RTP/AVP 0\r\na=end-of-candidates\r\n").EndOfCandidates);
    }

    [Theory]
    [InlineData("", SdpErrorCode.Syntax, 1)]
    [InlineData("{\"candidate\":\"\"}", SdpErrorCode.Syntax, 1)]
    [InlineData("a=ice-ufrag:EsAw\r\na=candidate:1 1 udp\r\n", SdpErrorCode.Value, 2)]
    [InlineData("a=ice-ufrag:x\r\n", SdpErrorCode.Value, 1)]
    [InlineData("m=audio\r\n", SdpErrorCode.Value, 1)]
    [InlineData("m=audio 9 RTP/AVP 0\r\na=ice-ufrag:EsAw\r\nm=video 9 RTP/AVP 0\r\na=ice-ufrag:EsAx\r\n", SdpErrorCode.Contradiction, 4)]
    public void A_bad_line_is_named(string text, SdpErrorCode code, int line)
    {
        Assert.False(SdpText.TryParseFragment(text, out _, out var error));
        Assert.Equal((code, line), (error.Code, error.Line));
    }

    private static SdpFragment Read(string text) =>
        SdpText.TryParseFragment(text, out var fragment, out var error) ? fragment : throw new InvalidOperationException(error.ToString());
}
