namespace RtcHub.E2E.Tests;

/// <summary>Rooms that do not fit on one page, and what a moderator shows to all.</summary>
public sealed class ViewTests(Stage stage) : BrowserTest(stage)
{
    // People who are in the room and do nothing: sockets without media, held by one page.
    private const string Crowd = """
        ([room, count]) => Promise.all(Array.from({ length: count }, (_, i) => new Promise(done => {
          const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws", "rtchub.v1");
          (globalThis.crowd ??= []).push(socket);
          const name = `Guest ${String(i + 1).padStart(2, "0")}`;
          socket.onopen = () => socket.send(JSON.stringify({ t: "hello", d: { versions: ["rtchub.v1"], name, room: { id: room } } }));
          socket.onmessage = ({ data }) => {
            const { t } = JSON.parse(data);
            if (t === "welcome") done();
            if (t === "ping") socket.send('{"t":"pong"}');
          };
        }))).then(() => {})
        """;

    private const string Shown = "() => [...document.querySelectorAll('[data-test=tile]')].filter(tile => tile.checkVisibility({ visibilityProperty: true })).map(tile => tile.dataset.peer)";

    [Fact(Timeout = Limit)]
    public async Task Forty_people_are_seen_page_by_page_and_found_by_name()
    {
        var ada = await JoinAsync("crowd", "Ada", query: Person.NoDevices);
        var holder = await OpenAsync("");
        await holder.EvaluateAsync<object>(Crowd, new object[] { "crowd", 39 });
        await ada.UntilAsync("() => rtchub.call.state.peers.length === 39");
        await ada.Browser.SetViewportSizeAsync(1280, 800);

        await ada.UntilAsync("() => document.querySelector('[data-test=page]')?.checkVisibility()");
        await ada.Browser.Keyboard.PressAsync("g");
        await ada.UntilAsync("() => document.querySelector('[data-test=page]').textContent === '1 / 2'");
        var first = await ada.EvaluateAsync<string[]>(Shown);
        Assert.Equal(25, first.Length);
        await ada.EvaluateAsync<object>("() => { globalThis.firstTile = document.querySelector('[data-test=tile]'); }");

        await ada.Browser.Keyboard.PressAsync("PageDown");
        await ada.UntilAsync("() => document.querySelector('[data-test=page]').textContent === '2 / 2'");
        var second = await ada.EvaluateAsync<string[]>(Shown);
        Assert.Equal([ada.Id], first.Intersect(second));
        Assert.Equal(40, first.Union(second).Count());
        await ada.ShootAsync("crowd-second-page");
        await ada.Hook("page-before").ClickAsync();
        await ada.UntilAsync("() => firstTile.isConnected && firstTile.checkVisibility({ visibilityProperty: true })");
        Assert.Equal(first, await ada.EvaluateAsync<string[]>(Shown));

        await ada.OpenPanelAsync("people");
        Assert.True(await ada.Hook("person").CountAsync() < 30);
        await ada.Hook("people-search").FillAsync("guest 31");
        await ada.UntilAsync("() => document.querySelectorAll('[data-test=person]').length === 1 && document.querySelector('[data-test=person]').textContent.includes('Guest 31')");
        await ada.ShootAsync("crowd-people");

        await holder.EvaluateAsync<object>("() => crowd.forEach(socket => socket.close(1000))");
        await ada.UntilAsync("() => rtchub.call.state.peers.length === 0 && !document.querySelector('[data-test=page]').checkVisibility()");
    }

    [Fact(Timeout = Limit)]
    public async Task The_spotlight_is_for_all_and_ones_own_pin_is_stronger()
    {
        var ada = await JoinAsync("stage", "Ada", query: Person.NoDevices);
        var bo = await JoinAsync("stage", "Bo", query: Person.NoDevices);
        var cy = await JoinAsync("stage", "Cy", query: Person.NoDevices);
        foreach (var one in (Person[])[ada, bo, cy])
            await one.SeesAsync(2);
        const string Large = "id => [...document.querySelectorAll('[data-test=tile]')].sort((a, b) => b.clientWidth - a.clientWidth)[0].dataset.peer === id && document.querySelectorAll('.tile.small').length > 0";

        await ChooseAsync(ada, cy, "menu-spotlight");
        await ada.UntilAsync(Large, cy.Id);
        await bo.UntilAsync(Large, cy.Id);
        await bo.ShootAsync("spotlight");
        await ChooseAsync(bo, ada, "menu-pin");
        await bo.UntilAsync(Large, ada.Id);
        await ada.UntilAsync(Large, cy.Id);

        var late = await JoinAsync("stage", "Di", query: Person.NoDevices);
        await late.UntilAsync(Large, cy.Id);
        await ChooseAsync(ada, cy, "menu-spotlight");
        await late.UntilAsync("() => !rtchub.call.state.room.spotlight");
    }

    [Fact(Timeout = Limit)]
    public async Task A_voice_keeps_its_own_volume_where_few_streams_carry_many_voices()
    {
        await Hub.CreateRoomAsync(new { id = "loud", mode = "sfu" });
        var ada = await JoinAsync("loud", "Ada", query: Person.NoDevices);
        var bo = await JoinAsync("loud", "Bo");
        var cy = await JoinAsync("loud", "Cy");
        await ada.SeesAsync(2);
        await ada.UntilAsync("([bo, cy]) => { const heard = rtchub.call.state.audio.map(({ peer }) => peer); return heard.includes(bo) && heard.includes(cy); }", new object[] { bo.Id, cy.Id });
        var tile = ada.Hook("tile", $"[data-peer='{bo.Id}']");
        await tile.HoverAsync();
        await tile.Locator("[data-test=tile-menu]").ClickAsync();
        await ada.Hook("menu-volume").FillAsync("20");
        await ada.UntilAsync("""
            ([bo, cy]) => {
              const volume = id => [...document.querySelectorAll("audio")].find(({ srcObject }) => srcObject === rtchub.call.state.audio.find(({ peer }) => peer === id)?.stream)?.volume;
              return volume(bo) === 0.2 && volume(cy) === 1;
            }
            """, new object[] { bo.Id, cy.Id });
    }

    private static async Task ChooseAsync(Person who, Person other, string item)
    {
        var tile = who.Hook("tile", $"[data-peer='{other.Id}']");
        await tile.HoverAsync();
        await tile.Locator("[data-test=tile-menu]").ClickAsync();
        await who.Hook(item).ClickAsync();
    }
}
