using System.Buffers.Binary;
using RtcHub.Rtc.Dtls;

namespace RtcHub.Rtc.Tests.Dtls;

/// <summary>A server and the hellos of today's browsers: each subclass is one library.</summary>
public abstract class DtlsHelloTests
{
    private static readonly DtlsCertificate Certificate = DtlsCertificate.Create(new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(30));

    private readonly byte[] _buffer = new byte[IDtls.MaxDatagram];

    protected abstract IDtls CreateServer(DtlsCertificate certificate, Fingerprint expected);

    [Theory]
    [MemberData(nameof(ClientHellos.All), MemberType = typeof(ClientHellos))]
    public void A_hello_of_dtls_1_3_is_answered_with_1_2(string browser, byte[][] fragments)
    {
        foreach (var order in new int[][] { [0, 1], [1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 0, 1] })
        {
            using var server = CreateServer(Certificate, Certificate.Fingerprint);
            server.Start(0);
            var answer = Array.Empty<byte>();
            foreach (var fragment in order)
            {
                server.Receive(0, fragments[fragment]);
                if (server.TryPoll(_buffer, out var length)) answer = [.. answer, .. _buffer[..length]];
            }

            Assert.Equal(DtlsState.Handshaking, server.State);
            AssertServerHello(answer, $"{browser}, fragments {string.Join(' ', order)}");
        }
    }

    [Theory]
    [MemberData(nameof(ClientHellos.All), MemberType = typeof(ClientHellos))]
    public void Half_a_hello_is_not_answered(string browser, byte[][] fragments)
    {
        foreach (var fragment in fragments)
        {
            using var server = CreateServer(Certificate, Certificate.Fingerprint);
            server.Start(0);
            for (var i = 0; i < 20; i++) server.Receive(i, fragment);
            Assert.False(server.TryPoll(_buffer, out _), browser);
            Assert.Equal(30_000_000, server.NextTimeout);
        }
    }

    // RFC 5246 section 7.4.1.3, behind the record's header of 13 bytes and the message's of 12.
    private static void AssertServerHello(byte[] answer, string what)
    {
        Assert.True(answer.Length > 100, what);
        Assert.Equal((22, 2), (answer[0], answer[13]));
        var hello = answer.AsSpan(25);
        Assert.Equal(0xFEFD, BinaryPrimitives.ReadUInt16BigEndian(hello));
        var next = hello[(2 + 32)..];
        next = next[(1 + next[0])..];
        Assert.Equal(0xC02B, BinaryPrimitives.ReadUInt16BigEndian(next)); // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        var extensions = next.Slice(5, BinaryPrimitives.ReadUInt16BigEndian(next[3..]));
        var seen = new Dictionary<int, byte[]>();
        while (extensions.Length > 0)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(extensions[2..]);
            seen.Add(BinaryPrimitives.ReadUInt16BigEndian(extensions), extensions.Slice(4, length).ToArray());
            extensions = extensions[(4 + length)..];
        }

        Assert.Equal([0, 2, 0, 7, 0], seen[14]); // use_srtp: AEAD_AES_128_GCM, no MKI.
        Assert.Contains(23, seen.Keys); // extended_master_secret (RFC 7627), without which keys must not be exported.
        Assert.DoesNotContain(43, seen.Keys); // supported_versions would be an answer with 1.3.
    }
}
