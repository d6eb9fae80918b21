namespace RtcHub.E2E.Tests;

/// <summary>What a moderator does, from the menus of the call page.</summary>
public sealed class ModerationTests(Stage stage) : BrowserTest(stage)
{
    [Fact(Timeout = Limit)]
    public async Task Muted_by_a_moderator_one_is_told_and_may_speak_again()
    {
        var (ada, bo) = (await JoinAsync("muted", "Ada"), await JoinAsync("muted", "Bo"));
        await ada.SeesAsync(1);
        await ada.UntilAsync("() => rtchub.call.state.peers[0].media.audio");
        await ChooseAsync(ada, bo, "menu-mute");
        await bo.UntilAsync("() => !rtchub.call.state.media.audio");
        await ada.UntilAsync("() => !rtchub.call.state.peers[0].media.audio");
        await bo.Hook("toast").First.WaitForAsync();
        await bo.ShootAsync("muted");
        await bo.Hook("mic").First.ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.peers[0].media.audio");

        await ChooseAsync(ada, bo, "menu-stop-video");
        await bo.UntilAsync("() => rtchub.call.state.media.camera.getVideoTracks().length === 0");
    }

    [Fact(Timeout = Limit)]
    public async Task Kicked_one_is_out_and_stays_out()
    {
        var (ada, bo) = (await JoinAsync("kicked", "Ada"), await JoinAsync("kicked", "Bo"));
        await ada.SeesAsync(1);
        await ChooseAsync(ada, bo, "menu-kick");
        await ada.ShootAsync("kick-confirm");
        await ada.Hook("confirm-yes").ClickAsync();
        await bo.Hook("over", "[data-reason=kicked]").WaitForAsync();
        await bo.ShootAsync("over-kicked");
        await ada.UntilAsync("() => rtchub.call.state.peers.length === 0");
        Assert.Equal("forbidden", await bo.EvaluateAsync<string>("() => rtchub.call.join('kicked').then(() => 'in', error => error.code)"));
    }

    [Fact(Timeout = Limit)]
    public async Task A_raised_hand_is_seen_and_the_moderator_can_hand_over()
    {
        var (ada, bo) = (await JoinAsync("hands", "Ada"), await JoinAsync("hands", "Bo"));
        await ada.SeesAsync(1);
        await bo.Hook("hand").First.ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.peers[0].hand");
        await ada.Hook("tile", $"[data-peer='{bo.Id}']").Locator(".hand").WaitForAsync();

        Assert.Equal("participant", await bo.EvaluateAsync<string>("() => rtchub.call.state.self.role"));
        await ChooseAsync(ada, bo, "menu-moderator");
        await bo.UntilAsync("() => rtchub.call.state.self.role === 'moderator'");
    }

    // A menu opens over the picture, as with a mouse: the button shows when the pointer is there.
    private static async Task ChooseAsync(Person moderator, Person other, string item)
    {
        var tile = moderator.Hook("tile", $"[data-peer='{other.Id}']");
        await tile.HoverAsync();
        await tile.Locator("[data-test=tile-menu]").ClickAsync();
        await moderator.Hook(item).ClickAsync();
    }
}
