using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Tests.IceServers;

public sealed class IceServerEndpointsTests
{
    private static readonly string[] Turn = ["Turn:Urls:0=turn:t.example.org:3478", "Turn:Secret=north"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_has_the_hubs_own_stun_and_turn_credentials_for_the_user_named()
    {
        await using var hub = await TestHub.StartAsync(["Stun:Enabled=true", "Stun:Ports:0=0", .. Turn]);
        using var http = hub.Http();
        using var response = await http.GetAsync("/api/v1/ice-servers?user=ada@example.org", Cancel);
        Assert.True(response.Headers.CacheControl!.NoStore);
        var list = await response.Content.ReadFromJsonAsync(IceServerJson.Default.IceServerList, Cancel);
        Assert.Matches("^stun:127.0.0.1:[1-9][0-9]*$", Assert.Single(list!.Servers[0].Urls));
        Assert.Equal(TurnCredentials.Create("north", "ada@example.org", list.ExpiresAt!.Value), (list.Servers[1].Username, list.Servers[1].Credential));
    }

    [Fact]
    public async Task Nobody_in_particular_gets_an_id_of_his_own()
    {
        await using var hub = await TestHub.StartAsync(Turn);
        using var http = hub.Http();
        var first = await http.GetFromJsonAsync("/api/v1/ice-servers", IceServerJson.Default.IceServerList, Cancel);
        var second = await http.GetFromJsonAsync("/api/v1/ice-servers", IceServerJson.Default.IceServerList, Cancel);
        Assert.NotEqual(first!.Servers[0].Username!.Split(':')[1], second!.Servers[0].Username!.Split(':')[1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a:b")]
    [InlineData("a%0A")]
    [InlineData("%E6%9D%8E")]
    public async Task A_user_that_would_spoil_the_credentials_is_refused(string user)
    {
        await using var hub = await TestHub.StartAsync(Turn);
        using var http = hub.Http();
        using var response = await http.GetAsync($"/api/v1/ice-servers?user={user}", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("user", problem.RootElement.GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_hub_with_keys_hands_out_nothing_without_one()
    {
        var key = new string('k', 32);
        await using var hub = await TestHub.StartAsync([$"Auth:ApiKeys:0={key}", .. Turn]);
        using var http = hub.Http();
        using var refused = await http.GetAsync("/api/v1/ice-servers", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var given = await http.GetAsync("/api/v1/ice-servers", Cancel);
        Assert.Equal(HttpStatusCode.OK, given.StatusCode);
    }
}
