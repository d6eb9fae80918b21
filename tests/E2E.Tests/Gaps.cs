namespace RtcHub.E2E.Tests;

/// <summary>Milliseconds: the longest without a new picture of somebody who is still there, without sound, and for which the page did not look.</summary>
internal readonly record struct Gaps(double Video, double Audio, double Lag)
{
    /// <summary>From now on: the times at which pictures and sound come, whichever way, and how late the page itself is to look.</summary>
    public static Task<object> WatchAsync(Person person) => person.EvaluateAsync<object>(
        """
        () => {
          clearInterval(globalThis.watch?.timer);
          const watch = globalThis.watch = { video: {}, audio: { last: 0, worst: 0, count: -1 }, lag: 0, at: performance.now(), timer: 0 };
          for (const { id } of rtchub.call.state.peers) watch.video[id] = { last: 0, worst: 0, count: "" };
          const note = (entry, count, now) => {
            if (count === entry.count) return;
            if (entry.last) entry.worst = Math.max(entry.worst, now - entry.last);
            entry.last = now;
            entry.count = count;
          };
          const look = async () => {
            const began = performance.now();
            watch.lag = Math.max(watch.lag, began - watch.at - 20);
            await Promise.all([
              ...Object.entries(watch.video).map(async ([id, entry]) =>
                note(entry, (await rtchub.call.lab.received(id)).filter((r) => r.kind === "video").map((r) => `${r.id} ${r.framesDecoded}`).join(), performance.now())),
              rtchub.call.lab.heard().then((all) => note(watch.audio, all.map((r) => `${r.id} ${r.packetsReceived}`).join(), performance.now())),
            ]);
            watch.at = performance.now();
            watch.lag = Math.max(watch.lag, watch.at - began);
            if (globalThis.watch === watch && !watch.stopped) setTimeout(look, 20);
          };
          look();
        }
        """);

    public static async Task<Gaps> WorstGapAsync(Person person)
    {
        var gaps = await person.EvaluateAsync<double[]>(
            """
            () => {
              watch.stopped = true;
              const now = performance.now();
              const longest = ({ worst, last }) => Math.round(Math.max(worst, last ? now - last : 1e6));
              const there = new Set(rtchub.call.state.peers.map((p) => p.id));
              const videos = Object.entries(watch.video).filter(([id]) => there.has(id)).map(([, entry]) => longest(entry));
              return [Math.max(...videos), longest(watch.audio), Math.round(watch.lag)];
            }
            """);
        TestContext.Current.TestOutputHelper?.WriteLine($"{person.Name}: {gaps[0]} ms without a picture, {gaps[1]} ms without sound, {gaps[2]} ms without a look");
        return new Gaps(gaps[0], gaps[1], gaps[2]);
    }

    public static async Task<List<Gaps>> DuringAsync(IReadOnlyList<Person> people, Func<Task> happens)
    {
        var watched = people.ToArray();
        foreach (var one in watched)
            await WatchAsync(one);
        await happens();
        var gaps = new List<Gaps>();
        foreach (var one in watched)
            gaps.Add(await WorstGapAsync(one));
        return gaps;
    }

    // 200 ms without a picture and 60 ms without sound are what people are spared. A machine that is busy with other things shows
    // longer ones in a call where nothing moves: then a move, which makes all of them encode twice, may be three times that, and what the
    // page was late to look.
    public static void AssertNobodyBlinked(List<Gaps> move, List<Gaps> calm)
    {
        var (video, audio) = (Math.Max(200, 3 * calm.Max(gaps => gaps.Video)), Math.Max(60, 3 * calm.Max(gaps => gaps.Audio)));
        Assert.All(move, gaps => Assert.True(gaps.Video <= video + gaps.Lag, $"a picture stood still for {gaps.Video} ms, allowed are {video} and {gaps.Lag}"));
        Assert.All(move, gaps => Assert.True(gaps.Audio <= audio + gaps.Lag, $"there was no sound for {gaps.Audio} ms, allowed are {audio} and {gaps.Lag}"));
    }
}
