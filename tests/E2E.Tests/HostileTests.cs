namespace RtcHub.E2E.Tests;

/// <summary>Somebody whose name, words and files are meant for a browser that believes them.</summary>
public sealed class HostileTests(Stage stage) : BrowserTest(stage)
{
    private const string Markup = "<img src=x onerror=\"globalThis.owned=1\"><script>globalThis.owned=1</script>";

    [Fact(Timeout = Limit)]
    public async Task Names_and_chat_are_text_whatever_they_look_like()
    {
        await Hub.CreateRoomAsync(new { id = "hostile", name = Markup[..60] });
        var ada = await JoinAsync("hostile", "Ada", query: Person.NoDevices);
        var eve = await JoinAsync("hostile", "Eve", query: Person.NoDevices);
        await eve.EvaluateAsync<object>("(name) => rtchub.call.rename(name)", Markup[..60]);
        await eve.EvaluateAsync<object>("(text) => rtchub.call.chat(text)", Markup);
        await eve.EvaluateAsync<object>("() => rtchub.call.chat('javascript:globalThis.owned=1 https://example.org/?a=\"onmouseover=owned=1 data:text/html,<script>owned=1</script>')");
        await ada.UntilAsync("(name) => rtchub.call.state.peers[0].name === name && rtchub.call.state.chat.length === 2", Markup[..60]);
        await ada.OpenPanelAsync("chat");
        await ada.UntilAsync("(text) => document.querySelector('[data-test=chat-panel]').textContent.includes(text)", Markup);
        await ada.OpenPanelAsync("people");
        await ada.UntilAsync("(name) => document.querySelector('[data-test=people-panel]').textContent.includes(name)", Markup[..60]);
        Assert.Equal(0, await ada.EvaluateAsync<int>("() => document.querySelectorAll('img[src=x], script:not([src])').length"));
        Assert.Empty(await ada.EvaluateAsync<string[]>("() => [...document.querySelectorAll('a')].map(a => a.href).filter(href => !/^https?:/.test(href))"));
        Assert.False(await ada.EvaluateAsync<bool>("() => 'owned' in globalThis"));
    }
}
