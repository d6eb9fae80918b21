using System.Diagnostics;

namespace RtcHub.E2E.Tests;

/// <summary>A meeting on a cluster, of which one part after the other is killed.</summary>
public sealed class SurvivalTests(Stage stage) : BrowserTest(stage)
{
    private const int BackWithinSeconds = 15;

    // Without a picture: where a media service dies, others are to be found; nobody else stands in media's way. Two cores carry four pages
    // and the whole cluster, so what the pages were late to look is allowed for, twice.
    private const double MediaServiceMs = 5_000, OtherMs = 1_500;

    [Fact(Timeout = 2 * Limit)]
    public async Task A_meeting_of_four_survives_the_death_of_each_part()
    {
        var cluster = Own(await LocalCluster.StartAsync());
        try
        {
            var people = new List<Person>();
            for (var i = 1; i <= 4; i++)
                people.Add(await JoinAsync("lasting", $"P{i}", code: i + 4, by: cluster.Address));
            foreach (var one in people)
            {
                // Sockets that die are told to the console by the browser itself.
                one.Expect("WebSocket connection|ERR_CONNECTION|502|503|504");
                await one.UntilAsync("() => rtchub.call.state.room.topology === 'sfu' && !rtchub.call.state.moving");
            }

            await EverybodySeesEverybodyAsync([.. people]);
            await people[0].ShootAsync("cluster");

            foreach (var part in LocalCluster.Parts)
            {
                var (killed, since) = (cluster.IdOf(part), Stopwatch.StartNew());
                var gaps = await Gaps.DuringAsync(people, async () =>
                {
                    await cluster.KillAsync(part);
                    // What died has been noticed, or it is nothing that they need.
                    await Task.Delay(TimeSpan.FromSeconds(4));
                    foreach (var one in people)
                        await one.UntilAsync("() => rtchub.call.state.connection === 'connected' && rtchub.call.state.peers.every(p => p.connection === 'connected')", seconds: BackWithinSeconds);
                    await people[0].EvaluateAsync<object>("part => rtchub.call.chat(`${part} is dead`)", part);
                    await Task.WhenAll(people.Select(async one =>
                    {
                        foreach (var other in people.Where(other => other != one)) await one.SeesPictureOfAsync(other);
                        await one.UntilAsync("part => rtchub.call.state.chat.filter(({ text }) => text === `${part} is dead`).length === 1", part, BackWithinSeconds);
                    }));
                });
                TestContext.Current.TestOutputHelper!.WriteLine($"{part}: everybody saw everybody {since.Elapsed.TotalSeconds:0.0} s after; at most {gaps.Max(gap => gap.Video)} ms without a picture, {gaps.Max(gap => gap.Audio)} ms without sound");
                var allowed = part.StartsWith("sfu", StringComparison.Ordinal) ? MediaServiceMs : OtherMs;
                Assert.All(gaps, gap => Assert.True(gap.Video < allowed + 2 * gap.Lag, $"{part}: nothing was seen for {gap.Video} ms"));
                await cluster.BackAsync(part, killed);
            }
        }
        catch
        {
            TestContext.Current.TestOutputHelper!.WriteLine(cluster.Logs());
            throw;
        }
    }
}
