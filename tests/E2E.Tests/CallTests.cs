using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>What people in a call see, hear and do.</summary>
public sealed class CallTests(Stage stage) : BrowserTest(stage)
{
    [Theory(Timeout = Limit)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Everybody_sees_everybody_elses_own_moving_picture(int count)
    {
        var people = new List<Person>();
        for (var i = 1; i <= count; i++)
            people.Add(await JoinAsync($"team-of-{count}", $"P{i}", code: i + 4));
        foreach (var one in people)
        {
            await one.SeesAsync(count - 1);
            foreach (var other in people.Where(p => p != one))
                await one.SeesPictureOfAsync(other);
        }

        await people[0].ShootAsync($"call-{count}");
        await people[^1].Hook("leave").First.ClickAsync();
        await people[^1].Hook("over").WaitForAsync();
        await people[0].UntilAsync("n => rtchub.call.state.peers.length === n", count - 2);
    }

    [Fact(Timeout = Limit)]
    public async Task Both_sides_renegotiate_at_once_again_and_again_and_the_picture_goes_on()
    {
        var ada = await JoinAsync("glare", "Ada", 5);
        var bo = await JoinAsync("glare", "Bo", 10);
        await ada.SeesPictureOfAsync(bo);
        for (var round = 0; round < 8; round++)
            await Task.WhenAll(ada.EvaluateAsync<object>("() => rtchub.call.lab.reoffer()"), bo.EvaluateAsync<object>("() => rtchub.call.lab.reoffer()"));
        await ada.SeesPictureOfAsync(bo);
        await bo.SeesPictureOfAsync(ada);
        await ada.UntilAsync("() => rtchub.call.lab.peers().every(p => p.pc.signalingState === 'stable')");
    }

    [Fact(Timeout = Limit)]
    public async Task An_ice_restart_changes_the_credentials_and_not_the_picture()
    {
        var ada = await JoinAsync("restart", "Ada", 5);
        var bo = await JoinAsync("restart", "Bo", 10);
        await ada.SeesPictureOfAsync(bo);
        const string Ufrag = "() => /ice-ufrag:(.*)/.exec(rtchub.call.lab.peers()[0].pc.localDescription.sdp)[1].trim()";
        var before = await ada.EvaluateAsync<string>(Ufrag);
        await ada.EvaluateAsync<object>("() => rtchub.call.lab.restartIce()");
        await ada.UntilAsync($"before => ({Ufrag})() !== before && rtchub.call.lab.peers()[0].pc.signalingState === 'stable'", before);
        await ada.SeesPictureOfAsync(bo);
        await bo.SeesPictureOfAsync(ada);
    }

    [Fact(Timeout = Limit)]
    public async Task A_shared_screen_is_a_second_picture()
    {
        var ada = await JoinAsync("screen", "Ada", 5);
        var bo = await JoinAsync("screen", "Bo", 10);
        await ada.SeesPictureOfAsync(bo);
        // Headless Chromium has no screen to pick: the picker is answered with a canvas, all after it is the real thing.
        await bo.EvaluateAsync<object>("() => { navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([codedTrack(12)]); }");
        await bo.Hook("screen").First.ClickAsync();
        await ada.UntilAsync("id => readCode(id, 'screen') === 12", bo.Id);
        await ada.SeesPictureOfAsync(bo);
        await ada.ShootAsync("screen");
        await bo.Hook("screen").First.ClickAsync();
        await ada.UntilAsync("id => !rtchub.call.state.peers.find(p => p.id === id).screen", bo.Id);
        await Assertions.Expect(ada.Browser.Locator("[data-test=tile][data-kind=screen]")).ToHaveCountAsync(0);
    }

    [Fact(Timeout = Limit)]
    public async Task Chat_reaches_everybody_and_those_who_come_later()
    {
        var ada = await JoinAsync("chat", "Ada");
        var bo = await JoinAsync("chat", "Bo");
        await ada.ChatAsync("hello <b>Bo</b>");
        await bo.ReadsAsync("hello <b>Bo</b>");
        await bo.ChatAsync("hi");
        await ada.ReadsAsync("hi");
        var cy = await JoinAsync("chat", "Cy");
        await cy.ReadsAsync("hello <b>Bo</b>");
        await cy.ShootAsync("chat");
    }

    [Fact(Timeout = Limit)]
    public async Task A_file_of_20_megabytes_arrives_bit_for_bit()
    {
        var ada = await JoinAsync("file", "Ada", query: Person.NoDevices);
        var bo = await JoinAsync("file", "Bo", query: Person.NoDevices);
        await ada.SeesAsync(1);
        var digest = await ada.EvaluateAsync<string>(
            """
            async id => {
              const bytes = new Uint8Array(20 * 1024 * 1024);
              let x = 20261123;
              for (let i = 0; i < bytes.length; i++) bytes[i] = x = Math.imul(x, 1103515245) + 12345 >>> 8 & 0xffffff;
              await rtchub.call.sendFile(new File([bytes], "large.bin"), id);
              return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].join();
            }
            """,
            bo.Id);
        await bo.UntilAsync("() => rtchub.call.state.files[0]?.state === 'offered'");
        await bo.EvaluateAsync<object>("() => rtchub.call.acceptFile(rtchub.call.state.files[0].id)");
        await bo.UntilAsync("() => rtchub.call.state.files[0].state === 'complete'", seconds: 180);
        var received = await bo.EvaluateAsync<string>(
            "async () => [...new Uint8Array(await crypto.subtle.digest('SHA-256', await rtchub.call.state.files[0].blob.arrayBuffer()))].join()");
        Assert.Equal(digest, received);
        await ada.UntilAsync("() => rtchub.call.state.files[0].state === 'complete'");
    }

    [Fact(Timeout = Limit)]
    public async Task Without_camera_and_microphone_one_still_sees_and_hears()
    {
        var ada = await JoinAsync("listen", "Ada", 5);
        var bo = await JoinAsync("listen", "Bo", query: Person.NoDevices);
        await bo.SeesPictureOfAsync(ada);
        await bo.UntilAsync(
            "async () => [...(await rtchub.call.lab.peers()[0].pc.getStats()).values()].some(r => r.type === 'inbound-rtp' && r.kind === 'audio' && r.packetsReceived > 10)");
        Assert.False(await bo.EvaluateAsync<bool>("() => rtchub.call.state.media.audio || rtchub.call.state.media.video"));
    }

    [Fact(Timeout = Limit)]
    public async Task The_camera_off_frees_the_device_and_on_again_shows_the_picture()
    {
        var ada = await JoinAsync("off", "Ada");
        var bo = await JoinAsync("off", "Bo");
        await ada.SeesAsync(1);
        await bo.EvaluateAsync<object>("() => { window.track = rtchub.call.state.media.camera.getVideoTracks()[0]; }");
        await bo.Hook("camera").First.ClickAsync();
        await bo.UntilAsync("() => window.track.readyState === 'ended'");
        await ada.UntilAsync("() => rtchub.call.state.peers[0].media.video === false");
        await bo.Hook("camera").First.ClickAsync();
        var frames = await ada.FramesOfAsync(bo);
        await ada.UntilAsync("async ([id, frames]) => await framesOf(id) > frames + 5", new object[] { bo.Id, frames });
        await bo.Hook("mic").First.ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.peers[0].media.audio === false");
    }
}
