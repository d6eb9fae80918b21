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

    [Fact(Timeout = Limit)]
    public async Task In_a_room_on_the_media_service_coming_and_going_costs_the_others_no_negotiation_and_a_moderators_word_is_law()
    {
        await Hub.CreateRoomAsync(new { id = "hall", mode = "sfu" });
        var ada = await JoinAsync("hall", "Ada", 5);
        var bo = await JoinAsync("hall", "Bo", 10);
        await EverybodySeesEverybodyAsync(ada, bo);
        Assert.Equal(0, await ada.EvaluateAsync<int>("() => rtchub.call.lab.peers().length"));
        await ada.UntilAsync("() => rtchub.call.state.peers[0].speaking"); // The device of the browser beeps.
        await ListenAsync(ada);

        for (var round = 0; round < 3; round++)
        {
            var guest = await JoinAsync("hall", $"Guest{round}", code: 3 + round);
            await ada.SeesPictureOfAsync(guest);
            await guest.SeesPictureOfAsync(ada);
            await guest.Hook("leave").First.ClickAsync();
            await ada.UntilAsync("() => rtchub.call.state.peers.length === 1");
        }

        await ada.SeesPictureOfAsync(bo);
        Assert.Empty(await ada.EvaluateAsync<string[]>("() => negotiations"));

        // Bo's page does not do what it is asked to, and is heard and seen no more all the same.
        await bo.EvaluateAsync<object>("() => { rtchub.call.media.setVideo = () => {}; }");
        await ada.EvaluateAsync<object>("id => rtchub.call.mute(id, 'video')", bo.Id);
        await ada.UntilAsync(
            """
            async (id) => {
              const before = await framesOf(id);
              await new Promise((next) => setTimeout(next, 1500));
              return await framesOf(id) === before;
            }
            """, bo.Id);
        Assert.True(await bo.EvaluateAsync<bool>("() => rtchub.call.state.media.video"));

        await ada.EvaluateAsync<object>("id => rtchub.call.kick(id)", bo.Id);
        await bo.Hook("over", "[data-reason=kicked]").WaitForAsync();
        await ada.UntilAsync("() => rtchub.call.state.peers.length === 0");
    }

    [Fact(Timeout = Limit)]
    public async Task Everybody_gets_the_size_that_they_show()
    {
        await Hub.CreateRoomAsync(new { id = "sizes", mode = "sfu" });
        var ada = await JoinAsync("sizes", "Ada", query: Person.NoDevices);
        var bo = await JoinAsync("sizes", "Bo", query: "&join=1&audio=0&video=0");
        await bo.EvaluateAsync<object>("() => rtchub.call.media.useTracks({ video: codedTrack(9, 1280, 720) })");
        await WantAsync(ada, bo, 720);
        await ada.UntilAsync(HeightIs, new object[] { bo.Id, 700, 720 });
        await WantAsync(ada, bo, 170);
        await ada.UntilAsync(HeightIs, new object[] { bo.Id, 170, 180 });
    }

    [Fact(Timeout = Limit)]
    public async Task A_media_service_that_is_killed_is_replaced_and_everybody_has_their_picture_again()
    {
        var service = Own(await HubProcess.StartMediaServiceAsync());
        await UseHubAsync("Sfu:Mode=Remote", $"Sfu:Url={service.Address}");
        await Hub.CreateRoomAsync(new { id = "phoenix", mode = "sfu" });
        var ada = await JoinAsync("phoenix", "Ada", 5);
        var bo = await JoinAsync("phoenix", "Bo", 10);
        await EverybodySeesEverybodyAsync(ada, bo);
        foreach (var one in (Person[])[ada, bo])
        {
            one.Expect("ICE failed");
            await WatchAsync(one);
        }

        await service.KillAsync();
        await service.StartAgainAsync();
        await EverybodySeesEverybodyAsync(ada, bo);
        foreach (var one in (Person[])[ada, bo])
        {
            var gap = await WorstGapAsync(one);
            Assert.True(gap < LongestOutageMs, $"{one.Name} saw nothing for {gap} ms");
        }
    }

    // The service needs a second or two to start; the aim is 5 s. More, because the machine of the tests may be busy.
    private const double LongestOutageMs = 10_000;

    private const string HeightIs = """
        async ([id, least, most]) => {
          const video = (await rtchub.call.lab.received(id)).find((r) => r.kind === "video");
          return video?.frameHeight >= least && video.frameHeight <= most;
        }
        """;

    private static Task<object> WantAsync(Person who, Person whom, int height) => who.EvaluateAsync<object>(
        "([id, height]) => { globalThis.pageWant ??= rtchub.call.want; rtchub.call.want = () => {}; pageWant.call(rtchub.call, [{ participant: id, source: 'camera', maxHeight: height, priority: 0 }]); }",
        new object[] { whom.Id, height });

    // Offers of the media service after the first.
    private static Task<object> ListenAsync(Person person) => person.EvaluateAsync<object>(
        """
        () => {
          globalThis.negotiations = [];
          const set = RTCPeerConnection.prototype.setRemoteDescription;
          RTCPeerConnection.prototype.setRemoteDescription = function (description) {
            negotiations.push(description.type);
            return set.call(this, description);
          };
        }
        """);

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
