using System.Diagnostics;

namespace RtcHub.E2E.Tests;

/// <summary>Several hubs on one Redis behind one address, and a call whose people have their sockets at different ones.</summary>
public sealed class ClusterTests(Stage stage) : BrowserTest(stage)
{
    private static readonly TimeSpan ResumedWithin = TimeSpan.FromSeconds(5);

    private const string Connected =
        "others => rtchub.call.state.connection === 'connected' && rtchub.call.state.peers.length === others && rtchub.call.state.peers.every(p => p.signalling === 'connected' && p.connection === 'connected')";

    [Fact(Timeout = Limit)]
    public async Task A_call_across_two_hubs_goes_on_when_its_home_is_killed()
    {
        var redis = Own(await RedisProcess.StartAsync());
        var hubs = (HubProcess[])[await HubAsync(redis), await HubAsync(redis)];
        var ada = await JoinAsync("cluster", "Ada", 5, by: Own(new Wire(hubs[0].Address, hubs[1].Address)).Address);
        var bo = await JoinAsync("cluster", "Bo", 10, by: Own(new Wire(hubs[1].Address, hubs[0].Address)).Address);
        Person[] people = [ada, bo];
        await EverybodySeesEverybodyAsync(people);
        foreach (var one in people)
        {
            one.Expect(RecoveryTests.RefusedConnection);
            await one.EvaluateAsync<object>(RecoveryTests.Watch);
        }

        await ada.EvaluateAsync<object>("() => rtchub.call.raiseHand(true)");
        await bo.UntilAsync("() => rtchub.call.state.peers.some(p => p.hand)");
        await ada.EvaluateAsync<object>("() => { rtchub.call.chat('as it died').catch(() => {}); }");
        await hubs[0].KillAsync(); // Ada came first: the room lives there
        var since = Stopwatch.StartNew();
        await Task.WhenAll(people.Select(one => one.EvaluateAsync<object>("name => { rtchub.call.chat(`while it was away, ${name}`).catch(() => {}); }", one.Name)));
        foreach (var one in people) await one.UntilAsync("() => rtchub.call.state.chat.some(c => c.text === 'while it was away, Ada') && rtchub.call.state.chat.some(c => c.text === 'while it was away, Bo')");
        var resumed = since.Elapsed;
        foreach (var one in people) await one.UntilAsync(Connected, 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"Both had resumed {resumed.TotalMilliseconds:0} ms after the home was killed");
        Assert.True(resumed < ResumedWithin, $"they resumed after {resumed}");

        await ada.EvaluateAsync<object>("() => rtchub.call.chat('by the other node')");
        foreach (var one in people)
        {
            foreach (var text in (string[])["as it died", "while it was away, Ada", "while it was away, Bo", "by the other node"])
                await one.UntilAsync("text => rtchub.call.state.chat.filter(c => c.text === text).length === 1", text);
        }

        Assert.True(await bo.EvaluateAsync<bool>("id => rtchub.call.state.peers.find(p => p.id === id).hand !== null", ada.Id));
        await EverybodySeesEverybodyAsync(people);
        await RecoveryTests.NobodyNoticedAsync(people);
    }

    [Fact(Timeout = Limit)]
    public async Task All_hubs_are_restarted_one_after_the_other_under_a_call_and_nobody_notices()
    {
        var redis = Own(await RedisProcess.StartAsync());
        var hubs = (HubProcess[])[await HubAsync(redis), await HubAsync(redis)];
        var ada = await JoinAsync("rolling", "Ada", 5, by: Own(new Wire(hubs[0].Address, hubs[1].Address)).Address);
        var bo = await JoinAsync("rolling", "Bo", 10, by: Own(new Wire(hubs[1].Address, hubs[0].Address)).Address);
        Person[] people = [ada, bo];
        await EverybodySeesEverybodyAsync(people);
        foreach (var one in people)
        {
            one.Expect(RecoveryTests.RefusedConnection);
            one.Expect("503");
            await one.EvaluateAsync<object>(RecoveryTests.Watch);
        }

        for (var round = 0; round < 2; round++)
        {
            hubs[round].Terminate();
            var stopping = hubs[round].EndedAsync();
            for (var said = 0; !stopping.IsCompleted; said++)
                await people[said % 2].EvaluateAsync<object>("text => rtchub.call.chat(text)", $"{round} {said}");
            await stopping;
            foreach (var one in people) await one.UntilAsync(Connected, 1);
            await hubs[round].StartAgainAsync();
        }

        await ada.EvaluateAsync<object>("() => rtchub.call.chat('end')");
        await bo.UntilAsync("() => rtchub.call.state.chat.at(-1)?.text === 'end'");
        var heard = await bo.EvaluateAsync<string[]>("() => rtchub.call.state.chat.map(c => c.text)");
        Assert.Equal(heard.Distinct(), heard);
        foreach (var round in heard.Where(text => text.Contains(' ')).GroupBy(text => text[0]))
            Assert.Equal(round.Select(text => int.Parse(text[2..], System.Globalization.CultureInfo.InvariantCulture)).Order(), round.Select(text => int.Parse(text[2..], System.Globalization.CultureInfo.InvariantCulture)));
        await EverybodySeesEverybodyAsync(people);
        await RecoveryTests.NobodyNoticedAsync(people);
    }

    private async Task<HubProcess> HubAsync(RedisProcess redis) =>
        Own(await HubProcess.StartAsync($"Redis:Connection={redis.Connection}", "Sfu:Mode=Off", "Signal:DrainSeconds=2"));
}
