namespace RtcHub.E2E.Tests;

/// <summary>The page /diag against a real hub and a real coturn: what works is said to work, and what does not is named with what to do.</summary>
public sealed class DiagTests(Stage stage) : BrowserTest(stage)
{
    private static readonly string[] Ways = ["secure", "websocket", "stun", "turn-udp", "turn-tcp", "sfu-udp", "sfu-tcp"];

    [Fact(Timeout = Limit)]
    public async Task Everything_that_is_there_works()
    {
        var coturn = Own(await Coturn.StartAsync(tcp: true));
        await UseHubAsync([.. Urls(coturn), $"Turn:Secret={coturn.Secret}"]);
        var page = await OpenAsync("diag");
        await DoneAsync(page);
        foreach (var way in Ways) Assert.Equal("ok", await page.Hook($"diag-check-{way}").GetAttributeAsync("data-state"));
        Assert.Equal("good", await page.Hook("diag-verdict").GetAttributeAsync("data-mood"));
        var found = await page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('[data-test=diag-server-check]')].map(each => each.dataset.kind + ' ' + each.dataset.outcome)");
        Assert.Equal(2, found.Count(each => each == "turn ok"));
        Assert.All(found, each => Assert.EndsWith(" ok", each, StringComparison.Ordinal));
        await page.ShootAsync("diag");

        await page.Hook("language").ClickAsync();
        await page.UntilAsync("() => document.documentElement.lang === 'zh-CN'");
        await page.ShootAsync("diag-zh");
    }

    [Fact(Timeout = Limit)]
    public async Task What_is_wrong_is_named_and_the_rest_still_works()
    {
        var coturn = Own(await Coturn.StartAsync(tcp: true));
        await UseHubAsync([.. Urls(coturn), "Turn:Secret=another one", "Sfu:ListenAddresses:0=127.0.0.1", "Sfu:AnnouncedAddresses:0=127.0.0.9"]);
        var page = await OpenAsync("diag");
        await DoneAsync(page);
        var expected = new Dictionary<string, string?>
        {
            ["websocket"] = null,
            ["stun"] = null,
            ["turn-udp"] = "unauthorized",
            ["turn-tcp"] = "unauthorized",
            ["sfu-udp"] = "no-answer",
            ["sfu-tcp"] = "no-answer",
        };
        foreach (var (way, code) in expected) Assert.Equal((way, code), (way, await page.Hook($"diag-check-{way}").GetAttributeAsync("data-code")));
        Assert.Equal("no-media", await page.Hook("diag-verdict").GetAttributeAsync("data-key"));
        Assert.Contains("Sfu:AnnouncedAddresses", await page.Hook("diag-check-sfu-udp").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("static-auth-secret", await page.Hook("diag-check-turn-udp").InnerTextAsync(), StringComparison.Ordinal);
        await page.ShootAsync("diag-trouble");
    }

    [Fact(Timeout = Limit)]
    public async Task A_hub_with_keys_asks_for_one_and_shows_then_what_it_found()
    {
        const string Key = "0123456789abcdef0123456789abcdef";
        await UseHubAsync($"Auth:ApiKeys:0={Key}");
        var page = await OpenAsync("diag");
        page.Expect("401");
        await DoneAsync(page);
        Assert.Equal(("unauthorized", "closed"), (await page.Hook("diag-check-websocket").GetAttributeAsync("data-code"), await page.Hook("diag-server").GetAttributeAsync("data-state")));
        await page.Hook("diag-token").FillAsync(Key);
        await page.Hook("diag-run").ClickAsync();
        await page.Hook("diag-server-check").First.WaitForAsync();
        await DoneAsync(page);
        foreach (var way in (string[])["websocket", "sfu-udp", "sfu-tcp"]) Assert.Equal("ok", await page.Hook($"diag-check-{way}").GetAttributeAsync("data-state"));
    }

    private static string[] Urls(Coturn coturn) => [.. coturn.Urls.Select((url, i) => $"Turn:Urls:{i}={url}")];

    private static Task DoneAsync(Person page) => page.UntilAsync(
        "() => window.rtchub?.reach && !rtchub.reach.running && document.querySelector('[data-test=diag-server]').dataset.state !== 'running'");
}
