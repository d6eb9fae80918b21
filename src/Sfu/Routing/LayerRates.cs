using System.Runtime.CompilerServices;

namespace RtcHub.Sfu.Routing;

/// <summary>What a layer sends, by temporal layer: what a subscriber pays for each step of quality.</summary>
internal struct LayerRates
{
    /// <summary>Temporal layers that are told apart; what is above belongs to the last.</summary>
    public const int Temporals = 4;

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
    public void Add(int temporal, int bytes)
    {
        temporal = Math.Min(temporal, Temporals - 1);
        if (temporal > HighestTemporal) HighestTemporal = temporal;
        _bytes[temporal] += bytes;
    }

    /// <summary>Bit/s up to a temporal layer.</summary>
    public readonly long Bitrate(int temporal)
    {
        var sum = 0L;
        for (var i = 0; i <= Math.Min(temporal, Temporals - 1); i++) sum += _bitrates[i];
        return sum;
    }

    /// <summary>Takes in what was sent since the last call. What a layer sent before it fell silent is kept: it would send that again.</summary>
    public void Measure(long now)
    {
        var (elapsed, total) = (now - _since, 0L);
        for (var i = 0; i < Temporals; i++) total += _bytes[i];
        if (_since == 0 || total == 0)
        {
            _since = now;
            return;
        }

        if (elapsed <= 0) return;
        _measured++;
        for (var i = 0; i < Temporals; i++)
        {
            var bitrate = _bytes[i] * 8_000_000 / elapsed;
            _bitrates[i] += (bitrate - _bitrates[i]) / Math.Min(_measured, Smoothing);
        }

        (_bytes, _since) = (default, now);
    }

    [InlineArray(Temporals)]
    private struct Values
    {
        private long _first;
    }
}
