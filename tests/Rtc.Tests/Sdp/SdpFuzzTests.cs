using RtcHub.Rtc.Sdp;

namespace RtcHub.Rtc.Tests.Sdp;

/// <summary>
/// Descriptions that are nearly right, from a fixed seed. The oracle: no exception; an error names a line of the text and shows
/// how it begins; what is understood is written and understood the same again, and is answered or refused with a sentence.
/// </summary>
public sealed class SdpFuzzTests
{
    private const int Inputs = 150_000;

    private static readonly string[] Words =
    [
        "\r\n", "\n", "\r", "a=", "m=", "v=0", ":", "/", ";", ",", "~", " ", "=", "*", "-", "0", "1", "65536", "4294967296", "99999999999999999999", "\0", "\u2028", "é", "a=mid:0", "a=rtcp-mux",
        "a=bundle-only", "a=group:BUNDLE 0 1", "a=simulcast:send a;b", "a=rid:a send", "a=extmap:1 urn:x", "a=ssrc-group:FID 1 2", "a=fmtp:96 apt=97", "a=rtpmap:96 VP8/90000", "a=candidate:1 1 udp 1 h 9 typ host",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "o=- 1 1 IN IP4 0.0.0.0", "sendrecv", "inactive", "a=setup:active", "a=fingerprint:sha-256 00",
    ];

    [Fact]
    public void No_text_does_harm()
    {
        // The smaller ones of each stack: as many mutations of the same lines in a fraction of the time.
        string[] names = ["firefox-max-bundle", "firefox-datachannel-only", "werift-sendonly", "aiortc-recvonly", "gstreamer-sendonly", "chromium-datachannel-only", "libwebrtc-sendonly-simulcast"];
        var seeds = names.Select(Capture.Text).ToArray();
        var random = new Random(20_261_123);
        var (parsed, answered) = (0, 0);
        for (var i = 0; i < Inputs; i++)
        {
            var input = Mutate(random, seeds[random.Next(seeds.Length)], seeds);
            if (!SdpText.TryParse(input, out var description, out var error))
            {
                if (!IsTrue(error, input)) Assert.Fail($"input {i}: {error} is not about\n{input}");
                continue;
            }

            parsed++;
            if (i % 8 != 0) continue;
            var text = SdpText.Write(description);
            if (!SdpText.TryParse(text, out var again, out error) || again != description) Assert.Fail($"input {i} reads otherwise when it is written ({error}):\n{input}");
            if (IsAnswered(description)) answered++;
        }

        // A mutator whose output is all refused at the door would test nothing.
        Assert.InRange(parsed, Inputs / 4, Inputs * 9 / 10);
        Assert.InRange(answered, Inputs / 100, Inputs);
    }

    [Fact]
    public void No_fragment_does_harm()
    {
        const string Seed = "a=ice-lite\r\na=group:BUNDLE 0 1\r\na=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n";
        var random = new Random(4_711);
        var parsed = 0;
        for (var i = 0; i < Inputs; i++)
        {
            var input = Mutate(random, Seed, [Seed]);
            if (!SdpText.TryParseFragment(input, out var fragment, out var error))
            {
                if (!IsTrue(error, input)) Assert.Fail($"input {i}: {error} is not about\n{input}");
                continue;
            }

            parsed++;
            var text = SdpText.Write(fragment);
            if (text.Length == 0) continue; // Nothing was left of it.
            if (!SdpText.TryParseFragment(text, out var again, out error) || again != fragment) Assert.Fail($"input {i} reads otherwise when it is written ({error}):\n{input}");
        }

        Assert.InRange(parsed, Inputs / 4, Inputs * 9 / 10);
    }

    private static bool IsAnswered(SessionDescription offer)
    {
        if (!OfferAnswer.TryAgree(offer, MediaCapabilities.Receiving, MediaCapabilities.Sending, SdpDirection.SendRecv, out _, out var error))
        {
            Assert.NotEmpty(error.Why);
            return false;
        }

        var answer = Ends.Answer(offer);
        if (answer.Media.Count != offer.Media.Count || Capture.Parse(SdpText.Write(answer)) != answer) Assert.Fail($"answered with\n{SdpText.Write(answer)}");
        return true;
    }

    private static bool IsTrue(SdpError error, string text)
    {
        var lines = text.Split('\n');
        return error.Line >= 1 && error.Line <= lines.Length && error.Why.Length > 0 && error.Text.Length <= SdpError.MaxText
            && lines[error.Line - 1].StartsWith(error.Text, StringComparison.Ordinal);
    }

    private static string Mutate(Random random, string seed, string[] seeds)
    {
        var text = seed;
        for (var times = random.Next(1, 4); times > 0 && text.Length > 0; times--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(1, 30), text.Length - at);
            var word = Words[random.Next(Words.Length)];
            text = random.Next(8) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, word),
                2 => text.Remove(at, length).Insert(at, word),
                3 => text.Insert(at, text.Substring(at, length)),
                4 => text[..at] + (char)random.Next(256) + text[(at + 1)..],
                5 => MoveLine(random, text),
                6 => text.Insert(text.IndexOf('\n', at) + 1, LineOf(random, seeds[random.Next(seeds.Length)])),
                _ => random.Next(20) == 0 ? text[..at] : text.Insert(text.IndexOf('\n', at) + 1, word + "\n"),
            };
        }

        return text;
    }

    private static string LineOf(Random random, string text)
    {
        var lines = text.Split('\n');
        return lines[random.Next(lines.Length)] + "\n";
    }

    private static string MoveLine(Random random, string text)
    {
        var lines = text.Split('\n').ToList();
        var (from, to) = (random.Next(lines.Count), random.Next(lines.Count));
        var line = lines[from];
        lines.RemoveAt(from);
        lines.Insert(Math.Min(to, lines.Count), line);
        return string.Join('\n', lines);
    }
}
