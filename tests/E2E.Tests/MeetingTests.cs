using System.Diagnostics;
using RtcHub.E2E.Tests.Relay;

namespace RtcHub.E2E.Tests;

/// <summary>Rooms that outgrow the mesh: the media service takes over, and gives back.</summary>
public sealed class MeetingTests(Stage stage) : BrowserTest(stage)
{
    private const string Topology = "t => rtchub.call.state.room.topology === t && !rtchub.call.state.moving";

    [Fact(Timeout = Limit)]
    public async Task The_fourth_moves_the_room_to_the_media_service_and_nobody_blinks()
    {
        var people = new List<Person>();
        for (var i = 1; i <= 3; i++)
            people.Add(await JoinAsync("growing", $"P{i}", code: i + 4));
        await EverybodySeesEverybodyAsync([.. people]);
        foreach (var one in people)
            await one.UntilAsync(Topology, "mesh");
        // A fourth page costs the browser that all of them share a moment, wherever it goes: that much is not the move's doing. So it is at
        // the door, with its camera on, before anybody looks.
        var calm = await Gaps.DuringAsync(people, async () =>
        {
            var stranger = await JoinAsync("elsewhere", "Stranger", code: 1);
            await stranger.EvaluateAsync<object>("() => new Promise((next) => setTimeout(next, 2000))");
            await stranger.Hook("leave").First.ClickAsync();
        });
        var fourth = await JoinAsync("growing", "P4", code: 8, query: "&audio=1&video=1");

        var up = await Gaps.DuringAsync(people, async () =>
        {
            await fourth.Hook("join").ClickAsync();
            people.Add(fourth);
            foreach (var one in people)
                await one.UntilAsync(Topology, "sfu");
            await EverybodySeesEverybodyAsync([.. people]);
        });
        Gaps.AssertNobodyBlinked(up, calm);
        await people[0].ShootAsync("meeting-sfu");

        var three = people.Take(3).ToList();
        var down = await Gaps.DuringAsync(three, async () =>
        {
            await people[3].Hook("leave").First.ClickAsync();
            foreach (var one in three)
                await one.UntilAsync(Topology, "mesh");
            await EverybodySeesEverybodyAsync([.. three]);
        });
        Gaps.AssertNobodyBlinked(down, calm);
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
    public async Task A_file_goes_from_one_to_the_other_also_where_media_goes_through_the_service()
    {
        await Hub.CreateRoomAsync(new { id = "parcel", mode = "sfu" });
        var ada = await JoinAsync("parcel", "Ada", query: Person.NoDevices);
        var bo = await JoinAsync("parcel", "Bo", query: Person.NoDevices);
        await ada.SeesAsync(1);
        await ada.EvaluateAsync<object>("id => rtchub.call.sendFile(new File(['by hand'], 'letter.txt'), id)", bo.Id);
        await bo.UntilAsync("() => rtchub.call.state.files[0]?.state === 'offered'");
        await bo.EvaluateAsync<object>("() => rtchub.call.acceptFile(rtchub.call.state.files[0].id)");
        await bo.UntilAsync("async () => rtchub.call.state.files[0].state === 'complete' && await rtchub.call.state.files[0].blob.text() === 'by hand'");
        await ada.UntilAsync("() => rtchub.call.state.files[0].state === 'complete'");
    }

    [Fact(Timeout = Limit)]
    public async Task Everybody_gets_the_size_that_they_show_and_only_what_is_watched_is_sent()
    {
        await Hub.CreateRoomAsync(new { id = "sizes", mode = "sfu" });
        var ada = await JoinAsync("sizes", "Ada", query: Person.NoDevices);
        var bo = await JoinAsync("sizes", "Bo", query: "&join=1&audio=0&video=0");
        await bo.EvaluateAsync<object>("() => rtchub.call.media.useTracks({ video: codedTrack(9, 1280, 720) })");
        await WantAsync(ada, bo, 720);
        await ada.UntilAsync(HeightIs, new object[] { bo.Id, 700, 720 });
        await WantAsync(ada, bo, 170);
        await ada.UntilAsync(HeightIs, new object[] { bo.Id, 170, 180 });

        // Nobody watches the large ones now: they are not even encoded.
        await bo.UntilAsync(SentLayers, "^q$");
        await WantAsync(ada, bo, 720);
        await bo.UntilAsync(SentLayers, "f.*q");
        await ada.UntilAsync(HeightIs, new object[] { bo.Id, 700, 720 });
    }

    [Fact(Timeout = Limit)]
    public async Task When_the_line_gets_thin_the_picture_gets_smaller_the_sound_goes_on_and_both_come_back()
    {
        await UseHubAsync(LossyRelay.UdpOnly);
        await Hub.CreateRoomAsync(new { id = "thin", mode = "sfu" });
        var line = Own(new LossyRelay());
        line.Down.Conditions = new Conditions(DelayMs: 20, KbitPerSecond: 3_000);
        var bo = await JoinAsync("thin", "Bo");
        await bo.EvaluateAsync<object>("() => rtchub.call.media.useTracks({ video: codedTrack(9, 1280, 720, 300) })");
        var ada = await JoinAsync("thin", "Ada", query: Person.NoDevices, through: line);
        await WantAsync(ada, bo, 720);
        await ada.UntilAsync(HeightIs, new object[] { bo.Id, 700, 720 });
        await Gaps.WatchAsync(ada);

        line.Down.Conditions = new Conditions(DelayMs: 20, KbitPerSecond: 300);
        var waited = Stopwatch.StartNew();
        await ada.UntilAsync(HeightIs, new object[] { bo.Id, 1, 360 });
        var adapted = waited.Elapsed.TotalSeconds;
        // And it stays so, moving, as long as the line is thin.
        await ada.EvaluateAsync<object>("() => new Promise((next) => setTimeout(next, 6000))");
        await ada.UntilAsync(HeightIs, new object[] { bo.Id, 1, 360 });
        await ada.UntilAsync("async ([id, frames]) => await framesOf(id) > frames + 5", new object[] { bo.Id, await ada.FramesOfAsync(bo) });

        line.Down.Conditions = new Conditions(DelayMs: 20, KbitPerSecond: 3_000);
        waited.Restart();
        await ada.UntilAsync(HeightIs, new object[] { bo.Id, 700, 720 });
        var recovered = waited.Elapsed.TotalSeconds;
        var gaps = await Gaps.WorstGapAsync(ada);
        TestContext.Current.TestOutputHelper?.WriteLine($"smaller after {adapted:0.0} s, large again after {recovered:0.0} s");
        Assert.InRange(adapted, 0, 5);
        Assert.InRange(recovered, 0, 15);
        Assert.True(gaps.Audio <= 500 + gaps.Lag, $"there was no sound for {gaps.Audio} ms");
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
            await Gaps.WatchAsync(one);
        }

        await service.KillAsync();
        var starting = Stopwatch.StartNew();
        await service.StartAgainAsync();
        var allowed = starting.Elapsed.TotalMilliseconds + LongestOutageMs;
        await EverybodySeesEverybodyAsync(ada, bo);
        foreach (var one in (Person[])[ada, bo])
        {
            var gap = (await Gaps.WorstGapAsync(one)).Video;
            Assert.True(gap < allowed, $"{one.Name} saw nothing for {gap} ms, allowed are {allowed:0}");
        }
    }

    // From the moment at which the next service is there.
    private const double LongestOutageMs = 5_000;

    private const string HeightIs = """
        async ([id, least, most]) => {
          const video = (await rtchub.call.lab.received(id)).find((r) => r.kind === "video");
          return video?.frameHeight >= least && video.frameHeight <= most;
        }
        """;

    // Which layers of the camera have grown within a moment.
    private const string SentLayers = """
        async (wanted) => {
          const look = async () => Object.fromEntries(((await rtchub.call.lab.publication())?.outbound ?? []).filter((r) => r.rid).map((r) => [r.rid, r.framesEncoded ?? 0]));
          const before = await look();
          await new Promise((next) => setTimeout(next, 1000));
          return Object.entries(await look()).filter(([rid, frames]) => frames > (before[rid] ?? 0)).map(([rid]) => rid).sort().join().match(wanted);
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
}
