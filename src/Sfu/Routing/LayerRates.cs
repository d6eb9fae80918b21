using System.Runtime.CompilerServices;

namespace RtcHub.Sfu.Routing;

/// <summary>What a layer sends, by the spatial and temporal layers within it: what a subscriber pays for each step of quality.</summary>
internal struct LayerRates
{
    /// <summary>Spatial and temporal layers that are told apart; what is above belongs to the last.</summary>
    public const int Spatials = 3, Temporals = 4;

    /// <summary>All of them.</summary>
    public const int All = byte.MaxValue;

    /// <summary>µs between two measurements.</summary>
    public const long Interval = 250_000;

    // The weight of a measurement is 1/4: a second or so, thus more than what lies between two large pictures.
    private const int Smoothing = 4;

    private Values _bytes;
    private Values _bitrates;
    private long _since;
    private int _measured;

    /// <summary>False before anything is known.</summary>
    public readonly bool IsKnown => _measured > 0;

    /// <summary>The highest temporal layer that was seen.</summary>
    public int HighestTemporal { get; private set; }

    /// <summary>A packet of the layer.</summary>
    public void Add(int spatial, int temporal, int bytes)
    {
        (spatial, temporal) = (Math.Min(spatial, Spatials - 1), Math.Min(temporal, Temporals - 1));
        if (temporal > HighestTemporal) HighestTemporal = temporal;
        _bytes[spatial * Temporals + temporal] += bytes;
    }

    /// <summary>Bit/s of everything up to these layers.</summary>
    public readonly long Bitrate(int spatial = All, int temporal = All)
    {
        var sum = 0L;
        for (var s = 0; s < Spatials && s <= spatial; s++)
        {
            for (var t = 0; t < Temporals && t <= temporal; t++) sum += _bitrates[s * Temporals + t];
        }

        return sum;
    }

    /// <summary>Takes in what was sent since the last call. What a layer sent before it fell silent is kept: it would send that again.</summary>
    public void Measure(long now)
    {
        var (elapsed, total) = (now - _since, 0L);
        foreach (var bytes in _bytes) total += bytes;
        if (_since == 0 || total == 0)
        {
            _since = now;
            return;
        }

        if (elapsed <= 0) return;
        _measured++;
        for (var i = 0; i < Spatials * Temporals; i++)
        {
            var bitrate = _bytes[i] * 8_000_000 / elapsed;
            _bitrates[i] += (bitrate - _bitrates[i]) / Math.Min(_measured, Smoothing);
        }

        (_bytes, _since) = (default, now);
    }

    [InlineArray(Spatials * Temporals)]
    private struct Values
    {
        private long _first;
    }
}
