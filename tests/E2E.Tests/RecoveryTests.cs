namespace RtcHub.E2E.Tests;

/// <summary>What breaks under a call, and that the people in it hardly notice.</summary>
public sealed class RecoveryTests(Stage stage) : BrowserTest(stage)
{
    private const int LongestFreezeMs = 3000; // Two busy cores draw, encode and decode all of it.
    internal const string RefusedConnection = "WebSocket connection to|ERR_CONNECTION";

    // From here on: which connections there were, who was announced as coming or going, and how long each picture stood still.
    internal const string Watch =
        """
        () => {
          const { call } = rtchub;
          globalThis.watched = { pcs: call.lab.peers().map(p => p.pc), comings: [], freezeMs: 0, growths: 0 };
          call.addEventListener("notice", ({ detail }) => {
            if (["joined", "left"].includes(detail.code)) watched.comings.push(JSON.stringify(detail));
          });
          for (const { id } of call.lab.peers()) {
            let [last, at] = [-1, performance.now()];
            setInterval(async () => {
              const now = await framesOf(id);
              watched.freezeMs = Math.max(watched.freezeMs, performance.now() - at);
              if (now > last) { [last, at] = [now, performance.now()]; watched.growths++; }
            }, 100);
          }
        }
        """;

    [Fact(Timeout = Limit)]
    public async Task The_hub_is_killed_and_started_again_and_the_call_goes_on()
    {
        await UseHubAsync();
        Person[] people = [await JoinAsync("killed", "Ada", 5), await JoinAsync("killed", "Bo", 10), await JoinAsync("killed", "Cy", 12)];
        await EverybodySeesEverybodyAsync(people);
        foreach (var one in people)
        {
            one.Expect(RefusedConnection);
            await one.EvaluateAsync<object>(Watch);
        }

        await people[1].EvaluateAsync<object>("() => rtchub.call.raiseHand(true)");
        await people[0].UntilAsync("() => rtchub.call.state.peers.some(p => p.hand)");
        await people[0].EvaluateAsync<object>("() => { rtchub.call.chat('as it died').catch(() => {}); }");
        await Hub.KillAsync();
        foreach (var one in people)
        {
            await one.UntilAsync("() => rtchub.call.state.connection === 'reconnecting'");
            await one.Hook("reconnecting").WaitForAsync();
            await one.EvaluateAsync<object>("name => { rtchub.call.chat(`while it was away, ${name}`).catch(() => {}); }", one.Name);
        }

        await people[0].ShootAsync("hub-away");
        foreach (var one in people)
            await one.UntilAsync("before => watched.growths > before + 20", await one.EvaluateAsync<int>("() => watched.growths"));
        await Hub.StartAgainAsync();

        foreach (var one in people)
        {
            await one.UntilAsync("() => rtchub.call.state.connection === 'connected'");
            await one.UntilAsync("() => rtchub.call.state.peers.length === 2 && rtchub.call.state.peers.every(p => p.signalling === 'connected' && p.connection === 'connected')");
        }

        foreach (var one in people)
        {
            Assert.Equal(people.Select(p => p.Id).Order(), (await one.EvaluateAsync<string[]>("() => [rtchub.call.state.self, ...rtchub.call.state.peers].map(p => p.id)")).Order());
            foreach (var text in (string[])["as it died", .. people.Select(p => $"while it was away, {p.Name}")])
                await one.UntilAsync("text => rtchub.call.state.chat.filter(c => c.text === text).length === 1", text);
        }

        Assert.Equal("moderator", await people[0].EvaluateAsync<string>("() => rtchub.call.state.self.role"));
        Assert.True(await people[0].EvaluateAsync<bool>("id => rtchub.call.state.peers.find(p => p.id === id).hand !== null", people[1].Id));
        await EverybodySeesEverybodyAsync(people);
        await NobodyNoticedAsync(people);
        foreach (var one in people)
            Assert.Equal(4, await one.EvaluateAsync<int>("() => rtchub.call.state.chat.length"));
    }

    [Fact(Timeout = Limit)]
    public async Task Who_loses_the_socket_is_shown_as_reconnecting_and_misses_nothing()
    {
        await using var wire = new Wire(Hub.Address);
        var ada = await JoinAsync("lift", "Ada", 5);
        var bo = await JoinAsync("lift", "Bo", 10, by: wire.Address);
        await EverybodySeesEverybodyAsync(ada, bo);
        await ada.EvaluateAsync<object>(Watch);
        await bo.EvaluateAsync<object>(Watch);
        bo.Expect(RefusedConnection);

        wire.Cut();
        await bo.UntilAsync("() => rtchub.call.state.connection === 'reconnecting'");
        await ada.UntilAsync("() => rtchub.call.state.peers[0].signalling === 'reconnecting'");
        await ada.Hook("tile", "[data-state=reconnecting]").WaitForAsync();
        for (var i = 0; i < 5; i++)
        {
            await ada.EvaluateAsync<object>("i => rtchub.call.chat(`down ${i}`)", i);
            await bo.EvaluateAsync<object>("i => { rtchub.call.chat(`up ${i}`).catch(() => {}); }", i);
        }

        wire.Mend();
        await bo.UntilAsync("() => rtchub.call.state.connection === 'connected'");
        await ada.UntilAsync("() => rtchub.call.state.peers[0].signalling === 'connected'");
        foreach (var one in (Person[])[ada, bo])
        {
            await one.UntilAsync("() => rtchub.call.state.chat.length >= 10");
            var texts = await one.EvaluateAsync<string[]>("() => rtchub.call.state.chat.map(c => c.text)");
            Assert.Equal(Enumerable.Range(0, 5).Select(i => $"down {i}"), texts.Where(text => text.StartsWith("down", StringComparison.Ordinal)));
            Assert.Equal(Enumerable.Range(0, 5).Select(i => $"up {i}"), texts.Where(text => text.StartsWith("up", StringComparison.Ordinal)));
        }

        await NobodyNoticedAsync(ada, bo);
    }

    [Fact(Timeout = Limit)]
    public async Task A_connection_that_one_side_has_lost_is_replaced_with_the_same_pictures()
    {
        var ada = await JoinAsync("replaced", "Ada", 5);
        var bo = await JoinAsync("replaced", "Bo", 10);
        await EverybodySeesEverybodyAsync(ada, bo);
        await ada.EvaluateAsync<object>("() => rtchub.call.lab.peers()[0].pc.close()");
        await bo.Hook("tile", "[data-state=recovering]").WaitForAsync(new() { Timeout = 60_000 });
        await bo.ShootAsync("recovering");
        await bo.SeesAsync(1);
        await EverybodySeesEverybodyAsync(ada, bo);
    }

    [Fact(Timeout = Limit)]
    public async Task A_page_that_is_loaded_anew_is_the_same_person_in_the_same_call()
    {
        var ada = await JoinAsync("reload", "Ada", 5);
        var bo = await JoinAsync("reload", "Bo", 10);
        await EverybodySeesEverybodyAsync(ada, bo);
        var id = bo.Id;
        await bo.Browser.ReloadAsync();
        await bo.ReadyAsync();
        Assert.Equal(id, bo.Id);
        await bo.UntilAsync("() => rtchub.call.state.room?.status === 'joined'");
        await bo.ShowCodeAsync();
        await EverybodySeesEverybodyAsync(ada, bo);
    }

    [Fact(Timeout = Limit)]
    public async Task The_same_session_in_a_second_place_takes_over_and_the_first_says_so()
    {
        // The page itself keeps what the hub told it: a frame that the browser's inspector reports nowhere cannot be waited for.
        const string KeepWelcome = """
            globalThis.WebSocket = class extends WebSocket {
              constructor(...given) {
                super(...given);
                this.addEventListener("message", ({ data }) => {
                  const { t, d } = JSON.parse(data);
                  if (t === "welcome") globalThis.welcome = d;
                });
              }
            };
            """;
        // Begun on an empty page: the session of another page of the hub would be resumed, without a welcome.
        var ada = await OpenAsync("about:blank");
        await ada.Browser.AddInitScriptAsync(KeepWelcome);
        await ada.JoinAsync(Hub.Address, "twice", Person.NoDevices);
        await ada.UntilAsync("() => globalThis.welcome");
        await ada.EvaluateAsync<object>(
            """
            () => {
              const { id, secret } = welcome.self;
              globalThis.second = new WebSocket(`${location.origin.replace("http", "ws")}/ws`, "rtchub.v1");
              second.onopen = () => second.send(JSON.stringify({ t: "hello", d: { name: "Ada", resume: { id, secret, seq: 0 } } }));
            }
            """);
        await ada.UntilAsync("() => rtchub.call.state.connection === 'superseded'");
        await ada.Hook("over", "[data-reason=superseded]").WaitForAsync();
        await ada.ShootAsync("over-superseded");
    }

    // The same connections, nobody came or went, and no picture stood still for long.
    internal static async Task NobodyNoticedAsync(params Person[] people)
    {
        foreach (var one in people)
        {
            Assert.Empty(await one.EvaluateAsync<string[]>("() => watched.comings"));
            Assert.True(await one.EvaluateAsync<bool>("() => rtchub.call.lab.peers().every(p => watched.pcs.includes(p.pc))"), $"{one.Name} has another connection now");
            var freeze = await one.EvaluateAsync<double>("() => watched.freezeMs");
            Assert.True(freeze < LongestFreezeMs, $"a picture that {one.Name} saw stood still for {freeze:0} ms");
        }
    }
}
