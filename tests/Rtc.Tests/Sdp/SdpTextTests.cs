using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>What each line means, and what is forgiven.</summary>
public sealed class SdpTextTests
{
    private const string Head = "v=0\r\no=- 4711 3 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
    private const string Video = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n";

    [Fact]
    public void The_origin_is_read()
    {
        var description = Capture.Parse(Head);
        Assert.Equal(("-", "4711", 3ul), (description.Username, description.SessionId, description.Version));
        Assert.Empty(description.Media);
    }

    [Fact]
    public void What_the_session_says_holds_for_every_section_that_does_not_say_otherwise()
    {
        var description = Capture.Parse(
            $"{Head}a=ice-ufrag:sess\r\na=ice-pwd:{Ends.Password}\r\na=ice-options:trickle\r\na=fingerprint:{Ends.Fingerprint}\r\na=setup:actpass\r\na=recvonly\r\n"
            + $"a=extmap:1 urn:one\r\n{Video}{Video}a=ice-ufrag:mine\r\na=setup:active\r\na=inactive\r\na=ice-options:ice2\r\na=extmap:2 urn:two\r\n");
        var (first, second) = (description.Media[0], description.Media[1]);
        Assert.Equal(("sess", Ends.Password, SdpSetup.ActPass, SdpDirection.RecvOnly), (first.IceUfrag, first.IcePassword, first.Setup, first.Direction));
        Assert.Equal([Ends.Fingerprint], first.Fingerprints);
        Assert.Equal(["trickle"], first.IceOptions);
        Assert.Equal([new SdpExtension(1, "urn:one")], first.Extensions);
        Assert.Equal(("mine", Ends.Password, SdpSetup.Active, SdpDirection.Inactive), (second.IceUfrag, second.IcePassword, second.Setup, second.Direction));
        Assert.Equal(["ice2"], second.IceOptions);
        Assert.Equal([new SdpExtension(1, "urn:one"), new SdpExtension(2, "urn:two")], second.Extensions);
    }

    [Fact]
    public void Codecs_have_the_order_of_the_media_line_and_all_that_is_said_of_them()
    {
        var media = Section("m=video 9 UDP/TLS/RTP/SAVPF 97 96 98", "a=rtpmap:96 VP8/90000", "a=fmtp:97 apt=96", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:* ccm fir", "a=rtpmap:97 rtx/90000", "a=rtpmap:99 gone/90000");
        Assert.Equal([97, 96], media.Codecs.Select(codec => (int)codec.PayloadType));
        Assert.True(media.Codecs[0].IsRtxOf(96));
        Assert.Equal(["nack pli", "ccm fir"], media.Codecs[1].Feedback);
        Assert.Equal(["98"], media.OtherFormats);
    }

    [Fact]
    public void Two_lines_of_parameters_are_one() =>
        Assert.Equal("a=1;b=2", Section(Video.Trim(), "a=rtpmap:96 VP8/90000", "a=fmtp:96 a=1", "a=fmtp:96 b=2", "a=fmtp:96 a=1;b=2").Codecs[0].Parameters);

    [Fact]
    public void A_parameter_is_found_by_its_name()
    {
        var codec = new SdpCodec(96, "H264", 90_000) { Parameters = "profile-level-id=42E01F; packetization-mode = 1;flag" };
        Assert.Equal("1", codec.Parameter("Packetization-Mode"));
        Assert.Equal("42E01F", codec.Parameter("profile-level-id"));
        Assert.Null(codec.Parameter("mode"));
        Assert.Null(codec.Parameter("flag"));
    }

    [Fact]
    public void Old_payload_types_need_no_explanation()
    {
        var media = Section("m=audio 9 RTP/SAVPF 0 8 9 13 34");
        Assert.Equal(["PCMU", "PCMA", "G722", "CN"], media.Codecs.Select(codec => codec.Name));
        Assert.Equal(["34"], media.OtherFormats);
    }

    [Fact]
    public void Simulcast_has_alternatives_and_layers_that_begin_paused()
    {
        var media = Section(Video.Trim(), "a=rid:a send pt=96;max-width=1280", "a=rid:b send", "a=rid:c send", "a=rid:d recv", "a=simulcast:recv d send a,~b;~c");
        Assert.Equal([new("a", true, "pt=96;max-width=1280"), new("b", true), new("c", true), new("d", false)], media.Rids);
        Assert.Equal(new SdpSimulcast([new([new("a"), new("b", true)]), new([new("c", true)])], [new([new("d")])]), media.Simulcast);
        Assert.Equal(["a", "c"], media.SentLayers);
    }

    [Fact]
    public void Sources_know_their_names_and_what_repairs_them()
    {
        var media = Section(Video.Trim(), "a=ssrc-group:FID 1 2", "a=ssrc:1 cname:me", "a=ssrc:1 msid:s t", "a=ssrc:2 cname:me", "a=ssrc:3 label:x", "a=ssrc:4");
        Assert.Equal([new(1, "me", new("s", "t")), new(2, "me"), new(3), new(4)], media.Sources);
        Assert.Equal(2u, media.RtxOf(1));
        Assert.Equal(0u, media.RtxOf(3));
        Assert.Equal([1u, 3u, 4u], media.PrimarySources.Select(source => source.Ssrc));
    }

    [Fact]
    public void Of_several_fingerprints_the_one_by_sha_256_is_used()
    {
        const string Sha1 = "sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33";
        var media = Section(Video.Trim(), $"a=fingerprint:{Sha1}", $"a=fingerprint:{Ends.Fingerprint.ToLowerInvariant()}", "a=fingerprint:md5 00:11");
        Assert.Equal([Sha1, Ends.Fingerprint], media.Fingerprints);
        Assert.Equal(Ends.Fingerprint, media.Fingerprint);
        Assert.Equal(Sha1, (media with { Fingerprints = [Sha1] }).Fingerprint);
        Assert.Equal("", (media with { Fingerprints = [] }).Fingerprint);
    }

    [Fact]
    public void Port_0_is_a_rejection_unless_the_section_is_bundle_only()
    {
        Assert.True(Section("m=video 0 UDP/TLS/RTP/SAVPF 96").IsRejected);
        Assert.False(Section("m=video 0 UDP/TLS/RTP/SAVPF 96", "a=bundle-only").IsRejected);
    }

    [Fact]
    public void Numbers_of_packets_and_bandwidth_are_read()
    {
        var media = Section("m=audio 49170/2 UDP/TLS/RTP/SAVPF 111", "b=AS:128", "b=TIAS:96000", "a=ptime:20", "a=maxptime:60.5");
        Assert.Equal((49170, 20, 60), (media.Port, media.PacketTime, media.MaxPacketTime));
        Assert.Equal([new SdpBandwidth("AS", 128), new SdpBandwidth("TIAS", 96_000)], media.Bandwidths);
    }

    [Fact]
    public void What_is_not_known_is_passed_over()
    {
        var plain = Capture.Parse(Head + Video);
        var more = Capture.Parse(
            "v=0\no=- 4711 3 IN IP4 0.0.0.0\ns=a call\ni=x\nu=http://example.org/\ne=a@example.org\np=+1\nc=IN IP6 ::1\nt=1 2\nr=1\nz=0 0\nk=clear:x\na=tool:x\na=group:LS 0 1\n\n"
            + "m=video 9 UDP/TLS/RTP/SAVPF 96 97\ni=x\nc=IN IP4 192.0.2.1/127\na=framerate:30\na=rtcp:9 IN IP4 0.0.0.0\na=sctp-port:5000\na=\na=:\na=fmtp:x y\n\n\n");
        Assert.Equal(plain, more);
    }

    [Fact]
    public void What_is_said_twice_alike_is_said_once() =>
        Assert.Equal(Section(Video.Trim(), "a=mid:0", "a=sendonly", "a=setup:active"), Section(Video.Trim(), "a=mid:0", "a=mid:0", "a=sendonly", "a=sendonly", "a=setup:active", "a=setup:active"));

    [Fact]
    public void Only_the_first_bundle_counts() => Assert.Equal(["0", "1"], Capture.Parse($"{Head}a=group:BUNDLE 0 1\r\na=group:BUNDLE 2\r\n").Bundle);

    [Fact]
    public void A_text_that_the_hub_writes_reads_as_browsers_expect()
    {
        var text = SdpText.Write(OfferAnswer.Offer(Ends.Hub, MediaCapabilities.Sending, [Ends.Source("audio", 1)]));
        Assert.Equal(
            """
            v=0
            o=- 4711 1 IN IP4 127.0.0.1
            s=-
            t=0 0
            a=group:BUNDLE 0
            a=ice-lite
            a=extmap-allow-mixed
            a=msid-semantic: WMS *
            m=audio 9 UDP/TLS/RTP/SAVPF 111 63
            c=IN IP4 0.0.0.0
            a=ice-ufrag:hubufrag
            a=ice-pwd:0123456789abcdefghijkl
            a=ice-options:trickle ice2
            a=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host
            a=candidate:2 1 tcp 1671430143 192.0.2.1 7882 typ host tcptype passive
            a=end-of-candidates
            a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
            a=setup:actpass
            a=mid:0
            a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
            a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level
            a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
            a=sendonly
            a=msid:stream-1 track-1
            a=rtcp-mux
            a=rtcp-rsize
            a=rtpmap:111 opus/48000/2
            a=rtcp-fb:111 transport-cc
            a=rtcp-fb:111 nack
            a=fmtp:111 minptime=10;useinbandfec=1
            a=rtpmap:63 red/48000/2
            a=fmtp:63 111/111
            a=ssrc:1 cname:somebody
            a=ssrc:1 msid:stream-1 track-1

            """.ReplaceLineEndings("\r\n"), text);
    }

    [Fact]
    public void Nothing_that_is_written_can_begin_a_line_of_its_own()
    {
        var source = Ends.Source("audio", 1) with { Cname = "x\r\na=ice-ufrag:evil" };
        Assert.Throws<ArgumentException>(() => SdpText.Write(OfferAnswer.Offer(Ends.Hub, MediaCapabilities.Sending, [source])));
    }

    private static SdpMedia Section(params string[] lines) => Assert.Single(Capture.Parse(Head + string.Join("\r\n", lines)).Media);
}
