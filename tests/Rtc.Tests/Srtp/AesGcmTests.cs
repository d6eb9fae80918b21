using System.Runtime.Intrinsics;
using CsCheck;
using RtcHub.Rtc.Srtp;
using Reference = System.Security.Cryptography.AesGcm;

namespace RtcHub.Rtc.Tests.Srtp;

public sealed class AesGcmTests
{
    private static readonly Gen<(byte[] Key, byte[] Nonce, byte[] Associated, byte[] Plaintext)> Inputs =
        Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[12], Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 1600]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_agrees_with_the_reference(bool accelerated) => Inputs.Sample((key, nonce, associated, plaintext) =>
    {
        byte[] expected = new byte[plaintext.Length], expectedTag = new byte[16];
        using var reference = new Reference(key, 16);
        reference.Encrypt(nonce, plaintext, expected, expectedTag, associated);

        using var cipher = new AesGcm(key, accelerated);
        byte[] ciphertext = new byte[plaintext.Length], inPlace = [.. plaintext], tag = new byte[16], inPlaceTag = new byte[16];
        cipher.Seal(Padded(nonce), associated, plaintext, ciphertext, tag);
        cipher.Seal(Padded(nonce), associated, inPlace, inPlace, inPlaceTag);
        Assert.Equal(expected, ciphertext);
        Assert.Equal(expected, inPlace);
        Assert.Equal(expectedTag, tag);
        Assert.Equal(expectedTag, inPlaceTag);

        var opened = new byte[plaintext.Length];
        Assert.True(cipher.Open(Padded(nonce), associated, ciphertext, opened, tag));
        Assert.True(cipher.Open(Padded(nonce), associated, inPlace, inPlace, tag));
        Assert.Equal(plaintext, opened);
        Assert.Equal(plaintext, inPlace);
    });

    // Lengths around the strides of 128 bytes and the blocks of 16, of data and of associated data.
    [Fact]
    public void Every_length_agrees_with_the_reference()
    {
        var random = new Random(1);
        var (key, nonce) = (new byte[16], new byte[12]);
        random.NextBytes(key);
        random.NextBytes(nonce);
        using var cipher = new AesGcm(key);
        using var reference = new Reference(key, 16);
        for (var length = 0; length <= 1600; length++)
        {
            byte[] plaintext = new byte[length], associated = new byte[length % 150];
            byte[] expected = new byte[length], expectedTag = new byte[16], ciphertext = new byte[length], tag = new byte[16];
            random.NextBytes(plaintext);
            random.NextBytes(associated);
            reference.Encrypt(nonce, plaintext, expected, expectedTag, associated);
            cipher.Seal(Padded(nonce), associated, plaintext, ciphertext, tag);
            Assert.Equal(expected, ciphertext);
            Assert.Equal(expectedTag, tag);
            Assert.True(cipher.Open(Padded(nonce), associated, ciphertext, ciphertext, tag));
            Assert.Equal(plaintext, ciphertext);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_bit_anywhere_is_noticed(bool accelerated)
    {
        var nonce = Vector128.Create((byte)1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0, 0, 0);
        byte[] associated = [1, 2, 3], plaintext = new byte[150], ciphertext = new byte[150], opened = new byte[150], tag = new byte[16];
        using var cipher = new AesGcm(new byte[16], accelerated);
        cipher.Seal(nonce, associated, plaintext, ciphertext, tag);
        foreach (var part in (byte[][])[associated, ciphertext, tag])
        {
            for (var bit = 0; bit < 8 * part.Length; bit++)
            {
                part[bit / 8] ^= (byte)(1 << bit % 8);
                Assert.False(cipher.Open(nonce, associated, ciphertext, opened, tag));
                part[bit / 8] ^= (byte)(1 << bit % 8);
            }
        }

        Assert.True(cipher.Open(nonce, associated, ciphertext, opened, tag));
        Assert.Equal(plaintext, opened);
    }

    private static Vector128<byte> Padded(byte[] nonce) => Vector128.Create<byte>([.. nonce, 0, 0, 0, 0]);
}
