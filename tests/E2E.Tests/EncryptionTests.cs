using System.Net.Http.Json;

namespace RtcHub.E2E.Tests;

/// <summary>Rooms whose key is the end of their link: who has it sees and hears, from browser to browser and through the media service.</summary>
public sealed class EncryptionTests(Stage stage) : BrowserTest(stage)
{
    private const string Key = "#k=0123456789abcdefghijklmnopqrstuvwxyzABCDE-_";
    private const string AnotherKey = "#k=EDCBAzyxwvutsrqponmlkjihgfedcba9876543210-_";
    private const string Topology = "t => rtchub.call.state.room.topology === t && !rtchub.call.state.moving";
    private const string Opens = "([id, opens]) => rtchub.call.state.peers.find(p => p.id === id)?.decrypts === opens";

    [Fact(Timeout = Limit)]
    public async Task A_late_joiner_sees_everybody_in_a_mesh_and_through_the_media_service_and_leaving_changes_the_key()
    {
        await UseHubAsync("Rooms:MeshLimit=2");
        var ada = await JoinAsync("secret", "Ada", 5, Person.AllDevices + Key);
        var bo = await JoinAsync("secret", "Bo", 6, Person.AllDevices + Key);
        await EverybodySeesEverybodyAsync(ada, bo);
        await OpensAsync(ada, bo, true);
        await ada.UntilAsync("() => rtchub.call.state.e2ee.status === 'on'");

        var cy = await JoinAsync("secret", "Cy", 7, Person.AllDevices + Key);
        await cy.UntilAsync(Topology, "sfu");
        await EverybodySeesEverybodyAsync(ada, bo, cy);
        await OpensAsync(cy, ada, true);
        await OpensAsync(bo, cy, true);
        await ada.ShootAsync("encrypted-sfu");

        const string Epoch = "n => rtchub.call.state.e2ee.epoch === n";
        foreach (var one in (Person[])[ada, bo, cy])
            await one.UntilAsync(Epoch, 0);
        await ada.Hook("leave").First.ClickAsync();
        foreach (var one in (Person[])[bo, cy])
            await one.UntilAsync(Epoch, 1);
        await EverybodySeesEverybodyAsync(bo, cy);
        await OpensAsync(bo, cy, true);

        var di = await JoinAsync("secret", "Di", 8, Person.AllDevices + Key);
        await EverybodySeesEverybodyAsync(bo, cy, di);
        await OpensAsync(di, bo, true);
        await di.UntilAsync(Epoch, 1);
    }

    [Theory(Timeout = Limit)]
    [InlineData(4, "mesh")]
    [InlineData(1, "sfu")]
    public async Task With_another_key_nothing_is_seen_and_both_sides_are_told_why(int meshLimit, string topology)
    {
        await UseHubAsync($"Rooms:MeshLimit={meshLimit}");
        var ada = await JoinAsync("secret", "Ada", 5, Person.AllDevices + Key);
        var bo = await JoinAsync("secret", "Bo", 6, Person.AllDevices + Key);
        await EverybodySeesEverybodyAsync(ada, bo);
        var eve = await JoinAsync("secret", "Eve", 7, Person.AllDevices + AnotherKey);
        await eve.UntilAsync(Topology, topology);
        await eve.Hook("key-problem", "[data-reason=waiting]").WaitForAsync();
        await OpensAsync(ada, eve, false);
        await OpensAsync(eve, ada, false);
        await ada.Browser.Locator($"[data-test=tile][data-peer='{eve.Id}'] [data-test=tile-trouble][data-reason=key]").WaitForAsync();
        await eve.ShootAsync($"encrypted-other-key-{topology}");
        Assert.Equal(0, await eve.FramesOfAsync(ada));
        Assert.Equal(0, await ada.FramesOfAsync(eve));
        await EverybodySeesEverybodyAsync(ada, bo);
    }

    [Fact(Timeout = Limit)]
    public async Task Without_the_key_nothing_is_sent_and_pasting_the_link_brings_one_in()
    {
        using var http = new HttpClient { BaseAddress = Hub.Address };
        var made = await http.PostAsJsonAsync("api/v1/rooms", new { id = "vault", metadata = new { e2ee = true } }, TestContext.Current.CancellationToken);
        made.EnsureSuccessStatusCode();
        var ada = await JoinAsync("vault", "Ada", 5, Person.AllDevices + Key);
        var bo = await JoinAsync("vault", "Bo", 6);
        await bo.Hook("key-problem", "[data-reason=missing]").WaitForAsync();
        Assert.False(await ada.EvaluateAsync<bool>("() => { const { media } = rtchub.call.state.peers[0]; return media.audio || media.video; }"));

        await bo.Hook("key-link").FillAsync($"{Hub.Address}r/vault{Key}");
        await bo.Hook("key-use").ClickAsync();
        await bo.UntilAsync("() => window.rtchub?.call.state.e2ee?.status === 'on'");
        await bo.ReadyAsync();
        await bo.ShowCodeAsync();
        await EverybodySeesEverybodyAsync(ada, bo);
    }

    [Fact(Timeout = Limit)]
    public async Task A_new_room_gets_a_key_that_the_hub_never_sees_and_the_invitation_has_it()
    {
        var ada = await OpenAsync("");
        await ada.ReadyAsync();
        await ada.Hook("new-options").ClickAsync();
        await ada.Hook("new-e2ee").CheckAsync();
        await ada.Hook("start").ClickAsync();
        await ada.Hook("join").ClickAsync();
        await ada.UntilAsync("() => rtchub.call.state.room?.metadata?.e2ee === true && rtchub.call.state.e2ee?.status === 'on'");
        var key = await ada.EvaluateAsync<string>("() => /#k=([\\w-]{43})$/.exec(location.href)[1]");
        Assert.EndsWith("#k=" + key, await ada.EvaluateAsync<string>("() => document.querySelector('[data-test=alone] input').value"), StringComparison.Ordinal);
        Assert.DoesNotContain(key, Hub.Output, StringComparison.Ordinal);
    }

    private static Task OpensAsync(Person one, Person other, bool opens) => one.UntilAsync(Opens, new object[] { other.Id, opens });
}
