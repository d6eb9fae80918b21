namespace RtcHub.E2E.Tests;

/// <summary>Browsers publish by WHIP and play by WHEP, on the pages for it; the picture says whose it is, the level that there is sound.</summary>
public sealed class WhipTests(Stage stage) : BrowserTest(stage)
{
    private const string IsLive = "() => globalThis.rtchub?.whip.state === 'live'";

    [Fact(Timeout = Limit)]
    public async Task Who_comes_early_waits_and_sees_one_publisher_after_the_other()
    {
        var player = await OpenAsync("play?room=studio");
        player.Expect("409");
        await player.Hook("whip-state", "[data-state=waiting][data-code=nothing_to_play]").WaitForAsync();
        await player.ShootAsync("play-waiting");

        var publisher = await PublishAsync("studio", 6);
        await player.UntilAsync(IsLive);
        await player.EvaluateAsync<object>(WhipPages.Script);
        await player.UntilAsync("() => code() === 6");
        Assert.True(await player.EvaluateAsync<bool>(WhipPages.Flows));
        await publisher.UntilAsync("() => Number(document.querySelector('[data-test=whip-level]').ariaValueNow) > 0");
        await publisher.ShootAsync("publish");
        await player.ShootAsync("play");

        // The publisher goes, another comes: the player, whose session goes on, is told and sees the new picture.
        await publisher.Hook("whip-stop").ClickAsync();
        await publisher.Hook("whip-state", "[data-state=stopped]").WaitForAsync();
        await PublishAsync("studio", 9);
        await player.UntilAsync("() => code() === 9");
        Assert.Equal("live", await player.EvaluateAsync<string>("() => rtchub.whip.state"));
    }

    [Fact(Timeout = Limit)]
    public async Task A_hub_with_keys_wants_the_token_and_takes_it_from_the_address()
    {
        const string Key = "a key of at least thirty-two characters";
        await UseHubAsync($"Auth:ApiKeys:0={Key}");
        var stranger = await OpenAsync("publish?room=guarded");
        stranger.Expect("401");
        await stranger.Hook("whip-start").ClickAsync();
        await stranger.Hook("whip-state", "[data-state=refused][data-code=unauthorized]").WaitForAsync();
        await stranger.ShootAsync("publish-refused");

        var token = await Hub.MintTokenAsync(Key, new { identity = "ada", name = "Ada", room = "guarded" });
        await PublishAsync($"guarded#token={token}", 12);
        var player = await OpenAsync($"play?room=guarded&participant=ada#token={token}");
        await player.UntilAsync(IsLive);
        await player.EvaluateAsync<object>(WhipPages.Script);
        await player.UntilAsync("() => code() === 12");
    }

    [Fact(Timeout = Limit)]
    public async Task Firefox_plays_Chromium_and_Chromium_plays_Firefox()
    {
        await using var firefox = await Firefox.StartAsync();
        await PublishAsync("engines-1", 5);
        var fox = await firefox.OpenAsync($"{Hub.Address}play?room=engines-1");
        await fox.UntilAsync($"({IsLive})()");
        await fox.EvaluateAsync<object>($"({WhipPages.Script})()");
        await fox.UntilAsync("code() === 5");
        Assert.True(await fox.EvaluateAsync<bool>($"({WhipPages.Flows})()"));
        await fox.AssertCleanAsync();

        var publisher = await firefox.OpenAsync($"{Hub.Address}publish?room=engines-2");
        await publisher.UntilAsync("document.querySelector('[data-test=whip-start]')");
        await publisher.EvaluateAsync<object>("document.querySelector('[data-test=whip-start]').click()");
        await publisher.UntilAsync($"({IsLive})()");
        await publisher.EvaluateAsync<object>($"({WhipPages.Script})()");
        await publisher.EvaluateAsync<object>("showCode(10)");
        var player = await OpenAsync("play?room=engines-2");
        await player.UntilAsync(IsLive);
        await player.EvaluateAsync<object>(WhipPages.Script);
        await player.UntilAsync("() => code() === 10");
        Assert.True(await player.EvaluateAsync<bool>(WhipPages.Flows));
        await publisher.AssertCleanAsync();

        var second = await firefox.OpenAsync($"{Hub.Address}play?room=engines-2");
        await second.UntilAsync($"({IsLive})()");
        await second.EvaluateAsync<object>($"({WhipPages.Script})()");
        await second.UntilAsync("code() === 10");
    }

    private async Task<Page> PublishAsync(string room, int code)
    {
        var page = await OpenAsync($"publish?room={room}");
        await page.Hook("whip-start").ClickAsync();
        await page.UntilAsync(IsLive);
        await page.EvaluateAsync<object>(WhipPages.Script);
        await page.EvaluateAsync<object>("code => showCode(code)", code);
        return page;
    }
}
