namespace RtcHub.Sfu.Routing;

/// <summary>
/// One step of quality that a slot can have: a layer, whole or without its upper temporal layers. Spatial layers within one
/// stream (SVC) are further steps between those of a layer.
/// </summary>
/// <param name="Layer">What is forwarded.</param>
/// <param name="Index">Its place among the layers of the track.</param>
/// <param name="MaxTemporal">The highest temporal layer that is forwarded; 255: all.</param>
internal readonly record struct Rung(Layer Layer, int Index, int MaxTemporal);

/// <summary>The steps of one slot, the cheapest first, up to what fills its tile; one for each of <see cref="Demand"/>.</summary>
internal sealed class Ladder
{
    public const int AllTemporal = byte.MaxValue;

    // A layer that has sent nothing yet: bit/s for each pixel.
    private const int BitsPerPixel = 2;

    private readonly Rung[] _rungs = new Rung[Demand.MaxSteps];
    private int _count;

    public ref readonly Rung this[int step] => ref _rungs[step];

    /// <summary>The step that is this; <see cref="Demand.Nothing"/> when there is none.</summary>
    public int Find(Layer? layer, int maxTemporal)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_rungs[i].Layer == layer && _rungs[i].MaxTemporal == maxTemporal) return i;
        }

        return Demand.Nothing;
    }

    /// <summary>Lists what the track has for a tile of this height.</summary>
    public void Fill(PublisherTrack track, int maxHeight, ref Demand demand)
    {
        _count = 0;
        var layers = track.Layers;
        var largest = LayerChoice.Fill(layers, maxHeight);
        for (var i = 0; i <= largest; i++)
        {
            // Half of the pictures for half of the bits, and a quarter where there is nothing smaller.
            var top = CanDropTemporal(layers[i]) ? layers[i].Rates.HighestTemporal : 0;
            for (var temporal = i == 0 ? 0 : Math.Max(top - 1, 0); temporal <= top; temporal++)
                Add(new Rung(layers[i], i, temporal == top ? AllTemporal : temporal), BitrateOf(layers, i, temporal == top ? LayerRates.Temporals : temporal), ref demand);
        }
    }

    /// <summary>Bit/s of a layer; a guess by its size before it was measured.</summary>
    public static long BitrateOf(List<Layer> layers, int index, int temporal)
    {
        if (layers[index].Rates.IsKnown) return layers[index].Rates.Bitrate(temporal);
        long height = LayerChoice.HeightOf(layers, index);
        return height * height * 16 / 9 * BitsPerPixel;
    }

    private void Add(in Rung rung, long bitrate, ref Demand demand)
    {
        if (demand.TryAdd(bitrate)) _rungs[_count++] = rung;
        else if (_count > 0 && rung.MaxTemporal == AllTemporal) _rungs[_count - 1] = rung; // No dearer, and whole.
    }

    // Where pictures say when a higher temporal layer may be joined, and their numbers can be closed up.
    private static bool CanDropTemporal(Layer layer) => layer.Codec.Format is Rtc.Rtp.PayloadFormat.Vp8 or Rtc.Rtp.PayloadFormat.Vp9;
}
