namespace RtcHub.Rtc.Bwe;

/// <summary>Bits a second over the last half second, in steps of 25 ms of whatever clock is handed in.</summary>
internal sealed class Throughput
{
    /// <summary>µs.</summary>
    public const long Window = 500_000;

    private const int Buckets = 20;
    private const long Width = Window / Buckets;

    private readonly long[] _bytes = new long[Buckets];
    private long _bucket = -1;
    private long _first;
    private long _sum;

    /// <summary>Bytes at a time; such from before the window do not count.</summary>
    public void Add(long time, int bytes)
    {
        Advance(time);
        var bucket = time / Width;
        if (bucket <= _bucket - Buckets || bucket < _first) return;
        _bytes[bucket % Buckets] += bytes;
        _sum += bytes;
    }

    /// <summary>Bit/s; 0 as long as there is too little to tell.</summary>
    public long Bitrate(long time)
    {
        if (_bucket < 0) return 0;
        Advance(time);
        var buckets = Math.Min(_bucket - _first + 1, Buckets);
        return buckets < Buckets / 4 ? 0 : _sum * 8_000_000 / (buckets * Width);
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Array.Clear(_bytes);
        (_bucket, _sum) = (-1, 0);
    }

    private void Advance(long time)
    {
        var bucket = time / Width;
        if (_bucket < 0 || bucket - _bucket >= 2 * Buckets)
        {
            Array.Clear(_bytes);
            (_first, _bucket, _sum) = (bucket, bucket, 0);
        }

        while (_bucket < bucket)
        {
            _bucket++;
            _sum -= _bytes[_bucket % Buckets];
            _bytes[_bucket % Buckets] = 0;
        }
    }
}
