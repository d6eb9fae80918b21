namespace RtcHub.E2E.Tests;

/// <summary>Rooms that outgrow the mesh: the media service takes over, and gives back.</summary>
public sealed class MeetingTests(Stage stage) : BrowserTest(stage)
{
    private const string Topology = "t => rtchub.call.state.room.topology === t && !rtchub.call.state.moving";

    [Fact(Timeout = Limit)]
    public async Task The_fourth_moves_the_room_to_the_media_service_and_nobody_blinks()
    {
        await UseHubAsync("Rooms:MeshLimit=3");
        var people = new List<Person>();
        for (var i = 1; i <= 3; i++)
            people.Add(await JoinAsync("growing", $"P{i}", code: i + 4));
        await EverybodySeesEverybodyAsync([.. people]);
        foreach (var one in people)
        {
            await one.UntilAsync(Topology, "mesh");
            await WatchAsync(one);
        }

        people.Add(await JoinAsync("growing", "P4", code: 8));
        foreach (var one in people)
            await one.UntilAsync(Topology, "sfu");
        await EverybodySeesEverybodyAsync([.. people]);
        var up = new List<double>();
        foreach (var one in people.Take(3))
            up.Add(await WorstGapAsync(one));
        await people[0].ShootAsync("meeting-sfu");

        foreach (var one in people.Take(3))
            await WatchAsync(one);
        await people[3].Hook("leave").First.ClickAsync();
        foreach (var one in people.Take(3))
            await one.UntilAsync(Topology, "mesh", seconds: 40);
        await EverybodySeesEverybodyAsync([.. people.Take(3)]);
        var down = new List<double>();
        foreach (var one in people.Take(3))
            down.Add(await WorstGapAsync(one));
        TestContext.Current.SendDiagnosticMessage($"longest gap between frames, ms: up {string.Join(", ", up)}; down {string.Join(", ", down)}");
        TestContext.Current.TestOutputHelper?.WriteLine($"longest gap between frames, ms: up {string.Join(", ", up)}; down {string.Join(", ", down)}");
    }

    // The times at which the pictures of those who are there now come, whichever way.
    private static Task<object> WatchAsync(Person person) => person.EvaluateAsync<object>(
        """
        () => {
          clearInterval(globalThis.watch?.timer);
          const watch = globalThis.watch = { worst: {}, last: {}, frames: {}, timer: 0, ids: rtchub.call.state.peers.map((p) => p.id) };
          watch.routes = [];
          rtchub.call.addEventListener("change", () => {
            const { topology } = rtchub.call.state.room ?? {};
            const route = `${topology}>${rtchub.call.state.moving}`;
            if (route !== watch.routes.at(-1)?.route) watch.routes.push({ at: Math.round(performance.now()), route });
          });
          watch.timer = setInterval(async () => {
            for (const id of watch.ids) {
              const now = performance.now();
              const found = await rtchub.call.lab.received(id);
              const frames = found.filter((r) => r.kind === "video").map((r) => `${r.id} ${r.framesDecoded}`).join();
              if (frames === watch.frames[id]) continue;
              if (watch.last[id] && now - watch.last[id] > (watch.worst[id] ?? 0)) {
                watch.worst[id] = now - watch.last[id];
                watch.note = `${Math.round(now - watch.last[id])} ms at ${Math.round(now)}, ${frames}`;
              }
              watch.last[id] = now;
              watch.frames[id] = frames;
            }
          }, 25);
        }
        """);

    private static async Task<double> WorstGapAsync(Person person)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(await person.EvaluateAsync<string>("() => watch.note + ' ' + JSON.stringify(watch.routes)"));
        return await GapAsync(person);
    }

    private static Task<double> GapAsync(Person person) => person.EvaluateAsync<double>(
        """
        () => {
          clearInterval(watch.timer);
          const there = new Set(rtchub.call.state.peers.map((p) => p.id));
          return Math.round(Math.max(...watch.ids.filter((id) => there.has(id)).map((id) => Math.max(watch.worst[id] ?? 1e6, performance.now() - watch.last[id]))));
        }
        """);
}
