namespace RtcHub.Sfu.Routing;

/// <summary>
/// Which layers of a track are larger than which, and which of them fills a tile. Sizes are read from keyframes; where they are
/// not to be read, as with end-to-end encryption, a layer that sends more bits is the larger one, each twice as high as the next.
/// </summary>
internal static class LayerChoice
{
    /// <summary>µs. A layer that has sent nothing for so long while another went on has stopped.</summary>
    public const long Silence = 700_000;

    // Of the largest layer where nothing is known: what cameras send.
    private const int AssumedHeight = 720;

    /// <summary>Sorts the layers by size, the smallest first; false when they were in that order.</summary>
    public static bool Sort(List<Layer> layers, IReadOnlyList<string> rids)
    {
        var (byHeight, byRate) = (true, true);
        foreach (var layer in layers) (byHeight, byRate) = (byHeight && layer.Height > 0, byRate && layer.Rates.IsKnown);
        var isChanged = false;
        for (var i = 1; i < layers.Count; i++)
        {
            for (var k = i; k > 0 && IsSmaller(layers[k], layers[k - 1]); k--)
            {
                (layers[k], layers[k - 1]) = (layers[k - 1], layers[k]);
                isChanged = true;
            }
        }

        return isChanged;

        // A fifth more, so that two of about equal rates do not change places all the time.
        bool IsSmaller(Layer a, Layer b) =>
            byHeight ? a.Height < b.Height
            : byRate ? a.Rates.Bitrate() * 6 / 5 < b.Rates.Bitrate()
            : PlaceOf(a, rids) < PlaceOf(b, rids);
    }

    /// <summary>The first of the sorted layers that fills the height, else the largest; 0: the largest.</summary>
    public static int Fill(List<Layer> layers, int maxHeight)
    {
        var largest = layers.Count - 1;
        for (var i = 0; i < largest && maxHeight > 0; i++)
        {
            if (HeightOf(layers, i) >= maxHeight) return i;
        }

        return largest;
    }

    /// <summary>The first spatial layer within a stream (SVC) that fills the height, each twice as high as the one below; 0: all of them.</summary>
    public static int FillSpatial(Layer layer, int maxHeight)
    {
        var height = layer.Height > 0 ? layer.Height : AssumedHeight;
        for (var spatial = 0; spatial < layer.HighestSpatial && maxHeight > 0; spatial++)
        {
            if (height >> layer.HighestSpatial - spatial >= maxHeight) return spatial;
        }

        return byte.MaxValue;
    }

    /// <summary>Of the layers up to this one the largest that sends, else the smallest above it that does; null when none does.</summary>
    public static Layer? Sending(List<Layer> layers, int index)
    {
        for (var i = index; i >= 0; i--)
        {
            if (layers[i].IsSending) return layers[i];
        }

        for (var i = index + 1; i < layers.Count; i++)
        {
            if (layers[i].IsSending) return layers[i];
        }

        return null;
    }

    /// <summary>Of all layers that were agreed on, whether or not they have sent yet, the number of the one that fills the height; 0: the largest.</summary>
    public static int Wanted(List<Layer> layers, IReadOnlyList<string> rids, int maxHeight)
    {
        var (best, bestHeight) = (0, 0);
        for (var i = 0; i < rids.Count; i++)
        {
            var height = HeightOf(layers, rids, i);
            var fills = maxHeight > 0 && height >= maxHeight;
            var bestFills = maxHeight > 0 && bestHeight >= maxHeight;
            if (fills ? bestFills && height >= bestHeight : bestFills || height <= bestHeight) continue;
            (best, bestHeight) = (i, height);
        }

        return best;
    }

    // One that has not sent is twice as high as the one before it in the description, or half as high if the others descend.
    private static int HeightOf(List<Layer> layers, IReadOnlyList<string> rids, int rid)
    {
        var (nearest, place) = (-1, -1);
        for (var i = 0; i < layers.Count; i++)
        {
            var at = PlaceOf(layers[i], rids);
            if (at == rid) return HeightOf(layers, i);
            if (nearest < 0 || Math.Abs(at - rid) < Math.Abs(place - rid)) (nearest, place) = (i, at);
        }

        if (nearest < 0) return AssumedHeight >> rids.Count - 1 - rid;
        var descends = layers.Count > 1 && PlaceOf(layers[0], rids) > PlaceOf(layers[^1], rids);
        var steps = descends ? place - rid : rid - place;
        var height = HeightOf(layers, nearest);
        return steps > 0 ? height << steps : Math.Max(height >> -steps, 1);
    }

    // Before anything is known: by the description, in which browsers name the smallest first.
    private static int PlaceOf(Layer layer, IReadOnlyList<string> rids)
    {
        for (var i = 0; i < rids.Count; i++)
        {
            if (rids[i] == layer.Rid) return i;
        }

        return 0;
    }

    /// <summary>As read, or as the nearest that was read implies.</summary>
    public static int HeightOf(List<Layer> layers, int index)
    {
        for (var distance = 0; distance < layers.Count; distance++)
        {
            if (index + distance < layers.Count && layers[index + distance].Height is > 0 and var above) return Math.Max(above >> distance, 1);
            if (index >= distance && layers[index - distance].Height is > 0 and var below) return below << distance;
        }

        return AssumedHeight >> layers.Count - 1 - index;
    }
}
