namespace RtcHub.E2E.Tests;

/// <summary>Who comes in: lobby, passcode, lock, a room that is full.</summary>
public sealed class DoorTests(Stage stage) : BrowserTest(stage)
{
    [Fact(Timeout = Limit)]
    public async Task In_the_lobby_one_waits_until_a_moderator_opens()
    {
        await Hub.CreateRoomAsync(new { id = "lobby", lobby = true });
        var ada = await JoinAsync("lobby", "Ada", 5);
        await ada.UntilAsync("() => rtchub.call.state.room.status === 'joined' && rtchub.call.state.self.role === 'moderator'");
        var bo = await JoinAsync("lobby", "Bo", 10);
        await bo.Hook("lobby").WaitForAsync();
        await bo.ShootAsync("lobby");
        Assert.Empty(await bo.EvaluateAsync<string[]>("() => rtchub.call.state.peers.map(p => p.name)"));

        await ada.Hook("people").First.ClickAsync();
        await ada.Hook("admit", $"[data-peer='{bo.Id}']").WaitForAsync();
        await ada.ShootAsync("lobby-moderator");
        await ada.Hook("admit", $"[data-peer='{bo.Id}']").ClickAsync();
        await EverybodySeesEverybodyAsync(ada, bo);

        var cy = await JoinAsync("lobby", "Cy");
        await ada.Hook("deny", $"[data-peer='{cy.Id}']").ClickAsync();
        await cy.Hook("over", "[data-reason=denied]").WaitForAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task A_wrong_passcode_stays_outside_and_the_right_one_goes_in()
    {
        await Hub.CreateRoomAsync(new { id = "secret", passcode = "open sesame" });
        var ada = await JoinAsync("secret", "Ada", query: "&audio=0&video=0");
        await ada.Hook("join").ClickAsync();
        await ada.Hook("join-error", "[data-code=passcode_required]").WaitForAsync();
        await TryAsync("open barley", "passcode_wrong");
        await ada.ShootAsync("passcode-wrong");

        await ada.UntilAsync("() => !rtchub.call.state.room");
        await ada.Hook("passcode").FillAsync("open sesame");
        await ada.Hook("join").ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.room?.status === 'joined'");
        Assert.DoesNotContain("sesame", ada.Browser.Url, StringComparison.Ordinal);

        async Task TryAsync(string passcode, string refusal)
        {
            await ada.Hook("passcode").FillAsync(passcode);
            await ada.Hook("join").ClickAsync();
            await ada.Hook("join-error", $"[data-code={refusal}]").WaitForAsync();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task A_room_that_is_full_or_locked_says_so()
    {
        await Hub.CreateRoomAsync(new { id = "pair", maxParticipants = 2 });
        var ada = await JoinAsync("pair", "Ada", query: Person.NoDevices);
        var bo = await JoinAsync("pair", "Bo", query: Person.NoDevices);
        var cy = await JoinAsync("pair", "Cy", query: "&audio=0&video=0");
        await cy.Hook("join").ClickAsync();
        await cy.Hook("join-error", "[data-code=room_full]").WaitForAsync();
        await cy.ShootAsync("room-full");

        await bo.Hook("leave").First.ClickAsync();
        await ada.Hook("people").First.ClickAsync();
        await ada.Hook("lock").ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.room.locked");
        await cy.Hook("join").ClickAsync();
        await cy.Hook("join-error", "[data-code=room_locked]").WaitForAsync();
        await ada.Hook("lock").ClickAsync();
        await ada.UntilAsync("() => !rtchub.call.state.room.locked");
        await cy.Hook("join").ClickAsync();
        await cy.SeesAsync(1);
    }

    [Fact(Timeout = Limit)]
    public async Task With_keys_set_the_page_asks_for_a_token_and_lets_in_who_has_one()
    {
        const string Key = "a key of at least thirty-two characters";
        await UseHubAsync($"Auth:ApiKeys:0={Key}");
        var ada = await OpenAsync("r/guarded?name=Ada&audio=0&video=0");
        await ada.Hook("join").ClickAsync();
        await ada.Hook("join-error", "[data-code=unauthorized]").WaitForAsync();
        await ada.ShootAsync("token");
        await ada.Hook("token").Last.FillAsync(await Hub.MintTokenAsync(Key, new { room = "guarded", name = "Ada" }));
        await ada.Hook("join").ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.room?.status === 'joined'");
        Assert.DoesNotContain("eyJ", ada.Browser.Url, StringComparison.Ordinal);
    }
}
