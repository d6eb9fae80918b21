using System.Text.Json;
using Microsoft.Playwright;

namespace RtcHub.E2E.Tests;

/// <summary>The hub dies and comes back, sockets drop, and the call goes on.</summary>
public sealed class HubDeathTests : BrowserTest
{
    // Notes, every half second in the page, how many frames have been decoded: gaps show even when the test looks away.
    private const string Watch = """
        id => { window.frames_seen = []; window.frames_timer = setInterval(async () => frames_seen.push(await framesOf(id)), 500); }
        """;

    // The longest run of samples without a new frame.
    private const string LongestStill = """
        () => { let longest = 0, still = 0; for (let i = 1; i < frames_seen.length; i++) { still = frames_seen[i] > frames_seen[i - 1] ? 0 : still + 1; longest = Math.max(longest, still); } return longest; }
        """;

    [Fact]
    public async Task Killed_during_a_call_the_picture_never_stops_and_everybody_is_back_where_they_were()
    {
        var ada = await JoinAsync("survivors", "Ada", 5);
        var bo = await JoinAsync("survivors", "Bo", 10);
        await ada.SeesPictureOfAsync(bo);
        await bo.SeesPictureOfAsync(ada);
        await ada.ChatAsync("before the end");
        await bo.ReadsAsync("before the end");
        await bo.EvaluateAsync<object>("() => rtchub.call.raiseHand(true)");
        await ada.UntilAsync("() => rtchub.call.state.peers[0].hand");
        await ada.EvaluateAsync<object>(Watch, bo.Id);
        await bo.EvaluateAsync<object>(Watch, ada.Id);

        await Hub.KillAsync();
        await ada.UntilAsync("() => rtchub.call.state.connection === 'reconnecting'");
        await ada.Hook("reconnecting").WaitForAsync();
        await ada.ShootAsync("reconnecting");
        // Said while there is nobody to hear it: it is sent when the hub is back, once.
        await ada.EvaluateAsync<object>("() => { rtchub.call.chat('while it was dead'); }");
        await ada.UntilAsync("() => window.frames_seen.length > 10");
        await Hub.StartAgainAsync();

        await ada.UntilAsync("() => rtchub.call.state.connection === 'connected'");
        await bo.UntilAsync("() => rtchub.call.state.connection === 'connected'");
        await bo.UntilAsync("() => rtchub.call.state.peers.length === 1 && rtchub.call.state.peers[0].signalling === 'connected'");
        await bo.ReadsAsync("while it was dead");
        await bo.ReadsAsync("before the end");
        Assert.Equal(ada.Id, await ada.EvaluateAsync<string>("() => rtchub.call.state.self.id"));
        Assert.Equal("moderator", await ada.EvaluateAsync<string>("() => rtchub.call.state.self.role"));
        Assert.True(await ada.EvaluateAsync<bool>("() => !!rtchub.call.state.peers[0].hand"));
        await ada.SeesPictureOfAsync(bo);
        // Two samples (a second) without a frame may be the machine; a call that was torn down and made again takes longer.
        Assert.InRange(await ada.EvaluateAsync<int>(LongestStill), 0, 4);
        Assert.InRange(await bo.EvaluateAsync<int>(LongestStill), 0, 4);
    }

    [Fact]
    public async Task A_lost_socket_shows_as_reconnecting_and_nobody_leaves()
    {
        var ada = await JoinAsync("sockets", "Ada", 5);
        var bo = await JoinAsync("sockets", "Bo", 10);
        await ada.SeesPictureOfAsync(bo);
        await ada.EvaluateAsync<object>(
            """
            () => { window.seen = []; rtchub.call.addEventListener("notice", (e) => seen.push(e.detail.code));
                    rtchub.call.addEventListener("change", () => { const s = rtchub.call.state.peers[0]?.signalling; if (s !== seen.at(-1)) seen.push(s); }); }
            """);
        await bo.Browser.Context.SetOfflineAsync(true);
        await ada.EvaluateAsync<object>("id => { rtchub.call.send({ n: 1 }, id); rtchub.call.send({ n: 2 }, id); }", bo.Id);
        await bo.EvaluateAsync<object>("() => { window.got = []; rtchub.call.addEventListener('data', (e) => got.push(e.detail.data.n)); }");
        await ada.UntilAsync("() => seen.includes('reconnecting')", seconds: 90);
        await bo.Browser.Context.SetOfflineAsync(false);
        await bo.EvaluateAsync<object>("() => rtchub.call.retry()");
        await ada.UntilAsync("() => seen.at(-1) === 'connected'");
        await bo.UntilAsync("() => got.length >= 2");
        Assert.Equal("[1,2]", JsonSerializer.Serialize(await bo.EvaluateAsync<int[]>("() => got")));
        Assert.DoesNotContain(await ada.EvaluateAsync<string[]>("() => seen"), s => s is "left" or "joined");
        await ada.SeesPictureOfAsync(bo);
    }

    [Fact]
    public async Task The_same_session_in_a_second_place_takes_over_and_the_first_says_so()
    {
        var ada = new Person(await Browser.NewPageAsync(), "Ada", 0);
        var welcome = new TaskCompletionSource<JsonElement>();
        ada.Browser.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) =>
        {
            if (frame.Text?.StartsWith("""{"t":"welcome""", StringComparison.Ordinal) == true)
                welcome.TrySetResult(JsonElement.Parse(frame.Text));
        };
        await ada.Browser.GotoAsync($"{Hub.Address}r/twice?name=Ada{Person.NoDevices}");
        await ada.UntilAsync("() => rtchub.call.state.room");
        var self = (await welcome.Task).GetProperty("d").GetProperty("self");
        await ada.EvaluateAsync<object>(
            """
            ([id, secret]) => {
              window.second = new WebSocket(`${location.origin.replace("http", "ws")}/ws`, "rtchub.v1");
              second.onopen = () => second.send(JSON.stringify({ t: "hello", d: { name: "Ada", resume: { id, secret, seq: 0 } } }));
            }
            """,
            new object[] { self.GetProperty("id").GetString()!, self.GetProperty("secret").GetString()! });
        await ada.UntilAsync("() => rtchub.call.state.connection === 'superseded'");
        await ada.ShootAsync("superseded");
        await Assertions.Expect(ada.Browser.Locator("body")).ToContainTextAsync("elsewhere");
    }
}
