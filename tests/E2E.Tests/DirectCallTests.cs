using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>Calling somebody by id, from the home page.</summary>
public sealed class DirectCallTests(Stage stage) : BrowserTest(stage)
{
    [Fact(Timeout = Limit)]
    public async Task Ring_accept_talk_and_hang_up()
    {
        var (ada, bo) = (await AtHomeAsync("Ada", 5), await AtHomeAsync("Bo", 10));
        await DialAsync(ada, bo);
        await ada.Hook("ring", "[data-direction=out]").WaitForAsync();
        await bo.Hook("ring", "[data-direction=in]").WaitForAsync();
        Assert.Contains("Ada", await bo.Hook("ring").InnerTextAsync(), StringComparison.Ordinal);
        await bo.ShootAsync("ring");
        await bo.Hook("accept").ClickAsync();
        foreach (var one in (Person[])[ada, bo])
        {
            await one.SeesAsync(1);
            await one.ShowCodeAsync();
        }

        await EverybodySeesEverybodyAsync(ada, bo);
        await ada.ShootAsync("direct-call");

        await ada.Hook("leave").First.ClickAsync();
        await bo.Hook("over", "[data-reason=ended]").WaitForAsync();
        await ada.Hook("over", "[data-reason=left]").WaitForAsync();
        await bo.UntilAsync("() => rtchub.call.state.room === null && rtchub.call.state.media.status === 'off'");
    }

    [Fact(Timeout = Limit)]
    public async Task Declined()
    {
        var (ada, bo) = (await AtHomeAsync("Ada"), await AtHomeAsync("Bo"));
        await DialAsync(ada, bo);
        await bo.Hook("decline").ClickAsync();
        await ada.Hook("toast", "[data-code=declined]").WaitForAsync();
        await Assertions.Expect(ada.Hook("ring")).ToHaveCountAsync(0);
        await Assertions.Expect(bo.Hook("ring")).ToHaveCountAsync(0);
        await ada.UntilAsync("() => rtchub.call.state.media.status === 'off'");
    }

    [Fact(Timeout = Limit)]
    public async Task Cancelled_before_anybody_answered()
    {
        var (ada, bo) = (await AtHomeAsync("Ada"), await AtHomeAsync("Bo"));
        await DialAsync(ada, bo);
        await bo.Hook("ring", "[data-direction=in]").WaitForAsync();
        await ada.Hook("cancel-call").ClickAsync();
        await bo.Hook("toast", "[data-code=cancelled]").WaitForAsync();
        await Assertions.Expect(bo.Hook("ring")).ToHaveCountAsync(0);
        await ada.UntilAsync("() => rtchub.call.state.direct === null || rtchub.call.state.direct.state !== 'ringing'");
    }

    [Fact(Timeout = Limit)]
    public async Task Who_is_in_a_call_is_busy_and_who_is_not_there_is_nobody()
    {
        var (ada, bo, cy) = (await AtHomeAsync("Ada"), await AtHomeAsync("Bo"), await AtHomeAsync("Cy"));
        await DialAsync(ada, bo);
        await bo.Hook("accept").ClickAsync();
        await bo.UntilAsync("() => rtchub.call.state.room");
        await cy.Hook("dial-field").FillAsync(bo.Id);
        await cy.Hook("dial").ClickAsync();
        await cy.Hook("home-problem", "[data-code=busy]").WaitForAsync();
        await Assertions.Expect(bo.Hook("ring")).ToHaveCountAsync(0);

        await cy.Hook("dial-field").FillAsync("zzzz-zzzz");
        await cy.Hook("dial").ClickAsync();
        await cy.Hook("home-problem", "[data-code=not_found]").WaitForAsync();
        await cy.Hook("dial-field").FillAsync(await cy.Hook("own-id").InnerTextAsync());
        await cy.Hook("dial").ClickAsync();
        await cy.Hook("home-problem", "[data-code=invalid]").WaitForAsync();
        Assert.Equal("home", await cy.EvaluateAsync<string>("() => document.body.dataset.screen"));
    }

    private async Task<Person> AtHomeAsync(string name, int code = 0)
    {
        var person = await OpenAsync($"?name={name}", name, code);
        await person.ReadyAsync();
        return person;
    }

    // The id as the other reads it out: k7mq-4xtd.
    private static async Task DialAsync(Person from, Person to)
    {
        var spoken = await to.Hook("own-id").InnerTextAsync();
        Assert.Matches("^[a-z2-9]{4}-[a-z2-9]{4}$", spoken);
        await from.Hook("dial-field").FillAsync(spoken);
        await from.Hook("dial").ClickAsync();
    }
}
