using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>Somebody in a call, in a browser of their own, whose camera shows a code that only they show.</summary>
internal sealed class Person(IPage page, string name, int code) : Page(page)
{
    /// <summary>Joins at once, with camera and microphone.</summary>
    public const string AllDevices = "&join=1&audio=1&video=1";

    /// <summary>Joins at once, to look and listen.</summary>
    public const string NoDevices = "&join=1&audio=0&video=0";

    public string Name => name;

    /// <summary>0-15: shown as four blocks, black or white, in what this person sends.</summary>
    public int Code => code;

    public string Id { get; private set; } = "";

    /// <param name="query">What is in the room's address besides the name.</param>
    public static async Task<Person> JoinAsync(Chromium browser, HubProcess hub, string room, string name, int code = 0, string query = AllDevices)
    {
        var person = new Person(await browser.NewPageAsync(), name, code);
        await person.JoinAsync(hub.Address, room, query);
        return person;
    }

    /// <summary>Opens the room's address, and is in it if that is what the address asks for.</summary>
    public async Task JoinAsync(Uri hub, string room, string query = AllDevices)
    {
        await Browser.GotoAsync($"{hub}r/{room}?name={Name}{query}");
        await ReadyAsync();
        if (query.Contains("join=1", StringComparison.Ordinal))
            await UntilAsync("() => rtchub.call.state.room");
        if (Code > 0)
            await ShowCodeAsync();
    }

    /// <summary>Until the page has an id from the hub; also after it was loaded anew.</summary>
    public async Task ReadyAsync()
    {
        await UntilAsync("() => window.rtchub?.call.state.self");
        Id = await EvaluateAsync<string>("() => rtchub.call.state.self.id");
        await Browser.EvaluateAsync(CodedVideo.Script);
    }

    /// <summary>Sends a moving picture that says whose it is.</summary>
    public Task ShowCodeAsync() => Browser.EvaluateAsync("code => showCode(code)", Code);

    /// <summary>Until this person sees so many others, all connected.</summary>
    public Task SeesAsync(int others) => UntilAsync(
        "n => { const p = rtchub.call.state.peers; return p.length === n && p.every(x => x.connection === 'connected'); }", others);

    /// <summary>Frames decoded so far of what a peer sends.</summary>
    public Task<int> FramesOfAsync(Person peer) => EvaluateAsync<int>("id => framesOf(id)", peer.Id);

    /// <summary>Until this person sees the other's own picture, and it moves: the code is read from the pixels of the tile.</summary>
    public async Task SeesPictureOfAsync(Person peer)
    {
        await UntilAsync("([id, code]) => readCode(id) === code", new object[] { peer.Id, peer.Code });
        // A connection that is made anew counts from the beginning.
        await EvaluateAsync<object>("async (id) => { globalThis.seenBefore = await framesOf(id); }", peer.Id);
        await UntilAsync("async (id) => { const now = await framesOf(id); seenBefore = Math.min(seenBefore, now); return now > seenBefore + 5; }", peer.Id);
    }

    public async Task ChatAsync(string text)
    {
        await OpenPanelAsync("chat");
        await Hook("chat-input").FillAsync(text);
        await Browser.Keyboard.PressAsync("Enter");
    }

    public async Task ReadsAsync(string text)
    {
        await OpenPanelAsync("chat");
        await Assertions.Expect(Hook("chat-message").Filter(new() { HasText = text })).ToHaveCountAsync(1);
    }

    /// <summary>Opens a panel beside the call; where there is no room for its button it is in the menu.</summary>
    /// <param name="opened">What is there then, when it is not the panel by its usual name.</param>
    public async Task OpenPanelAsync(string panel, string? opened = null)
    {
        var there = Hook(opened ?? panel + "-panel");
        if (!await there.IsVisibleAsync())
        {
            if (await Hook(panel).CountAsync() > 0)
            {
                await Hook(panel).First.ClickAsync();
            }
            else
            {
                await Hook("more").ClickAsync();
                await Hook("menu-" + panel).ClickAsync();
            }
        }

        await there.WaitForAsync();
    }
}
