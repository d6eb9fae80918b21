namespace RtcHub.E2E.Tests;

/// <summary>Calls through a TURN server, with the credentials that the hub makes.</summary>
public sealed class RelayTests : IAsyncLifetime
{
    private Chromium _browser = null!;
    private Coturn _coturn = null!;
    private HubProcess _hub = null!;

    public async ValueTask InitializeAsync()
    {
        _browser = await Chromium.StartAsync();
        _coturn = await Coturn.StartAsync();
        _hub = await HubProcess.StartAsync($"Turn:Urls:0={_coturn.Url}", $"Turn:Secret={_coturn.Secret}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_hub is not null)
            await _hub.DisposeAsync();
        if (_coturn is not null)
            await _coturn.DisposeAsync();
        if (_browser is not null)
            await _browser.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Two_who_may_use_nothing_but_relays_see_each_other()
    {
        var ada = await JoinByRelayAsync("Ada", 5);
        var bo = await JoinByRelayAsync("Bo", 10);
        await ada.SeesPictureOfAsync(bo);
        await bo.SeesPictureOfAsync(ada);
        await GoesByRelayAsync(ada);
        await GoesByRelayAsync(bo);
        ada.AssertClean();
        bo.AssertClean();
    }

    // The policy is set before the room is entered: no connection has ever known anything else.
    private async Task<Person> JoinByRelayAsync(string name, int code)
    {
        var person = await Person.JoinAsync(_browser, _hub, "relayed", name, code, query: "&audio=0&video=0");
        await person.EvaluateAsync<object>("() => rtchub.call.lab.setPolicy('relay')");
        await person.Hook("join").ClickAsync();
        await person.UntilAsync("() => rtchub.call.state.room");
        return person;
    }

    // The selected pair as getStats has it, what the page makes of it, and frames decoded since.
    private static async Task GoesByRelayAsync(Person person) => Assert.True(await person.EvaluateAsync<bool>(
        """
        async () => {
          let before;
          for (const end = Date.now() + 40_000; Date.now() < end; await new Promise((next) => setTimeout(next, 100))) {
            const [{ id }] = rtchub.call.lab.peers();
            const { local } = await rtchub.call.lab.stats(id);
            if (local?.candidateType !== "relay" || !rtchub.call.state.peers[0].quality?.relayed) continue;
            const frames = await framesOf(id);
            if (frames > (before ??= frames) + 5) return true;
          }
          return false;
        }
        """));
}
