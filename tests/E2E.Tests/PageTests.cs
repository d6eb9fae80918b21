using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>Every page in both languages, wide and as narrow as a small phone; their pictures are left in <c>artifacts/screenshots</c>.</summary>
public sealed class PageTests(Stage stage) : BrowserTest(stage)
{
    private static readonly ViewportSize Wide = new() { Width = 1280, Height = 720 };
    private static readonly ViewportSize Phone = new() { Width = 360, Height = 740 };

    [Theory(Timeout = Limit)]
    [InlineData("home", "", "[data-screen=home] [data-test=start]")]
    [InlineData("prejoin", "r/blue-fox-42?name=Ada", "[data-screen=prejoin] [data-test=join]")]
    [InlineData("lab", "lab", "[data-test=nat-verdict]")]
    [InlineData("publish", "publish?room=studio", "[data-test=whip-start]")]
    [InlineData("play", "play", "[data-test=whip-start]")]
    [InlineData("not-found", "no/such/page", "h1")]
    public async Task It_fits_says_what_its_buttons_do_and_speaks_one_language(string name, string path, string ready)
    {
        foreach (var (look, options) in Looks())
        {
            var page = await OpenAsync(path, options: options);
            if (name == "not-found") page.Expect("404");
            await page.Browser.Locator(ready).First.WaitForAsync();
            await InspectAsync(page, $"{name}-{look}");
        }
    }

    [Fact(Timeout = Limit)]
    public async Task So_does_the_call_with_each_of_its_panels()
    {
        var bo = await JoinAsync("looks", "Bo", 10);
        foreach (var (look, options) in Looks())
        {
            var ada = await OpenAsync("r/looks?name=Ada" + Person.AllDevices, options: options);
            await ada.ReadyAsync();
            await ada.SeesPictureOfAsync(bo);
            await InspectAsync(ada, $"call-{look}");
            foreach (var panel in (string[])["chat", "people", "files"])
            {
                await ada.OpenPanelAsync(panel);
                await InspectAsync(ada, $"call-{panel}-{look}");
            }

            await ada.OpenPanelAsync("lab", opened: "lab-section-graphs");
            await InspectAsync(ada, $"call-lab-{look}");

            await ada.Browser.Context.CloseAsync();
            await bo.UntilAsync("() => rtchub.call.state.peers.length === 0", seconds: 90);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Chinese_is_one_click_away_and_stays()
    {
        var ada = await OpenAsync("");
        await ada.ReadyAsync();
        Assert.Equal("en", await ada.EvaluateAsync<string>("() => document.documentElement.lang"));
        await ada.Hook("language").ClickAsync();
        await ada.UntilAsync("() => document.documentElement.lang.startsWith('zh') && document.querySelector('h1').textContent === '只属于你们的通话'");
        await ada.Browser.ReloadAsync();
        await ada.UntilAsync("() => document.querySelector('h1')?.textContent === '只属于你们的通话'");
        await ada.Hook("language").ClickAsync();
        await ada.UntilAsync("() => document.documentElement.lang === 'en'");
    }

    [Fact(Timeout = Limit)]
    public async Task Dark_is_one_click_away_and_stays()
    {
        var ada = await OpenAsync("");
        await ada.ReadyAsync();
        const string Background = "() => getComputedStyle(document.body).backgroundColor";
        var before = await ada.EvaluateAsync<string>(Background);
        await ada.Hook("theme").ClickAsync();
        await ada.UntilAsync($"before => ({Background})() !== before", before);
        await ada.ShootAsync("home-other-theme");
        await ada.Browser.ReloadAsync();
        await ada.UntilAsync($"before => document.querySelector('h1') && ({Background})() !== before", before);
    }

    private static IEnumerable<(string Look, BrowserNewContextOptions Options)> Looks() =>
        from locale in (string[])["en-GB", "zh-CN"]
        from size in (ViewportSize[])[Wide, Phone]
        select ($"{locale[..2]}-{size.Width}", new BrowserNewContextOptions { Locale = locale, ViewportSize = size, ColorScheme = size == Wide ? ColorScheme.Light : ColorScheme.Dark });

    private static async Task InspectAsync(Page page, string name)
    {
        await page.ShootAsync(name);
        Assert.Empty(await page.EvaluateAsync<string[]>(Inspection.Overflowing));
        Assert.Empty(await page.EvaluateAsync<string[]>(Inspection.Nameless));
        Assert.Empty(await page.EvaluateAsync<string[]>(Inspection.Untranslated));
    }
}
