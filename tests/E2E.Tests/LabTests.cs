using System.Text.Json;

namespace RtcHub.E2E.Tests;

/// <summary>The ICE lab, on its own page and as a panel of a running call: what it shows is what is so, and its switches act.</summary>
public sealed class LabTests(Stage stage) : BrowserTest(stage)
{
    [Fact(Timeout = Limit)]
    public async Task It_asks_the_hubs_two_ports_and_says_what_NAT_there_is()
    {
        var page = await OpenAsync("lab");
        await page.Hook("nat-verdict").WaitForAsync();
        // Between this browser and this hub there is loopback, which translates nothing.
        Assert.Equal("open", await page.Hook("nat-verdict").GetAttributeAsync("data-type"));
        var stun = await page.EvaluateAsync<string[]>("() => rtchub.call.lab.stun");
        Assert.Equal(2, stun.Distinct().Count());
        var asked = await page.Hook("nat-runs").InnerTextAsync();
        Assert.All(stun, url => Assert.Contains(url, asked, StringComparison.Ordinal));
        await page.ShootAsync("lab-nat");
    }

    [Fact(Timeout = Limit)]
    public async Task Both_ends_of_a_call_in_one_page_see_each_other_and_their_candidates_are_listed()
    {
        var page = await OpenAsync("lab");
        await page.Hook("loopback-start").ClickAsync();
        foreach (var end in (string[])["a", "b"])
        {
            const string Frames = "end => document.querySelector(`[data-test=loopback-${end}]`).getVideoPlaybackQuality().totalVideoFrames";
            await page.UntilAsync($"end => ({Frames})(end) > 5", end);
        }

        await page.Hook("loopback-ping").ClickAsync();
        await page.UntilAsync("() => /\\d/.test(document.querySelector('[data-test=loopback-echo]').textContent)");
        foreach (var (table, side) in ((string, string)[])[("lab-candidates-local", "local"), ("lab-candidates-remote", "remote")])
        {
            var ports = await page.EvaluateAsync<int[]>("side => rtchub.lab.loopback.peers()[0][side].map(candidate => candidate.port)", side);
            Assert.NotEmpty(ports);
            await page.UntilAsync("([table, ports]) => ports.every(port => document.querySelector(`[data-test=${table}]`).innerText.includes(port))", new object[] { table, ports });
        }

        await page.ShootAsync("lab-loopback");
        await page.Hook("loopback-stop").ClickAsync();
        await page.UntilAsync("() => rtchub.lab.loopback === null");
    }

    [Fact(Timeout = Limit)]
    public async Task Step_by_step_nothing_connects_before_its_message_was_let_through()
    {
        var page = await OpenAsync("lab");
        await page.Hook("loopback-step").CheckAsync();
        await page.Hook("loopback-start").ClickAsync();
        await page.UntilAsync("() => rtchub.lab.loopback?.waiting > 0");
        Assert.Equal("have-local-offer", await page.EvaluateAsync<string>("() => rtchub.lab.loopback.peers()[0].pc.signalingState"));

        var steps = 0;
        while (await page.EvaluateAsync<string>("() => rtchub.lab.loopback.peers()[0].pc.connectionState") != "connected")
        {
            await page.UntilAsync("() => rtchub.lab.loopback.waiting > 0 || rtchub.lab.loopback.peers()[0].pc.connectionState === 'connected'");
            if (await page.Hook("loopback-next").IsEnabledAsync())
                await page.Hook("loopback-next").ClickAsync(new() { Timeout = 5000 });
            Assert.InRange(++steps, 1, 60);
        }

        Assert.InRange(steps, 2, 60); // An offer and an answer at the least.
    }

    [Fact(Timeout = Limit)]
    public async Task In_a_call_it_shows_the_path_that_media_takes_and_restarts_ICE()
    {
        var (ada, bo) = (await JoinAsync("inside", "Ada", 5), await JoinAsync("inside", "Bo", 10));
        await EverybodySeesEverybodyAsync(ada, bo);
        await OpenLabAsync(ada);
        var address = await ada.EvaluateAsync<JsonElement>("async () => (await rtchub.call.lab.stats(rtchub.call.lab.peers()[0].id)).remote");
        await ada.UntilAsync("port => document.querySelector('[data-test=lab-section-path]').innerText.includes(port)", address.GetProperty("port").GetInt32());
        await ada.ShootAsync("lab-panel");

        const string Ufrag = "() => /a=ice-ufrag:(\\S+)/.exec(rtchub.call.lab.peers()[0].pc.remoteDescription.sdp)[1]";
        var before = await bo.EvaluateAsync<string>(Ufrag);
        await UnfoldAsync(ada, "switches");
        await ada.Hook("restart-ice").ClickAsync();
        await bo.UntilAsync($"before => ({Ufrag})() !== before", before);
        await EverybodySeesEverybodyAsync(ada, bo);
    }

    [Fact(Timeout = Limit)]
    public async Task Without_trickle_the_candidates_are_in_the_description_and_nowhere_else()
    {
        var (ada, bo) = (await JoinAsync("whole", "Ada", 5), await JoinAsync("whole", "Bo", 10));
        await EverybodySeesEverybodyAsync(ada, bo);
        await OpenLabAsync(ada);
        await UnfoldAsync(ada, "switches");
        const string Sent = """() => rtchub.call.lab.peers()[0].log.filter(({ kind, value }) => kind === "description" && value.side === "local").map(({ value }) => value)""";
        var before = await ada.EvaluateAsync<int>($"() => ({Sent})().length");
        await bo.EvaluateAsync<object>("() => { globalThis.trickled = 0; rtchub.call.addEventListener('peer-event', ({ detail }) => { if (detail.kind === 'remote-candidate') trickled++; }); }");

        await ada.Hook("switch-trickle").UncheckAsync();
        await ada.UntilAsync($"before => ({Sent})().length > before", before);
        var sdp = await ada.EvaluateAsync<string>($"() => ({Sent})().at(-1).sdp");
        Assert.Contains("a=candidate:", sdp, StringComparison.Ordinal);
        Assert.Contains("a=end-of-candidates", sdp, StringComparison.Ordinal);
        await bo.UntilAsync("sdp => rtchub.call.lab.peers()[0].pc.remoteDescription.sdp.includes(/a=ice-ufrag:\\S+/.exec(sdp)[0])", sdp);
        await EverybodySeesEverybodyAsync(ada, bo);
        // What the log of the other side calls candidates came in the description.
        var inside = sdp.Split("a=candidate:").Length - 1;
        Assert.InRange(await bo.EvaluateAsync<int>("() => trickled"), 0, inside);
    }

    private static async Task OpenLabAsync(Person person)
    {
        await person.OpenPanelAsync("lab", opened: "lab-section-path");
    }

    private static async Task UnfoldAsync(Person person, string section)
    {
        var details = person.Hook($"lab-section-{section}");
        if (await details.GetAttributeAsync("open") is null)
            await details.Locator("summary").First.ClickAsync();
    }
}
