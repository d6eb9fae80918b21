using System.Security.Cryptography;
using CsCheck;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Tests.Srtp;

/// <summary>Our GCM against the platform's, over every length, in place and apart.</summary>
public sealed class AesGcm128Tests
{
    private static readonly Gen<(byte[] Key, byte[] Nonce, byte[] Text, byte[] Associated)> Inputs = Gen.Select(
        Gen.Byte.Array[16], Gen.Byte.Array[12], Gen.Byte.Array[0, 1_600], Gen.Byte.Array[0, 80]);

    [Fact]
    public void Seals_as_the_platform_does() => Inputs.Sample(input =>
    {
        var (key, nonce, text, associated) = input;
        var (expected, tag, actual) = (new byte[text.Length], new byte[16], new byte[text.Length + 16]);
        using (var platform = new AesGcm(key, 16)) platform.Encrypt(nonce, text, expected, tag, associated);
        using var own = new AesGcm128(key);
        own.Seal(nonce, text, actual, associated);
        Assert.Equal([.. expected, .. tag], actual);

        var inPlace = new byte[text.Length + 16];
        text.CopyTo(inPlace, 0);
        own.Seal(nonce, inPlace.AsSpan(0, text.Length), inPlace, associated);
        Assert.Equal(actual, inPlace);
    }, iter: 2_000);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Opens_what_is_genuine_and_leaves_the_rest_as_it_was(bool portable) => Gen.Select(Inputs, Gen.Int[0, int.MaxValue]).Sample((input, bit) =>
    {
        var (key, nonce, text, associated) = input;
        var bytes = new byte[text.Length + 16];
        using var gcm = new AesGcm128(key, portable);
        gcm.Seal(nonce, text, bytes, associated);

        var forged = (byte[])bytes.Clone();
        forged[bit % forged.Length] ^= (byte)(1 << bit % 8);
        var before = (byte[])forged.Clone();
        Assert.False(gcm.TryOpen(nonce, forged, associated));
        Assert.Equal(before, forged);

        Assert.True(gcm.TryOpen(nonce, bytes, associated));
        Assert.Equal(text, bytes[..text.Length]);
    }, iter: 1_000);
}
