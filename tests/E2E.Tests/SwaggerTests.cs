using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>The REST interface as a newcomer meets it: tried out on its own page.</summary>
public sealed class SwaggerTests(Stage stage) : BrowserTest(stage)
{
    [Fact(Timeout = Limit)]
    public async Task A_room_made_in_Swagger_is_one_that_the_page_joins()
    {
        var page = await OpenAsync("swagger");
        var operation = page.Browser.Locator(".opblock-post", new() { Has = page.Browser.Locator("[data-path='/api/v1/rooms']") });
        await operation.Locator(".opblock-summary").ClickAsync();
        await operation.Locator(".try-out__btn").ClickAsync();
        await operation.Locator("textarea.body-param__text").FillAsync("""{ "id": "made-in-swagger", "name": "Made in Swagger", "maxParticipants": 2 }""");
        await operation.Locator("button.execute").ClickAsync();
        await Assertions.Expect(operation.Locator(".live-responses-table .response-col_status").Last).ToContainTextAsync("201");
        await page.ShootAsync("swagger");

        var ada = await JoinAsync("made-in-swagger", "Ada", query: Person.NoDevices);
        Assert.Equal("Made in Swagger", await ada.EvaluateAsync<string>("() => rtchub.call.state.room.name"));
        Assert.Equal(2, await ada.EvaluateAsync<int>("() => rtchub.call.state.room.maxParticipants"));

        var list = page.Browser.Locator(".opblock-get", new() { Has = page.Browser.Locator("[data-path='/api/v1/rooms/{id}/participants']") });
        await list.Locator(".opblock-summary").ClickAsync();
        await list.Locator(".try-out__btn").ClickAsync();
        await list.Locator("tr[data-param-name=id] input").FillAsync("made-in-swagger");
        await list.Locator("button.execute").ClickAsync();
        await Assertions.Expect(list.Locator(".live-responses-table .response-col_description").Last).ToContainTextAsync("Ada");
    }

    [Fact(Timeout = Limit)]
    public async Task With_keys_set_Swagger_asks_for_one_and_works_with_it()
    {
        const string Key = "a key of at least thirty-two characters";
        await UseHubAsync($"Auth:ApiKeys:0={Key}");
        var page = await OpenAsync("swagger");
        page.Expect("401");
        var operation = page.Browser.Locator(".opblock-get", new() { Has = page.Browser.Locator("[data-path='/api/v1/rooms']") });
        await operation.Locator(".opblock-summary").ClickAsync();
        await operation.Locator(".try-out__btn").ClickAsync();
        await operation.Locator("button.execute").ClickAsync();
        var status = operation.Locator(".live-responses-table .response-col_status").Last;
        await Assertions.Expect(status).ToContainTextAsync("401");

        await page.Browser.Locator(".auth-wrapper .authorize").First.ClickAsync();
        var keys = page.Browser.Locator(".auth-container", new() { Has = page.Browser.Locator("h4", new() { HasText = "apiKey" }) });
        await keys.Locator("input").FillAsync(Key);
        await keys.Locator(".auth-btn-wrapper .authorize").ClickAsync();
        await keys.Locator(".auth-btn-wrapper .btn-done").ClickAsync();
        await operation.Locator("button.execute").ClickAsync();
        await Assertions.Expect(status).ToContainTextAsync("200");
    }
}
