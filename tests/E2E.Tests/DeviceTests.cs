using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>Camera and microphone that cannot be had: a sentence says what to do, and one can join all the same.</summary>
public sealed class DeviceTests(Stage stage) : BrowserTest(stage)
{
    [Fact(Timeout = Limit)]
    public async Task On_plain_http_the_page_says_that_it_needs_https()
    {
        // Any name but localhost is insecure on http; this one is told to the browser alone.
        await UseBrowserAsync(Devices.Allowed, "--host-resolver-rules=MAP hub.test 127.0.0.1");
        var there = new UriBuilder(Hub.Address) { Host = "hub.test" }.Uri;
        var ada = await JoinAsync("insecure", "Ada", query: "", by: there);
        ada.Expect("Cross-Origin-Opener-Policy header has been ignored"); // By the browser, for want of https.
        Assert.False(await ada.EvaluateAsync<bool>("() => isSecureContext"));
        await SaysAsync(ada, "insecure", "https://");
        await JoinsAndSeesAsync(ada, "insecure");
    }

    [Fact(Timeout = Limit)]
    public async Task Refused_one_reads_where_to_allow_it()
    {
        await UseBrowserAsync(Devices.Refused);
        var ada = await JoinAsync("refused", "Ada", query: "");
        await SaysAsync(ada, "refused", "allow");
        await JoinsAndSeesAsync(ada, "refused");
    }

    [Fact(Timeout = Limit)]
    public async Task Without_any_device_one_reads_that_none_was_found()
    {
        await UseBrowserAsync(Devices.Missing);
        var ada = await JoinAsync("missing", "Ada", query: "");
        await SaysAsync(ada, "missing", "No camera and no microphone");
        await JoinsAndSeesAsync(ada, "missing");
    }

    [Fact(Timeout = Limit)]
    public async Task Without_a_camera_one_is_heard()
    {
        await UseBrowserAsync(Devices.Allowed, "--use-fake-device-for-media-stream=device-count=0");
        var ada = await JoinAsync("voice", "Ada", query: "");
        await ada.Hook("media-problem", "[data-kind=video][data-code=missing]").WaitForAsync();
        await ada.UntilAsync("() => rtchub.call.state.media.audio && !rtchub.call.state.media.video");
    }

    [Fact(Timeout = Limit)]
    public async Task The_pickers_list_the_devices_and_another_camera_takes_over_in_a_running_call()
    {
        await UseBrowserAsync(Devices.Allowed, "--use-fake-device-for-media-stream=device-count=2,fps=15");
        var ada = await JoinAsync("pickers", "Ada", query: "");
        await ada.UntilAsync("() => rtchub.call.state.media.status === 'on' && document.querySelectorAll('[data-test=pick-videoinput] option').length === 2");
        var first = await ada.EvaluateAsync<string>("() => rtchub.call.state.media.selected.videoinput");
        await ada.Hook("join").ClickAsync();
        var bo = await JoinAsync("pickers", "Bo");
        await bo.SeesAsync(1);

        await ada.Hook("settings").First.ClickAsync();
        await ada.ShootAsync("settings");
        var pick = ada.Hook("settings-dialog").Locator("[data-test=pick-videoinput]");
        await pick.SelectOptionAsync(new SelectOptionValue { Index = 1 });
        // Chromium's second fake camera gives pictures to elements, but none to a peer connection: what is sent is looked at here.
        const string Sent = "rtchub.call.lab.peers()[0].pc.getSenders().find(s => s.track?.kind === 'video')?.track";
        await ada.UntilAsync($"first => {{ const track = {Sent}; return track?.readyState === 'live' && track.getSettings().deviceId !== first; }}", first);

        await pick.SelectOptionAsync(new SelectOptionValue { Index = 0 });
        await ada.UntilAsync($"first => {Sent}?.getSettings().deviceId === first", first);
        var frames = await bo.FramesOfAsync(ada);
        await bo.UntilAsync("async ([id, frames]) => await framesOf(id) > frames + 5", new object[] { ada.Id, frames });
    }

    private static async Task SaysAsync(Person person, string code, string words)
    {
        await person.Hook("media-problem", $"[data-code={code}]").WaitForAsync();
        Assert.Contains(words, await person.Hook("media-problem").InnerTextAsync(), StringComparison.Ordinal);
        await person.ShootAsync($"devices-{code}");
    }

    private async Task JoinsAndSeesAsync(Person person, string room)
    {
        await person.Hook("join").ClickAsync();
        await person.UntilAsync("() => rtchub.call.state.room?.status === 'joined'");
        var bo = await JoinAsync(room, "Bo", 10, from: UsualBrowser);
        await person.SeesPictureOfAsync(bo);
    }
}
