using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace RtcHub.Rtc.Srtp;

/// <summary>
/// A key in counter mode: by the processor's instructions (<see cref="CounterMode"/>), or where they are missing by .NET's AES,
/// which then encrypts the counter blocks of a whole packet at once.
/// </summary>
internal sealed class AesCtr : IDisposable
{
    private readonly ICryptoTransform? _portable;
    private readonly byte[] _counters = [];
    private readonly byte[] _keyStream = [];
    private Aes128 _aes;

    /// <param name="key">16 bytes.</param>
    /// <param name="accelerated">False: do without the processor's instructions even where they are.</param>
    public AesCtr(ReadOnlySpan<byte> key, bool accelerated = true)
    {
        if (accelerated && Aes128.IsSupported)
        {
            _aes = new Aes128(key);
            return;
        }

        using var aes = Aes.Create();
#pragma warning disable CA5358 // One block at a time is what counter mode is made of.
        aes.Mode = CipherMode.ECB;
#pragma warning restore CA5358
        aes.Padding = PaddingMode.None;
        aes.SetKey(key);
        _portable = aes.CreateEncryptor();
        _counters = new byte[1536];
        _keyStream = new byte[_counters.Length];
    }

    /// <summary>XORs the key stream onto the source. Source and destination are the same place or do not overlap.</summary>
    /// <param name="first">The first counter block.</param>
    /// <param name="source">Of any length up to 2^16 blocks.</param>
    /// <param name="destination">At least as long.</param>
    public void Transform(Vector128<byte> first, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (_portable is null) CounterMode.Transform(in _aes, CounterMode.Counter(first), source, destination);
        else TransformPortably(CounterMode.Counter(first), source, destination);
    }

    public void Dispose()
    {
        _aes = default;
        _portable?.Dispose();
        CryptographicOperations.ZeroMemory(_keyStream);
    }

    private void TransformPortably(Vector128<uint> counter, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        while (!source.IsEmpty)
        {
            var length = Math.Min(source.Length, _counters.Length);
            var padded = (length + Aes128.BlockLength - 1) & -Aes128.BlockLength;
            foreach (ref var block in MemoryMarshal.Cast<byte, Vector128<byte>>(_counters.AsSpan(0, padded)))
            {
                block = CounterMode.Block(counter);
                counter = CounterMode.Next(counter);
            }

            _portable!.TransformBlock(_counters, 0, padded, _keyStream, 0);
            for (var i = 0; i < length; i++) destination[i] = (byte)(source[i] ^ _keyStream[i]);
            source = source[length..];
            destination = destination[length..];
        }
    }
}
