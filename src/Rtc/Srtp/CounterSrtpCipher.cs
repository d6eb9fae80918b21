using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace RtcHub.Rtc.Srtp;

/// <summary>AES_CM_128_HMAC_SHA1_80 (RFC 3711 sections 4.1.1 and 4.2.1).</summary>
internal sealed class CounterSrtpCipher : SrtpCipher
{
    private const int Tag = 10;
    private const int Sha1Length = 20;
    private const int Chunk = AesCipher.Lanes * AesCipher.BlockLength;

    private readonly AesCipher _cipher;
    private readonly byte[] _salt;
    private readonly IncrementalHash _hmac;

    public CounterSrtpCipher(ReadOnlySpan<byte> key, byte[] salt, ReadOnlySpan<byte> authentication, bool portable)
    {
        (_cipher, _salt) = (new AesCipher(key, portable), salt);
#pragma warning disable CA5350 // The profile's own; HMAC does not need what SHA-1 has lost.
        _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, authentication);
#pragma warning restore CA5350
    }

    public override int TagLength => Tag;

    public override int Seal(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, uint ssrc, ulong index, uint trailer)
    {
        var destination = packet.Slice(headerLength, payload.Length);
        Transform(payload, destination, ssrc, index);

        // RTCP's trailer is part of the packet and authenticated there, between payload and tag; RTP's is only thought to be.
        Span<byte> hash = stackalloc byte[Sha1Length];
        Authenticate(packet[..(headerLength + payload.Length)], trailer, hash);
        hash[..Tag].CopyTo(packet[(headerLength + payload.Length)..]);
        return headerLength + payload.Length + Tag;
    }

    public override bool TryOpen(Span<byte> packet, int headerLength, uint ssrc, ulong index, uint trailer)
    {
        Span<byte> hash = stackalloc byte[Sha1Length];
        Authenticate(packet[..^Tag], trailer, hash);
        if (!CryptographicOperations.FixedTimeEquals(hash[..Tag], packet[^Tag..])) return false;
        var payload = packet[headerLength..^Tag];
        Transform(payload, payload, ssrc, index);
        return true;
    }

    public override void Dispose()
    {
        _cipher.Dispose();
        _hmac.Dispose();
    }

    private void Authenticate(ReadOnlySpan<byte> packet, uint trailer, Span<byte> hash)
    {
        Span<byte> last = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(last, trailer);
        _hmac.AppendData(packet);
        _hmac.AppendData(last);
        _hmac.GetHashAndReset(hash);
    }

    // IV = salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16; the low 16 bits count blocks.
    private void Transform(ReadOnlySpan<byte> text, Span<byte> destination, uint ssrc, ulong index)
    {
        Span<byte> iv = stackalloc byte[AesCipher.BlockLength];
        iv.Clear();
        _salt.CopyTo(iv);
        BinaryPrimitives.WriteUInt32BigEndian(iv[4..], BinaryPrimitives.ReadUInt32BigEndian(iv[4..]) ^ ssrc);
        BinaryPrimitives.WriteUInt64BigEndian(iv[6..], BinaryPrimitives.ReadUInt64BigEndian(iv[6..]) ^ index);
        var block = Vector128.Create<byte>(iv);
        Span<byte> stream = stackalloc byte[Chunk];
        ushort counter = 0;
        for (var at = 0; at < text.Length; at += Chunk)
        {
            var (b0, b1, b2, b3) = (Count(block, counter), Count(block, counter + 1), Count(block, counter + 2), Count(block, counter + 3));
            var (b4, b5, b6, b7) = (Count(block, counter + 4), Count(block, counter + 5), Count(block, counter + 6), Count(block, counter + 7));
            counter += AesCipher.Lanes;
            _cipher.Encrypt(ref b0, ref b1, ref b2, ref b3, ref b4, ref b5, ref b6, ref b7);
            b0.CopyTo(stream);
            b1.CopyTo(stream[16..]);
            b2.CopyTo(stream[32..]);
            b3.CopyTo(stream[48..]);
            b4.CopyTo(stream[64..]);
            b5.CopyTo(stream[80..]);
            b6.CopyTo(stream[96..]);
            b7.CopyTo(stream[112..]);
            Xor(text[at..], stream, destination[at..]);
        }
    }

    private static Vector128<byte> Count(Vector128<byte> block, int counter) =>
        block.WithElement(14, (byte)(counter >> 8)).WithElement(15, (byte)counter);

    private static void Xor(ReadOnlySpan<byte> text, ReadOnlySpan<byte> stream, Span<byte> destination)
    {
        var length = Math.Min(text.Length, stream.Length);
        var at = 0;
        for (; at + Vector128<byte>.Count <= length; at += Vector128<byte>.Count)
            (Vector128.Create(text[at..]) ^ Vector128.Create(stream[at..])).CopyTo(destination[at..]);
        for (; at < length; at++) destination[at] = (byte)(text[at] ^ stream[at]);
    }
}
