using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>A bad description is refused with the line that is at fault.</summary>
public sealed class SdpErrorTests
{
    private const string Head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
    private const string Media = Head + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";

    [Theory]
    [InlineData("a=mid:")]
    [InlineData("a=mid:a b")]
    [InlineData("a=rtpmap:111")]
    [InlineData("a=rtpmap:128 opus/48000")]
    [InlineData("a=rtpmap:111 opus")]
    [InlineData("a=rtpmap:111 opus/0")]
    [InlineData("a=rtpmap:111 opus/48000/2/3")]
    [InlineData("a=rtpmap:111 opus/48000/two")]
    [InlineData("a=rtpmap:111 /48000")]
    [InlineData("a=fmtp:111")]
    [InlineData("a=rtcp-fb:nack")]
    [InlineData("a=rtcp-fb:200 nack")]
    [InlineData("a=extmap:0 urn:x")]
    [InlineData("a=extmap:256 urn:x")]
    [InlineData("a=extmap:1")]
    [InlineData("a=extmap:1/both urn:x")]
    [InlineData("a=ice-ufrag:abc")]
    [InlineData("a=ice-ufrag:ab cd")]
    [InlineData("a=ice-pwd:tooshort")]
    [InlineData("a=candidate:1 1 udp 2130706431 192.0.2.1 7882")]
    [InlineData("a=candidate:")]
    [InlineData("a=fingerprint:sha-256")]
    [InlineData("a=fingerprint:sha-256 00:11")]
    [InlineData("a=fingerprint:sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:GG")]
    [InlineData("a=setup:maybe")]
    [InlineData("a=ssrc:4294967296 cname:x")]
    [InlineData("a=ssrc-group:FID 1")]
    [InlineData("a=ssrc-group:SIM 1 x")]
    [InlineData("a=rid:h")]
    [InlineData("a=rid:h both")]
    [InlineData("a=rid:h! send")]
    [InlineData("a=rid:seventeenletters1 send")]
    [InlineData("a=simulcast:h;m;l")]
    [InlineData("a=simulcast:send")]
    [InlineData("a=simulcast:send h;;l")]
    [InlineData("a=simulcast:send h send l")]
    [InlineData("a=msid:")]
    [InlineData("a=ptime:long")]
    [InlineData("b=AS")]
    [InlineData("b=AS:many")]
    [InlineData("m=audio 9 UDP/TLS/RTP/SAVPF")]
    [InlineData("m=audio x UDP/TLS/RTP/SAVPF 111")]
    [InlineData("m=audio 65536 UDP/TLS/RTP/SAVPF 111")]
    [InlineData("m=audio 9 UDP/TLS/RTP/SAVPF 128")]
    public void A_value_that_is_none_is_named(string line)
    {
        var error = Refuse($"{Media}a=sendrecv\r\n{line}\r\na=rtcp-mux\r\n");
        Assert.Equal((SdpErrorCode.Value, 7, line), (error.Code, error.Line, error.Text));
        Assert.StartsWith($"Line 7 of the SDP, '{line}': ", error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(".", error.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a=mid:0", "a=mid:1")]
    [InlineData("a=sendrecv", "a=recvonly")]
    [InlineData("a=setup:active", "a=setup:passive")]
    [InlineData("a=ice-ufrag:abcd", "a=ice-ufrag:efgh")]
    [InlineData("a=rtpmap:96 VP8/90000", "a=rtpmap:96 VP9/90000")]
    [InlineData("a=rid:h send", "a=rid:h recv")]
    [InlineData("a=simulcast:send a;b", "a=simulcast:send b;a")]
    public void What_was_said_otherwise_before_is_named(string line, string other)
    {
        var error = Refuse($"{Media}{line}\r\n{line}\r\n{other}\r\n");
        Assert.Equal((SdpErrorCode.Contradiction, 8, other), (error.Code, error.Line, error.Text));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData(null, 1)]
    [InlineData(" \r\n ", 1)]
    [InlineData("hello", 1)]
    [InlineData("v=1\r\n", 1)]
    [InlineData("o=- 1 1 IN IP4 0.0.0.0\r\n", 1)]
    [InlineData("v=0\r\ns=-\r\nt=0 0", 3)]
    [InlineData("v=0\r\ns=-\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", 3)]
    [InlineData(Head + "sendrecv\r\n", 5)]
    [InlineData(Head + "a\r\n", 5)]
    [InlineData(Head + "A=sendrecv\r\n", 5)]
    [InlineData(Head + "a=mid:\u001b[31m\r\n", 5)]
    [InlineData(Head + "a=x:1\ra=y:2\r\n", 5)]
    [InlineData(Head + "\r\n\r\na=x\0\r\n", 7)]
    public void What_is_no_description_is_named(string? text, int line)
    {
        var error = Refuse(text);
        Assert.Equal((SdpErrorCode.Syntax, line), (error.Code, error.Line));
    }

    [Theory]
    [InlineData("o=-")]
    [InlineData("o=- one 1 IN IP4 0.0.0.0")]
    [InlineData("o=- 1 two IN IP4 0.0.0.0")]
    [InlineData("o=- 1 99999999999999999999 IN IP4 0.0.0.0")]
    public void An_origin_is_two_numbers(string origin) => Assert.Equal((SdpErrorCode.Value, 2), CodeAndLine($"v=0\r\n{origin}\r\ns=-\r\n"));

    [Fact]
    public void A_line_is_shown_in_part()
    {
        var line = "a=rtpmap:" + new string('x', 1000);
        Assert.Equal(line[..SdpError.MaxText], Refuse(Media + line).Text);
    }

    [Fact]
    public void A_text_has_a_limit()
    {
        var padding = string.Concat(Enumerable.Repeat($"a=x:{new string('x', 1000)}\r\n", SdpText.MaxLength / 1006 + 1));
        Assert.True(SdpText.TryParse(Media + padding[..(SdpText.MaxLength - Media.Length)], out _, out _));
        Assert.Equal((SdpErrorCode.TooLarge, 1), CodeAndLine(Media + padding + padding));
    }

    [Fact]
    public void A_line_has_a_limit()
    {
        var line = "a=x:".PadRight(SdpText.MaxLineLength, 'x');
        Assert.True(SdpText.TryParse(Media + line, out _, out _));
        Assert.Equal((SdpErrorCode.TooLarge, 6), CodeAndLine(Media + line + "x"));
    }

    [Fact]
    public void Sections_have_a_limit()
    {
        var sections = string.Concat(Enumerable.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 111\n", SdpText.MaxMedia));
        Assert.True(SdpText.TryParse(Head + sections, out var description, out _));
        Assert.Equal(SdpText.MaxMedia, description.Media.Count);
        Assert.Equal((SdpErrorCode.TooLarge, SdpText.MaxMedia + 5), CodeAndLine(Head + sections + "m=audio 9 UDP/TLS/RTP/SAVPF 111\n"));
    }

    [Theory]
    [InlineData("a=candidate:{0} 1 udp 1 192.0.2.1 9 typ host")]
    [InlineData("a=ssrc:{0} cname:x")]
    [InlineData("a=ssrc-group:FID {0} {0}")]
    [InlineData("a=extmap:1 urn:{0}")]
    [InlineData("a=rid:r{0} send")]
    [InlineData("a=rtcp-fb:111 x{0}")]
    [InlineData("a=ice-options:o{0}")]
    [InlineData("a=msid:m{0}")]
    [InlineData("b=AS:{0}")]
    public void Lines_of_one_kind_have_a_limit(string line)
    {
        var lines = Enumerable.Range(0, SdpText.MaxItems + 1).Select(i => string.Format(line, i)).ToArray();
        Assert.True(SdpText.TryParse(Media + string.Join('\n', lines[..^1]), out _, out _));
        Assert.Equal((SdpErrorCode.TooLarge, SdpText.MaxItems + 6), CodeAndLine(Media + string.Join('\n', lines)));
    }

    [Fact]
    public void Layers_in_one_line_have_a_limit() =>
        Assert.Equal((SdpErrorCode.Value, 6), CodeAndLine($"{Media}a=simulcast:send {string.Join(';', Enumerable.Repeat("a", SdpText.MaxItems + 1))}"));

    private static (SdpErrorCode Code, int Line) CodeAndLine(string text) => Refuse(text) is var error ? (error.Code, error.Line) : default;

    private static SdpError Refuse(string? text)
    {
        Assert.False(SdpText.TryParse(text, out var description, out var error));
        Assert.Null(description);
        return error;
    }
}
