namespace RtcHub.Signal.Meetings;

/// <summary>A video that somebody publishes.</summary>
/// <param name="Participant">Whose it is.</param>
/// <param name="Source"><c>camera</c> or <c>screen</c>.</param>
internal readonly record struct VideoKey(string Participant, string Source);

/// <summary>A video that a participant would see.</summary>
/// <param name="Key">Which.</param>
/// <param name="MaxHeight">Pixels of its tile; 0: as good as it gets.</param>
/// <param name="Priority">Higher first.</param>
internal readonly record struct VideoWish(VideoKey Key, int MaxHeight, int Priority);

/// <summary>What a slot carries; all default: nothing.</summary>
/// <param name="Wish">Of whom, and how large.</param>
/// <param name="Track">In the media service.</param>
internal readonly record struct SlotLoad(VideoWish Wish, string? Track);

/// <summary>
/// Puts the videos that somebody wants into the slots that they have. What is in a slot and still wanted stays there, so
/// that one person's coming or going moves nobody else.
/// </summary>
internal static class SlotPlan
{
    /// <summary>What the slots are to carry, and for how many wishes there is no slot.</summary>
    /// <param name="slots">What they carry now.</param>
    /// <param name="wishes">The most important first, each video at most once.</param>
    /// <param name="track">The track of a video, or null when nobody publishes it (yet).</param>
    public static (SlotLoad[] Plan, int Missing) Make(IReadOnlyList<SlotLoad> slots, IReadOnlyList<VideoWish> wishes, Func<VideoKey, string?> track)
    {
        var plan = new SlotLoad[slots.Count];
        var left = new List<SlotLoad>();
        foreach (var wish in wishes)
        {
            if (track(wish.Key) is not { } id) continue;
            var at = IndexOf(slots, wish.Key);
            if (at >= 0) plan[at] = new SlotLoad(wish, id);
            else left.Add(new SlotLoad(wish, id));
        }

        var next = 0;
        foreach (var load in left)
        {
            while (next < plan.Length && plan[next].Track is not null) next++;
            if (next == plan.Length) break;
            plan[next] = load;
        }

        return (plan, left.Count - left.Count(load => Array.IndexOf(plan, load) >= 0));
    }

    private static int IndexOf(IReadOnlyList<SlotLoad> slots, VideoKey key)
    {
        for (var i = 0; i < slots.Count; i++)
        {
            if (slots[i].Track is not null && slots[i].Wish.Key == key) return i;
        }

        return -1;
    }
}
