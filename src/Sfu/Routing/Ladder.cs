using RtcHub.Rtc.Rtp;

namespace RtcHub.Sfu.Routing;

/// <summary>
/// One step of quality that a slot can have: a layer, whole or without its upper spatial (SVC) or temporal layers.
/// </summary>
/// <param name="Layer">What is forwarded.</param>
/// <param name="Index">Its place among the layers of the track.</param>
/// <param name="MaxSpatial">The highest spatial layer that is forwarded; 255: all.</param>
/// <param name="MaxTemporal">The highest temporal layer that is forwarded; 255: all.</param>
internal readonly record struct Rung(Layer Layer, int Index, int MaxSpatial, int MaxTemporal);

/// <summary>The steps of one slot, the cheapest first, up to what fills its tile; one for each of <see cref="Demand"/>.</summary>
internal sealed class Ladder
{
    // A layer that has sent nothing yet: bit/s for each pixel.
    private const int BitsPerPixel = 2;

    private readonly Rung[] _rungs = new Rung[Demand.MaxSteps];
    private int _count;

    public ref readonly Rung this[int step] => ref _rungs[step];

    /// <summary>The step that is this; <see cref="Demand.Nothing"/> when there is none.</summary>
    public int Find(in Rung rung)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_rungs[i] == rung) return i;
        }

        return Demand.Nothing;
    }

    /// <summary>Lists what the track has for a tile of this height.</summary>
    public void Fill(PublisherTrack track, int maxHeight, ref Demand demand)
    {
        _count = 0;
        var largest = LayerChoice.Fill(track.Layers, maxHeight);
        for (var i = 0; i <= largest; i++)
        {
            var layer = track.Layers[i];
            var most = i == largest ? LayerChoice.FillSpatial(layer, maxHeight) : LayerRates.All;
            for (var spatial = 0; spatial <= Math.Min(most, layer.HighestSpatial); spatial++)
                AddTemporal(track.Layers, i, spatial == layer.HighestSpatial ? LayerRates.All : spatial, isFirst: i == 0 && spatial == 0, ref demand);
        }
    }

    /// <summary>The best step for a tile of this height.</summary>
    public static Rung Top(PublisherTrack track, int maxHeight)
    {
        var index = LayerChoice.Fill(track.Layers, maxHeight);
        return new Rung(track.Layers[index], index, LayerChoice.FillSpatial(track.Layers[index], maxHeight), LayerRates.All);
    }

    // Half of the pictures for half of the bits, and a quarter where there is nothing smaller.
    private void AddTemporal(List<Layer> layers, int index, int spatial, bool isFirst, ref Demand demand)
    {
        var layer = layers[index];
        var top = CanDropTemporal(layer) ? layer.Rates.HighestTemporal : 0;
        for (var temporal = isFirst ? 0 : Math.Max(top - 1, 0); temporal <= top; temporal++)
        {
            var rung = new Rung(layer, index, spatial, temporal == top ? LayerRates.All : temporal);
            if (demand.TryAdd(BitrateOf(layers, rung))) _rungs[_count++] = rung;
            else if (_count > 0 && temporal == top) _rungs[_count - 1] = rung; // No dearer, and better.
        }
    }

    private static long BitrateOf(List<Layer> layers, in Rung rung)
    {
        if (rung.Layer.Rates.IsKnown) return rung.Layer.Rates.Bitrate(rung.MaxSpatial, rung.MaxTemporal);
        long height = LayerChoice.HeightOf(layers, rung.Index);
        return height * height * 16 / 9 * BitsPerPixel;
    }

    // Where the stream says when a higher temporal layer may be joined.
    private static bool CanDropTemporal(Layer layer) => layer.Codec.Format is PayloadFormat.Vp8 or PayloadFormat.Vp9 || layer.Structure is { Templates: > 0 };
}
