namespace RtcHub.E2E.Tests;

/// <summary>Browsers publish by WHIP and play by WHEP through the SFU; the picture says whose it is, the level that there is sound.</summary>
public sealed class WhipTests(Stage stage) : BrowserTest(stage)
{
    private const string Flows = """
        async () => {
          const before = await frames();
          for (const end = Date.now() + 40_000; Date.now() < end; await new Promise((next) => setTimeout(next, 100)))
            if (await frames() > before + 10 && await loudness() > 0.001) return true;
          return false;
        }
        """;

    [Fact(Timeout = Limit)]
    public async Task Chromium_plays_what_Chromium_publishes_and_a_new_publisher_takes_over()
    {
        var (publisher, player) = (await PageAsync(), await PageAsync());
        player.Expect("409");
        Assert.Equal("409 2", await player.EvaluateAsync<string>("room => play(room)", "studio"));
        Assert.Equal("201", await publisher.EvaluateAsync<string>("room => publish(room, 6)", "studio"));
        Assert.Equal("201", await player.EvaluateAsync<string>("room => play(room)", "studio"));
        await player.UntilAsync("() => code() === 6");
        Assert.True(await player.EvaluateAsync<bool>(Flows));

        // The publisher goes as WHIP has it, another comes: the player, whose session goes on, sees the new picture.
        Assert.Equal(200, await publisher.EvaluateAsync<int>("async () => (await fetch(resource, { method: 'DELETE' })).status"));
        Assert.Equal("201", await publisher.EvaluateAsync<string>("room => publish(room, 9)", "studio"));
        await player.UntilAsync("() => code() === 9");
        publisher.AssertClean();
    }

    [Fact(Timeout = Limit)]
    public async Task Firefox_plays_Chromium_and_Chromium_plays_Firefox()
    {
        await using var firefox = await Firefox.StartAsync();
        async Task<FirefoxPage> FoxAsync()
        {
            var page = await firefox.OpenAsync($"{Hub.Address}");
            await page.EvaluateAsync<object>($"({WhipScript.Text})()");
            return page;
        }

        var (chromium, fox) = (await PageAsync(), await FoxAsync());
        Assert.Equal("201", await chromium.EvaluateAsync<string>("room => publish(room, 5)", "engines-1"));
        Assert.Equal("201", await fox.EvaluateAsync<string>("play('engines-1')"));
        await fox.UntilAsync("code() === 5");
        Assert.True(await fox.EvaluateAsync<bool>($"({Flows})()"));

        var (player, publisher) = (await PageAsync(), await FoxAsync());
        Assert.Equal("201", await publisher.EvaluateAsync<string>("publish('engines-2', 10)"));
        Assert.Equal("201", await player.EvaluateAsync<string>("room => play(room)", "engines-2"));
        await player.UntilAsync("() => code() === 10");
        Assert.True(await player.EvaluateAsync<bool>(Flows));

        var second = await FoxAsync();
        Assert.Equal("201", await second.EvaluateAsync<string>("play('engines-2')"));
        await second.UntilAsync("code() === 10");
    }

    private async Task<Page> PageAsync()
    {
        var page = await Browser.OpenAsync($"{Hub.Address}");
        await page.EvaluateAsync<object>(WhipScript.Text);
        return page;
    }
}
