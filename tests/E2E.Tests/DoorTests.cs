using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>Who comes into a room, and who is shown out: lobby, passcode, lock, mute, kick; and direct calls.</summary>
public sealed class DoorTests : BrowserTest
{
    private async Task CreateRoomAsync(JsonObject room)
    {
        using var http = new HttpClient { BaseAddress = Hub.Address };
        var response = await http.PostAsJsonAsync("api/v1/rooms", room);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Waiting_in_the_lobby_until_a_moderator_admits_or_denies()
    {
        var ada = await JoinAsync("lobbied", "Ada", query: Person.NoDevices);
        await ada.EvaluateAsync<object>("() => rtchub.call.lobby(true)");
        var bo = await JoinAsync("lobbied", "Bo", query: Person.NoDevices);
        await bo.Hook("lobby").WaitForAsync();
        await bo.ShootAsync("lobby");
        var cy = await JoinAsync("lobbied", "Cy", query: Person.NoDevices);
        await ada.Hook("people").First.ClickAsync();
        await ada.Browser.Locator($"[data-test=admit][data-peer={bo.Id}]").ClickAsync();
        await bo.UntilAsync("() => rtchub.call.state.room.status === 'joined'");
        await ada.SeesAsync(1);
        await ada.Browser.Locator($"[data-test=deny][data-peer={cy.Id}]").ClickAsync();
        await cy.Hook("over").WaitForAsync();
        Assert.Equal("denied", await cy.Hook("over").GetAttributeAsync("data-reason"));
        await cy.ShootAsync("denied");
    }

    [Fact]
    public async Task A_wrong_passcode_is_told_and_the_right_one_opens()
    {
        await CreateRoomAsync(new() { ["id"] = "vault", ["passcode"] = "opensesame" });
        var ada = new Person(await Browser.NewPageAsync(), "Ada", 0);
        await ada.Browser.GotoAsync($"{Hub.Address}r/vault?name=Ada&audio=0&video=0");
        await ada.Hook("join").ClickAsync();
        await ada.Hook("passcode").FillAsync("guess");
        await ada.Hook("join").ClickAsync();
        await Assertions.Expect(ada.Hook("join-error")).ToHaveAttributeAsync("data-code", "passcode_wrong");
        await ada.ShootAsync("passcode");
        await ada.Hook("passcode").FillAsync("opensesame");
        await ada.Hook("join").ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.room?.status === 'joined'");
        ada.AssertClean();
    }

    [Fact]
    public async Task A_full_room_says_so()
    {
        await CreateRoomAsync(new() { ["id"] = "narrow", ["maxParticipants"] = 2 });
        await JoinAsync("narrow", "Ada", query: Person.NoDevices);
        await JoinAsync("narrow", "Bo", query: Person.NoDevices);
        var cy = new Person(await Browser.NewPageAsync(), "Cy", 0);
        await cy.Browser.GotoAsync($"{Hub.Address}r/narrow?name=Cy&join=1&audio=0&video=0");
        await Assertions.Expect(cy.Hook("join-error")).ToHaveAttributeAsync("data-code", "room_full");
    }

    [Fact]
    public async Task A_moderator_mutes_and_kicks_from_the_tile()
    {
        var ada = await JoinAsync("order", "Ada");
        var bo = await JoinAsync("order", "Bo");
        await ada.SeesAsync(1);
        var tile = ada.Browser.Locator($"[data-test=tile][data-peer={bo.Id}]");
        await tile.HoverAsync();
        await tile.Locator("[data-test=tile-menu]").ClickAsync();
        await ada.Hook("menu-mute").ClickAsync();
        await bo.UntilAsync("() => rtchub.call.state.media.audio === false");
        await tile.HoverAsync();
        await tile.Locator("[data-test=tile-menu]").ClickAsync();
        await ada.Hook("menu-kick").ClickAsync();
        await ada.Hook("confirm-yes").ClickAsync();
        await bo.Hook("over").WaitForAsync();
        Assert.Equal("kicked", await bo.Hook("over").GetAttributeAsync("data-reason"));
        await ada.Hook("alone").WaitForAsync();
        await ada.ShootAsync("alone");
    }

    [Fact]
    public async Task Dial_ring_accept_talk_and_hang_up()
    {
        var (ada, bo) = (await AtHomeAsync("Ada"), await AtHomeAsync("Bo"));
        await DialAsync(ada, bo);
        await bo.ShootAsync("ring");
        await bo.Hook("accept").ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.peers.length === 1 && rtchub.call.state.peers[0].connection === 'connected'");
        await bo.UntilAsync("async () => rtchub.call.state.peers.length === 1 && await framesOf(rtchub.call.state.peers[0].id) > 5");
        await bo.Hook("leave").First.ClickAsync();
        await ada.UntilAsync("() => !rtchub.call.state.room");
        ada.AssertClean();
        bo.AssertClean();
    }

    [Fact]
    public async Task Declined_cancelled_busy_and_nobody_there_are_told_in_words()
    {
        var (ada, bo) = (await AtHomeAsync("Ada"), await AtHomeAsync("Bo"));
        await DialAsync(ada, bo);
        await bo.Hook("decline").ClickAsync();
        await ada.UntilAsync("() => !document.querySelector('[data-test=ring][open]')");
        await DialAsync(ada, bo);
        await ada.Hook("cancel-call").ClickAsync();
        await bo.UntilAsync("() => !document.querySelector('[data-test=ring][open]')");

        await JoinAsync("elsewhere", "Cy", query: Person.NoDevices);
        var cy = await JoinAsync("meeting", "Cy", query: Person.NoDevices);
        await ada.Hook("dial-field").FillAsync(cy.Id);
        await ada.Hook("dial").ClickAsync();
        await Assertions.Expect(ada.Hook("home-problem")).ToHaveAttributeAsync("data-code", "busy");
        await ada.Hook("dial-field").FillAsync("zzzz-zzzz");
        await ada.Hook("dial").ClickAsync();
        await Assertions.Expect(ada.Hook("home-problem")).ToHaveAttributeAsync("data-code", "not_found");
    }

    [Fact]
    public async Task What_swagger_makes_the_page_joins()
    {
        var page = await Browser.OpenAsync($"{Hub.Address}swagger");
        var operation = page.Browser.Locator(".opblock-post").Filter(new() { HasText = "/api/v1/rooms" }).First;
        await operation.Locator(".opblock-summary").ClickAsync();
        await operation.Locator("button.try-out__btn").ClickAsync();
        await operation.Locator("textarea.body-param__text").FillAsync("""{"id":"from-swagger","name":"Made by Swagger"}""");
        await operation.Locator("button.execute").ClickAsync();
        await Assertions.Expect(operation.Locator(".live-responses-table tbody .response-col_status").First).ToContainTextAsync("201");
        await page.ShootAsync("swagger");
        page.AssertClean();
        var ada = await JoinAsync("from-swagger", "Ada", query: Person.NoDevices);
        Assert.Equal("Made by Swagger", await ada.EvaluateAsync<string>("() => rtchub.call.state.room.name"));
    }

    [Fact]
    public async Task With_keys_a_token_from_rest_opens_the_page()
    {
        const string Key = "a-key-of-at-least-thirty-two-characters";
        await using var guarded = await HubProcess.StartAsync($"Auth:ApiKeys:0={Key}");
        using var http = new HttpClient { BaseAddress = guarded.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        var cancel = TestContext.Current.CancellationToken;
        var minted = await http.PostAsJsonAsync("api/v1/tokens", new JsonObject { ["room"] = "guarded", ["name"] = "Ada" }, cancel);
        var token = (string)JsonNode.Parse(await minted.Content.ReadAsStringAsync(cancel))!["token"]!;
        var ada = new Person(await Browser.NewPageAsync(), "Ada", 0);
        await ada.Browser.GotoAsync($"{guarded.Address}r/guarded?name=Ada&audio=0&video=0");
        await ada.Hook("token").FillAsync(token);
        await ada.Hook("join").ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.room?.status === 'joined'");
        Assert.DoesNotContain(token, ada.Browser.Url, StringComparison.Ordinal);
    }

    private async Task<Person> AtHomeAsync(string name)
    {
        var person = new Person(await Browser.NewPageAsync(), name, 0);
        await person.Browser.GotoAsync(Hub.Address.ToString());
        await person.UntilAsync("() => window.rtchub?.call.state.self");
        await person.Browser.EvaluateAsync(CodedVideo.Script);
        return person;
    }

    private static async Task DialAsync(Person from, Person to)
    {
        await from.Hook("dial-field").FillAsync(await to.Hook("own-id").InnerTextAsync());
        await from.Hook("dial").ClickAsync();
        await to.Browser.Locator("[data-test=ring][data-direction=in]").WaitForAsync();
    }
}
