namespace RtcHub.Rtc.Rtp;

/// <summary>What a frame is to those who get one of the stream's qualities (RTP Payload Format For AV1, appendix A.8.3.2).</summary>
public enum DecodeTargetIndication : byte
{
    /// <summary>Nothing: they do not get it.</summary>
    NotPresent,

    /// <summary>They get it, and nothing that they get refers to it.</summary>
    Discardable,

    /// <summary>They get it, and whoever has decoded it can decode all of the target that follows.</summary>
    Switch,

    /// <summary>They need it.</summary>
    Required,
}

/// <summary>One frame, that is, one spatial layer of a picture.</summary>
/// <param name="Spatial">0 is the base.</param>
/// <param name="Temporal">0 is the base.</param>
/// <param name="Indications">Two bits for each decode target, the first in the lowest.</param>
/// <param name="References">Bit n: it needs the frame whose number is n + 1 lower. What is beyond <see cref="Reach"/> is left out.</param>
public readonly record struct FrameDependencies(byte Spatial, byte Temporal, ulong Indications, ulong References)
{
    /// <summary>Frames back that <see cref="References"/> can name.</summary>
    public const int Reach = 64;

    /// <summary>What it is to a decode target, 0-31.</summary>
    public DecodeTargetIndication For(int target) => (DecodeTargetIndication)(Indications >> 2 * target & 3);
}

/// <summary>
/// Which decode target a receiver gets that is to have no more than certain layers; packed, since every packet carries it
/// along. Up to 16 targets and 4 temporal layers, which is more than any encoder has.
/// </summary>
/// <param name="Targets">Four bits for each pair of layers.</param>
/// <param name="Spatials">Two bits for each target: its highest spatial layer.</param>
/// <param name="Decides">False: the structure does not say what is needed, or is larger than that; let everything through.</param>
public readonly record struct DecodeTargetChoice(ulong Targets, uint Spatials, bool Decides)
{
    private const int MaxTargets = 16;
    private const int Layers = 4;

    /// <summary>The best target with no layer above these.</summary>
    public int Find(int maxSpatial, int maxTemporal) => (int)(Targets >> 4 * (Layers * Math.Min(maxSpatial, Layers - 1) + Math.Min(maxTemporal, Layers - 1)) & 15);

    /// <summary>The highest spatial layer of a target.</summary>
    public int SpatialOf(int target) => (int)(Spatials >> 2 * target & 3);

    /// <summary>All targets with no layer above these, as bits.</summary>
    public uint UpTo(int maxSpatial, int maxTemporal)
    {
        var targets = 0u;
        for (var spatial = 0; spatial <= Math.Min(maxSpatial, Layers - 1); spatial++)
        {
            for (var temporal = 0; temporal <= Math.Min(maxTemporal, Layers - 1); temporal++) targets |= 1u << Find(spatial, temporal);
        }

        return targets;
    }

    internal static DecodeTargetChoice Of(ReadOnlySpan<FrameDependencies> templates, int decodeTargets, uint active)
    {
        if (decodeTargets > MaxTargets) return default;
        Span<(int Spatial, int Temporal)> highest = stackalloc (int, int)[decodeTargets];
        var (targets, spatials, any) = (0ul, 0u, false);
        for (var target = 0; target < decodeTargets; target++)
        {
            highest[target] = (-1, -1);
            foreach (ref readonly var template in templates)
            {
                if (template.For(target) == DecodeTargetIndication.NotPresent) continue;
                highest[target] = (Math.Max(highest[target].Spatial, template.Spatial), Math.Max(highest[target].Temporal, template.Temporal));
            }

            any |= highest[target].Spatial >= 0 && (active >> target & 1) != 0;
            spatials |= (uint)Math.Max(highest[target].Spatial, 0) << 2 * target;
        }

        for (var pair = 0; pair < Layers * Layers; pair++) targets |= (ulong)Best(highest, active, pair / Layers, pair % Layers) << 4 * pair;
        return new DecodeTargetChoice(targets, spatials, any);
    }

    // Where none is small enough, the smallest.
    private static int Best(ReadOnlySpan<(int Spatial, int Temporal)> highest, uint active, int maxSpatial, int maxTemporal)
    {
        var (best, smallest) = (-1, -1);
        for (var target = 0; target < highest.Length; target++)
        {
            var (spatial, temporal) = highest[target];
            if (spatial < 0 || (active >> target & 1) == 0) continue;
            if (smallest < 0 || highest[target].CompareTo(highest[smallest]) < 0) smallest = target;
            if (spatial > maxSpatial || (temporal > maxTemporal && maxTemporal < Layers - 1)) continue;
            if (best < 0 || highest[target].CompareTo(highest[best]) > 0) best = target;
        }

        return Math.Max(best >= 0 ? best : smallest, 0);
    }
}
