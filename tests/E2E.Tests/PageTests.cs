using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>The pages themselves: sizes, languages, names of buttons, devices that are not there, and nothing from elsewhere.</summary>
public sealed partial class PageTests : BrowserTest
{
    public static TheoryData<string, string> Pages => new()
    {
        { "home", "" }, { "prejoin", "r/some-room" }, { "call", "r/some-room?name=Ada&join=1" }, { "lab", "lab" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Fits_360_pixels_in_both_themes_and_every_button_has_a_name(string name, string path)
    {
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            var page = await Browser.OpenAsync(
                Hub.Address + path, new() { ViewportSize = new() { Width = 360, Height = 740 }, ColorScheme = scheme, Locale = "en-GB" });
            await page.UntilAsync("() => window.rtchub?.call.state.self");
            await page.ShootAsync($"{name}-360-{scheme}");
            Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "wider than the screen");
            var nameless = await page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll("button, a[href], input, select, textarea")].filter((e) => e.offsetParent && !(e.ariaLabel
                  || e.textContent.trim() || e.title || e.labels?.length || e.getAttribute("aria-labelledby") || e.placeholder)).map((e) => e.outerHTML)
                """);
            Assert.Empty(nameless);
            page.AssertClean();
        }
    }

    [Theory]
    [InlineData("zh-CN", "\\p{IsCJKUnifiedIdeographs}")]
    [InlineData("en-GB", "room")]
    public async Task Speaks_the_language_of_theBrowser(string locale, string pattern)
    {
        var page = await Browser.OpenAsync(Hub.Address.ToString(), new() { Locale = locale, ViewportSize = new() { Width = 1280, Height = 800 } });
        await page.UntilAsync("() => window.rtchub?.call.state.self");
        Assert.Matches(pattern, await page.Hook("start").InnerTextAsync());
        await page.ShootAsync($"home-{locale}");
    }

    [Fact]
    public async Task An_insecure_origin_is_told_what_to_do()
    {
        await using var browser = await Chromium.StartAsync(true, "--host-resolver-rules=MAP hub.test 127.0.0.1");
        await using var hub = await HubProcess.StartAsync("Signal:AllowedOrigins:0=*");
        var page = await browser.OpenAsync($"http://hub.test:{hub.Address.Port}/r/plain");
        await Assertions.Expect(page.Hook("media-problem").First).ToHaveAttributeAsync("data-code", "insecure");
        Assert.Contains("https", await page.Hook("media-problem").First.InnerTextAsync(), StringComparison.OrdinalIgnoreCase);
        await page.ShootAsync("insecure");
    }

    [Fact]
    public async Task A_refused_permission_is_told_and_one_can_join_all_the_same()
    {
        // Headless, without the flag that says yes, Chromium says no by itself.
        await using var browser = await Chromium.StartAsync(allowDevices: false);
        var page = await browser.OpenAsync($"{Hub.Address}r/refused?name=Ada");
        await Assertions.Expect(page.Hook("media-problem").First).ToHaveAttributeAsync("data-code", "refused");
        await page.ShootAsync("refused");
        await page.Hook("join").ClickAsync();
        await page.UntilAsync("() => rtchub.call.state.room?.status === 'joined'");
    }

    [Fact]
    public async Task A_missing_device_is_told()
    {
        var page = await Browser.NewPageAsync();
        await page.AddInitScriptAsync(
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('Requested device not found', 'NotFoundError'); };");
        await page.GotoAsync($"{Hub.Address}r/missing?name=Ada");
        await Assertions.Expect(page.Locator("[data-test=media-problem]:visible").First).ToHaveAttributeAsync("data-code", "missing");
    }

    /// <summary>The example of web/README.md, to the letter, in two pages of the hub's origin.</summary>
    [Fact]
    public async Task The_librarys_example_is_a_call()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "web", "README.md"), TestContext.Current.CancellationToken);
        var example = Example().Match(readme).Groups[1].Value;
        Assert.Contains("call.join", example, StringComparison.Ordinal);
        var pages = new List<Page>();
        for (var i = 0; i < 2; i++)
        {
            // A page of the hub with nothing on it; the policy against inline scripts is for its own pages.
            var page = await Browser.OpenAsync($"{Hub.Address}docs/protocol.md", new() { BypassCSP = true });
            await page.Browser.AddScriptTagAsync(new() { Type = "module", Content = example });
            pages.Add(page);
        }

        foreach (var page in pages)
        {
            await page.UntilAsync("() => document.title === 'blue-fox-42: 2'");
            await page.UntilAsync("() => { const v = document.querySelector('video'); return v && v.getVideoPlaybackQuality().totalVideoFrames > 5; }");
        }
    }

    [GeneratedRegex("```js\\n(import .*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
