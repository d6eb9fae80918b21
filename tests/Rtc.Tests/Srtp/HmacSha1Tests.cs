using CsCheck;
using RtcHub.Rtc.Srtp;
using static RtcHub.Rtc.Tests.Srtp.Vectors;

namespace RtcHub.Rtc.Tests.Srtp;

public sealed class HmacSha1Tests
{
    // RFC 2202 section 3, the cases whose key is not longer than a block.
    public static TheoryData<byte[], byte[], string> Rfc2202 => new()
    {
        { [.. Enumerable.Repeat((byte)0x0B, 20)], "Hi There"u8.ToArray(), "B617318655057264E28BC0B6FB378C8EF146BE00" },
        { "Jefe"u8.ToArray(), "what do ya want for nothing?"u8.ToArray(), "EFFCDF6AE5EB2FA2D27416D5F184DF9C259A7C79" },
        { [.. Enumerable.Repeat((byte)0xAA, 20)], [.. Enumerable.Repeat((byte)0xDD, 50)], "125D7342B9AC11CD91A39AF48AA17B4F63F175D3" },
        { Hex("0102030405060708090A0B0C0D0E0F10111213141516171819"), [.. Enumerable.Repeat((byte)0xCD, 50)], "4C9007F4026250C6BC8414F9BF50C86C2D7235DA" },
        { [.. Enumerable.Repeat((byte)0x0C, 20)], "Test With Truncation"u8.ToArray(), "4C1A03424B55E07FE7F27BE1D58BB9324A9A5A04" },
    };

    [Theory]
    [MemberData(nameof(Rfc2202))]
    public void The_code_is_that_of_the_rfc(byte[] key, byte[] message, string expected)
    {
        foreach (var accelerated in (bool[])[true, false])
        {
            using var hmac = new HmacSha1(key, accelerated);
            var mac = new byte[HmacSha1.MacLength];

            // Twice: the key's state has to survive. In two parts, wherever they meet.
            for (var part = 0; part <= message.Length; part += 3)
            {
                hmac.Compute(message.AsSpan(0, part), message.AsSpan(part), mac);
                Assert.Equal(expected, Convert.ToHexString(mac));
            }
        }
    }

    [Fact]
    public void Both_ways_to_compute_it_agree() =>
        Gen.Select(Gen.Byte.Array[0, 64], Gen.Byte.Array[0, 2000], Gen.Byte.Array[0, 10]).Sample((key, message, trailer) =>
        {
            using var accelerated = new HmacSha1(key);
            using var portable = new HmacSha1(key, accelerated: false);
            byte[] one = new byte[HmacSha1.MacLength], other = new byte[HmacSha1.MacLength];
            accelerated.Compute(message, trailer, one);
            portable.Compute(message, trailer, other);
            Assert.Equal(one, other);
        });

    [Fact]
    public void Linux_has_libcrypto() => Assert.Equal(OperatingSystem.IsLinux(), LibCrypto.IsAvailable);
}
