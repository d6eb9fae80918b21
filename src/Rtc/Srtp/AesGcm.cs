using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using PortableGcm = System.Security.Cryptography.AesGcm;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// AES-128-GCM with a nonce of 12 bytes and a tag of 16 (NIST SP 800-38D). Cipher and hash use different units of the processor,
/// thus they go through the data together, eight blocks of each at a time. Without these instructions it is
/// <see cref="PortableGcm"/>, at about three times the cost.
/// </summary>
internal sealed class AesGcm : IDisposable
{
    public const int TagLength = 16;

    private readonly PortableGcm? _portable;
    private Aes128 _aes;
    private Ghash _ghash;

    /// <param name="key">16 bytes.</param>
    /// <param name="accelerated">False: do without the processor's instructions even where they are.</param>
    public AesGcm(ReadOnlySpan<byte> key, bool accelerated = true)
    {
        if (accelerated && Aes128.IsSupported && Ghash.IsSupported)
        {
            _aes = new Aes128(key);
            _ghash = new Ghash(_aes.Encrypt(Vector128<byte>.Zero));
        }
        else
        {
            _portable = new PortableGcm(key, TagLength);
        }
    }

    /// <summary>Encrypts into the destination, which is the plaintext's own place or does not overlap it.</summary>
    /// <param name="nonce">The first 12 bytes count, the others are zero. Never the same for two plaintexts.</param>
    /// <param name="associated">Authenticated, but not encrypted.</param>
    /// <param name="plaintext">Of any length.</param>
    /// <param name="ciphertext">As long as the plaintext.</param>
    /// <param name="tag">16 bytes.</param>
    public void Seal(Vector128<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag)
    {
        if (_portable is not null)
        {
            Span<byte> bytes = stackalloc byte[Aes128.BlockLength];
            nonce.CopyTo(bytes);
            _portable.Encrypt(bytes[..12], plaintext, ciphertext, tag, associated);
            return;
        }

        var counter = FirstCounter(nonce, out var mask);
        var hash = Hash(associated);
        ref var from = ref MemoryMarshal.GetReference(plaintext);
        ref var to = ref MemoryMarshal.GetReference(ciphertext[..plaintext.Length]);
        var whole = plaintext.Length & -CounterMode.Stride;
        if (whole > 0)
        {
            // The hash goes over what was encrypted one stride before.
            CounterMode.Transform(in _aes, ref counter, ref from, ref to);
            for (var at = CounterMode.Stride; at < whole; at += CounterMode.Stride)
                TransformAndHash(ref counter, ref hash, ref Unsafe.Add(ref from, at), ref Unsafe.Add(ref to, at), ref Unsafe.Add(ref to, at - CounterMode.Stride));
            hash = _ghash.Add(hash, ref Unsafe.Add(ref to, whole - CounterMode.Stride), Ghash.Blocks);
        }

        Span<byte> rest = stackalloc byte[CounterMode.Stride + Aes128.BlockLength];
        var length = plaintext.Length - whole;
        if (length > 0)
        {
            plaintext[whole..].CopyTo(rest);
            CounterMode.Transform(in _aes, ref counter, ref rest[0], ref rest[0]);
            rest[..length].CopyTo(ciphertext[whole..]);
        }

        Finish(hash, mask, rest, length, associated.Length, plaintext.Length).CopyTo(tag);
    }

    /// <summary>Decrypts into the destination, which is the ciphertext's own place or does not overlap it. False: the tag is wrong, and what was written is worthless.</summary>
    public bool Open(Vector128<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext, ReadOnlySpan<byte> tag)
    {
        if (_portable is not null) return OpenPortably(nonce, associated, ciphertext, plaintext, tag);

        var counter = FirstCounter(nonce, out var mask);
        var hash = Hash(associated);
        ref var from = ref MemoryMarshal.GetReference(ciphertext);
        ref var to = ref MemoryMarshal.GetReference(plaintext[..ciphertext.Length]);
        var whole = ciphertext.Length & -CounterMode.Stride;
        for (var at = 0; at < whole; at += CounterMode.Stride)
            TransformAndHash(ref counter, ref hash, ref Unsafe.Add(ref from, at), ref Unsafe.Add(ref to, at), ref Unsafe.Add(ref from, at));

        Span<byte> rest = stackalloc byte[CounterMode.Stride + Aes128.BlockLength];
        var length = ciphertext.Length - whole;
        ciphertext[whole..].CopyTo(rest);
        var expected = Finish(hash, mask, rest, length, associated.Length, ciphertext.Length);
        if (length > 0)
        {
            CounterMode.Transform(in _aes, ref counter, ref rest[0], ref rest[0]);
            rest[..length].CopyTo(plaintext[whole..]);
        }

        return expected == Vector128.Create(tag);
    }

    public void Dispose()
    {
        (_aes, _ghash) = (default, default);
        _portable?.Dispose();
    }

    private bool OpenPortably(Vector128<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext, ReadOnlySpan<byte> tag)
    {
        Span<byte> bytes = stackalloc byte[Aes128.BlockLength];
        nonce.CopyTo(bytes);
        try
        {
            _portable!.Decrypt(bytes[..12], ciphertext, tag, plaintext, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    // Counter 1 belongs to the tag, the data begin with 2.
    private Vector128<uint> FirstCounter(Vector128<byte> nonce, out Vector128<byte> mask)
    {
        var first = nonce.AsUInt32().WithElement(3, 1u);
        mask = _aes.Encrypt(CounterMode.Block(first));
        return first.WithElement(3, 2u);
    }

    private Vector128<ulong> Hash(ReadOnlySpan<byte> associated)
    {
        var whole = associated.Length / Aes128.BlockLength;
        var hash = _ghash.Add(Vector128<ulong>.Zero, ref MemoryMarshal.GetReference(associated), whole);
        var rest = associated[(whole * Aes128.BlockLength)..];
        if (rest.IsEmpty) return hash;
        Span<byte> padded = stackalloc byte[Aes128.BlockLength];
        rest.CopyTo(padded);
        return _ghash.Add(hash, ref padded[0], 1);
    }

    // The rest of the ciphertext, filled up with zeros, and behind it the two lengths in bits.
    private Vector128<byte> Finish(Vector128<ulong> hash, Vector128<byte> mask, Span<byte> rest, int length, int associatedLength, int totalLength)
    {
        var blocks = (length + Aes128.BlockLength - 1) / Aes128.BlockLength;
        if (length % Aes128.BlockLength is > 0 and var used)
        {
            var last = rest[(length - used)..];
            (Vector128.Create<byte>(last) & Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)used))).CopyTo(last);
        }

        var lengths = rest[(blocks * Aes128.BlockLength)..];
        BinaryPrimitives.WriteInt64BigEndian(lengths, 8L * associatedLength);
        BinaryPrimitives.WriteInt64BigEndian(lengths[8..], 8L * totalLength);
        hash = _ghash.Add(hash, ref rest[0], blocks + 1);
        return Ghash.ReverseBytes(hash.AsByte()).AsByte() ^ mask;
    }

    // Eight blocks through the cipher, and eight into the hash, one with each round.
    private void TransformAndHash(ref Vector128<uint> counter, ref Vector128<ulong> hash, ref byte from, ref byte to, ref byte hashed)
    {
        var product = default(Ghash.Product);
        CounterMode.Load(ref counter, _aes[0], out var a, out var b, out var c, out var d, out var e, out var f, out var g, out var h);
        _ghash.Multiply(ref product, hash ^ Ghash.Load(ref hashed), 0);
        CounterMode.Round(_aes[1], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        _ghash.Multiply(ref product, Ghash.Load(ref hashed, 16), 1);
        CounterMode.Round(_aes[2], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        _ghash.Multiply(ref product, Ghash.Load(ref hashed, 32), 2);
        CounterMode.Round(_aes[3], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        _ghash.Multiply(ref product, Ghash.Load(ref hashed, 48), 3);
        CounterMode.Round(_aes[4], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        _ghash.Multiply(ref product, Ghash.Load(ref hashed, 64), 4);
        CounterMode.Round(_aes[5], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        _ghash.Multiply(ref product, Ghash.Load(ref hashed, 80), 5);
        CounterMode.Round(_aes[6], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        _ghash.Multiply(ref product, Ghash.Load(ref hashed, 96), 6);
        CounterMode.Round(_aes[7], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        _ghash.Multiply(ref product, Ghash.Load(ref hashed, 112), 7);
        CounterMode.Round(_aes[8], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        CounterMode.Round(_aes[9], ref a, ref b, ref c, ref d, ref e, ref f, ref g, ref h);
        hash = product.Reduce();
        CounterMode.Store(_aes[10], ref from, ref to, a, b, c, d, e, f, g, h);
    }
}
