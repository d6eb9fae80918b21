using System.Runtime.Intrinsics;
using CsCheck;
using RtcHub.Rtc.Srtp;
using static RtcHub.Rtc.Tests.Srtp.Vectors;

namespace RtcHub.Rtc.Tests.Srtp;

public sealed class AesCtrTests
{
    // RFC 3711 appendix B.2.
    private static readonly byte[] Key = Hex("2B7E151628AED2A6ABF7158809CF4F3C");
    private static readonly byte[] First = Hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");

    [Theory]
    [InlineData(0x0000, "E03EAD0935C95E80E166B16DD92B4EB4")]
    [InlineData(0x0001, "D23513162B02D0F72A43A2FE4A5F97AB")]
    [InlineData(0x0002, "41E95B3BB0A2E8DD477901E4FCA894C0")]
    [InlineData(0xFEFF, "EC8CDF7398607CB0F2D21675EA9EA1E4")]
    [InlineData(0xFF00, "362B7C3C6773516318A077D7FC5073AE")]
    [InlineData(0xFF01, "6A2CC3787889374FBEB4C81B17BA6C44")]
    public void The_key_stream_is_that_of_the_rfc(int block, string expected)
    {
        foreach (var accelerated in (bool[])[true, false])
        {
            using var cipher = new AesCtr(Key, accelerated);
            var stream = new byte[(block + 1) * 16];
            cipher.Transform(Vector128.Create<byte>(First), stream, stream);
            Assert.Equal(expected, Convert.ToHexString(stream.AsSpan(block * 16)));
        }
    }

    // FIPS 197 appendix A.1 and B.
    [Fact]
    public void One_block_is_that_of_the_standard()
    {
        Assert.SkipUnless(Aes128.IsSupported, "The processor has no AES instructions.");
        var aes = new Aes128(Key);
        Assert.Equal("D014F9A8C9EE2589E13F0CC8B6630CA6", Text(aes[10]));
        Assert.Equal("3925841D02DC09FBDC118597196A0B32", Text(aes.Encrypt(Vector128.Create<byte>(Hex("3243F6A8885A308D313198A2E0370734")))));

        static string Text(Vector128<byte> block)
        {
            var bytes = new byte[16];
            block.CopyTo(bytes);
            return Convert.ToHexString(bytes);
        }
    }

    [Fact]
    public void Both_ways_to_compute_it_agree() =>
        Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[14], Gen.Byte.Array[0, 2000], Gen.Bool).Sample((key, salt, data, inPlace) =>
        {
            var first = Vector128.Create<byte>([.. salt, 0, 0]);
            using var accelerated = new AesCtr(key);
            using var portable = new AesCtr(key, accelerated: false);
            byte[] one = [.. data], other = [.. data];
            accelerated.Transform(first, inPlace ? one : data, one);
            portable.Transform(first, inPlace ? other : data, other);
            Assert.Equal(one, other);
        });
}
