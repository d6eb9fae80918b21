using System.Security.Cryptography;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// HMAC-SHA1 (RFC 2104) of one key over many messages, without allocating: by libcrypto where it loads, otherwise by .NET.
/// </summary>
internal sealed class HmacSha1 : IDisposable
{
    public const int MacLength = 20;
    private const int BlockLength = 64;

    private readonly IncrementalHash? _portable;
    private LibCrypto.Sha1Context _inner;
    private LibCrypto.Sha1Context _outer;

    /// <param name="key">At most 64 bytes.</param>
    /// <param name="accelerated">False: do without libcrypto even where it is.</param>
    public HmacSha1(ReadOnlySpan<byte> key, bool accelerated = true)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, BlockLength);
        if (accelerated && LibCrypto.IsAvailable)
        {
            _inner = KeyedWith(key, 0x36);
            _outer = KeyedWith(key, 0x5C);
        }
        else
        {
            _portable = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, key);
        }
    }

    /// <summary>Writes the 20 bytes for a message in two parts.</summary>
    public void Compute(ReadOnlySpan<byte> message, ReadOnlySpan<byte> trailer, Span<byte> mac)
    {
        if (_portable is not null)
        {
            _portable.AppendData(message);
            _portable.AppendData(trailer);
            _portable.GetHashAndReset(mac);
            return;
        }

        var context = _inner;
        LibCrypto.Add(ref context, message);
        LibCrypto.Add(ref context, trailer);
        LibCrypto.Finish(ref context, mac);
        context = _outer;
        LibCrypto.Add(ref context, mac[..MacLength]);
        LibCrypto.Finish(ref context, mac);
    }

    public void Dispose()
    {
        (_inner, _outer) = (default, default);
        _portable?.Dispose();
    }

    // Section 2: the key, filled up with zeros, XOR ipad or opad, is the first block of either hash.
    private static LibCrypto.Sha1Context KeyedWith(ReadOnlySpan<byte> key, byte pad)
    {
        Span<byte> block = stackalloc byte[BlockLength];
        key.CopyTo(block);
        foreach (ref var value in block) value ^= pad;
        var context = LibCrypto.Start();
        LibCrypto.Add(ref context, block);
        CryptographicOperations.ZeroMemory(block);
        return context;
    }
}
