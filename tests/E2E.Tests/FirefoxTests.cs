namespace RtcHub.E2E.Tests;

/// <summary>The other engine: its pages, and a call between the two.</summary>
public sealed class FirefoxTests : IAsyncLifetime
{
    private const string FramesGrow = """
        async (peer) => {
          const before = await framesOf(peer);
          for (const end = Date.now() + 40_000; Date.now() < end; await new Promise((next) => setTimeout(next, 100)))
            if (await framesOf(peer) > before + 5) return true;
          return false;
        }
        """;

    private Firefox _firefox = null!;
    private HubProcess _hub = null!;

    public async ValueTask InitializeAsync()
    {
        _firefox = await Firefox.StartAsync();
        _hub = await HubProcess.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_hub is not null)
            await _hub.DisposeAsync();
        if (_firefox is not null)
            await _firefox.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task The_pages_open_without_an_error()
    {
        var page = await _firefox.OpenAsync($"{_hub.Address}");
        await page.UntilAsync("document.body.dataset.screen === 'home' && window.rtchub.call.state.connection === 'connected'");
        await page.GoToAsync($"{_hub.Address}r/looking-in?name=Fox");
        await page.UntilAsync("document.body.dataset.screen === 'prejoin' && document.querySelector('[data-test=preview] video').currentTime > 0");
        await page.AssertCleanAsync();
    }

    [Theory]
    [InlineData("auto", "")]
    [InlineData("auto", "#k=0123456789abcdefghijklmnopqrstuvwxyzABCDE-_")]
    [InlineData("sfu", "#k=0123456789abcdefghijklmnopqrstuvwxyzABCDE-_")]
    public async Task Chromium_and_Firefox_see_each_other_and_talk_also_encrypted(string mode, string key)
    {
        await _hub.CreateRoomAsync(new { id = "engines", mode });
        await using var chromium = await Chromium.StartAsync();
        var ada = await Person.JoinAsync(chromium, _hub, "engines", "Ada", code: 5, Person.AllDevices + key);
        var fox = await _firefox.OpenAsync($"{_hub.Address}r/engines?name=Fox&join=1&audio=1&video=1{key}");
        await fox.UntilAsync("window.rtchub?.call.state.room?.status === 'joined'");
        await fox.EvaluateAsync<object>($"({CodedVideo.Script})()");
        await fox.EvaluateAsync<object>("showCode(10)");
        var foxId = (await fox.EvaluateAsync<string>("rtchub.call.state.self.id"))!;

        await ada.SeesAsync(1);
        await fox.UntilAsync($"readCode('{ada.Id}') === 5");
        await ada.UntilAsync("id => readCode(id) === 10", foxId);
        Assert.True(await fox.EvaluateAsync<bool>($"({FramesGrow})('{ada.Id}')"));
        Assert.True(await ada.EvaluateAsync<bool>(FramesGrow, foxId));

        await ada.ChatAsync("hello Fox");
        await fox.UntilAsync("rtchub.call.state.chat.some(c => c.name === 'Ada' && c.text === 'hello Fox')");
        await fox.EvaluateAsync<object>("rtchub.call.chat('hello Ada')");
        await ada.ReadsAsync("hello Ada");

        await ada.Hook("leave").First.ClickAsync();
        await fox.UntilAsync("rtchub.call.state.peers.length === 0 && document.querySelector('[data-test=alone]')?.checkVisibility()");
        await fox.AssertCleanAsync();
        ada.AssertClean();
    }
}
