using System.Buffers.Text;
using System.Text;

namespace RtcHub.Load.Scenarios;

/// <summary>
/// Payloads of the size of real ones: an SDP of audio, video and data, and a candidate. Before the rest stand two numbers by which
/// the tool knows a message again: <c>{"call":7,"i":0,...</c>.
/// </summary>
internal static class Payloads
{
    /// <summary>What follows the numbers in an offer or answer: 2.8 KB, what a browser offers for sound, a picture and data.</summary>
    public static readonly byte[] Description = Encoding.ASCII.GetBytes($",\"pc\":\"l1\",\"neg\":1,\"sdp\":\"v=0\\r\\no=- 4611731400430051336 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\n{Lines(36)}\"}}");

    /// <summary>And in a candidate.</summary>
    public static readonly byte[] Candidate = ",\"pc\":\"l1\",\"neg\":1,\"candidate\":{\"candidate\":\"candidate:842163049 1 udp 1677729535 203.0.113.77 46154 typ srflx raddr 192.168.1.77 rport 46154 generation 0 ufrag EsAw network-cost 999\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0,\"usernameFragment\":\"EsAw\"}}"u8.ToArray();

    public static bool TryRead(ReadOnlySpan<byte> data, out long call, out int index)
    {
        (call, index) = (0, 0);
        return TryFind(data, "\"call\":"u8, out call) && TryFind(data, "\"i\":"u8, out var number) && (index = (int)number) >= 0;
    }

    private static bool TryFind(ReadOnlySpan<byte> data, ReadOnlySpan<byte> name, out long value)
    {
        var at = data.IndexOf(name);
        value = 0;
        return at >= 0 && Utf8Parser.TryParse(data[(at + name.Length)..], out value, out _);
    }

    private static string Lines(int count) =>
        string.Concat(Enumerable.Range(96, count).Select(type => $"a=rtpmap:{type} VP8/90000\\r\\na=rtcp-fb:{type} nack pli\\r\\na=fmtp:{type} apt={type}\\r\\n"));
}
