using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using RtcHub.Sfu.Hosting;
using RtcHub.Signal.Diagnosis;
using RtcHub.Signal.Tests.IceServers;

namespace RtcHub.Signal.Tests.Diagnosis;

/// <summary>The hub asks what it tells clients, and says what an operator should do.</summary>
public sealed class SelfTestTests
{
    private const string Secret = "a secret shared with coturn";
    private static readonly string[] Here = ["Sfu:ListenAddresses:0=127.0.0.1", "Sfu:AnnouncedAddresses:0=127.0.0.1"];

    [Fact]
    public async Task Its_own_ports_answer_by_udp_and_tcp()
    {
        await using var hub = await TestHub.StartAsync([.. Here, "Stun:Enabled=true", "Stun:Ports:0=0", "Stun:Address=127.0.0.1"]);
        var found = await AskAsync(hub);
        Assert.Equal(["stun", "media", "media"], found["checks"]!.AsArray().Select(check => (string)check!["kind"]!));
        Assert.All(found["checks"]!.AsArray(), check => Assert.Equal(("ok", null), ((string)check!["outcome"]!, (string?)check["advice"])));
        Assert.Equal(["udp", "tcp"], found["checks"]!.AsArray().Skip(1).Select(check => ((string)check!["target"]!)[..3]));
        Assert.Equal(["loopbackOnly", "noTurn"], Warnings(found));
    }

    [Fact]
    public async Task An_address_that_is_not_the_services_is_named_with_what_to_do()
    {
        await using var hub = await TestHub.StartAsync("Sfu:ListenAddresses:0=127.0.0.1", "Sfu:AnnouncedAddresses:0=127.0.0.9");
        var found = await AskAsync(hub);
        Assert.All(found["checks"]!.AsArray(), check =>
        {
            Assert.Equal("refused", (string)check!["outcome"]!);
            Assert.Contains("Sfu:AnnouncedAddresses", (string)check["advice"]!, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Without_a_media_service_and_stun_it_says_so()
    {
        await using var hub = await TestHub.StartAsync("Sfu:Mode=Off");
        var found = await AskAsync(hub);
        Assert.Empty(found["checks"]!.AsArray());
        Assert.Equal(["noMedia", "noStun", "noTurn"], Warnings(found));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(Secret, "ok")]
    [InlineData("another one", "unauthorized")]
    public async Task A_turn_server_relays_with_its_own_secret_only(string secret, string outcome)
    {
        await using var coturn = CoturnProcess.Start(Secret);
        await ListensAsync(coturn.Address);
        await using var hub = await TestHub.StartAsync(
            [.. Here, $"Turn:Secret={secret}", $"Turn:Urls:0=turn:{coturn.Address}?transport=udp", $"Turn:Urls:1=turn:{coturn.Address}?transport=tcp"]);
        var turn = (await AskAsync(hub))["checks"]!.AsArray().Where(check => (string)check!["kind"]! == "turn").ToArray();
        Assert.Equal([outcome, outcome], turn.Select(check => (string)check!["outcome"]!));
        if (outcome != "ok") Assert.Contains("Turn:Secret", (string)turn[0]!["advice"]!, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, turn[0]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turn_server_that_is_not_there_speaks_no_turn_or_has_a_certificate_of_its_own_is_told_apart()
    {
        using var nobody = new Socket(SocketType.Dgram, ProtocolType.Udp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var silent = ((IPEndPoint)nobody.LocalEndPoint!).Port;
        var closed = TestMachine.FreeUdpPort();
        await using var hub = await TestHub.StartAsync("Sfu:Mode=Off", "Stun:Enabled=false", "Turn:Secret=x");
        var web = hub.Address.Port;
        await using var other = await TestHub.StartAsync(
            "Sfu:Mode=Off", "Turn:Secret=x", $"Turn:Urls:0=turn:127.0.0.1:{silent}", $"Turn:Urls:1=turn:127.0.0.1:{closed}",
            $"Turn:Urls:2=turn:127.0.0.1:{web}?transport=tcp", $"Turn:Urls:3=turns:127.0.0.1:{web}", "Turn:Urls:4=turns:127.0.0.1:5349?transport=udp");
        var outcomes = (await AskAsync(other))["checks"]!.AsArray().Select(check => (string)check!["outcome"]!);
        // TLS of a port that speaks none ends as it does; DTLS is not tried.
        Assert.Equal(["noAnswer", "refused", "notUnderstood"], outcomes.Take(3));
        Assert.Equal(4, outcomes.Count());
        Assert.NotEqual("ok", outcomes.Last());
    }

    [Fact]
    public async Task Whoever_asks_at_once_shares_the_answer_and_a_hub_with_keys_asks_for_one()
    {
        await using (var open = await TestHub.StartAsync(Here))
            Assert.Equal((string)(await AskAsync(open))["at"]!, (string)(await AskAsync(open))["at"]!);
        await using var hub = await TestHub.StartAsync([.. Here, "Auth:ApiKeys:0=0123456789abcdef0123456789abcdef"]);
        using var http = hub.Http();
        (await http.SendAsync("GET", "/api/v1/diagnosis")).Expect(HttpStatusCode.Unauthorized);
        (await http.SendAsync("GET", "/api/v1/diagnosis", key: "Bearer 0123456789abcdef0123456789abcdef")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public void Every_outcome_but_a_good_one_has_advice()
    {
        foreach (var kind in (string[])[Advice.Stun, Advice.Media, Advice.Turn])
            Assert.All(Enum.GetValues<ProbeOutcome>(), outcome => Assert.Equal(outcome == ProbeOutcome.Ok, Advice.Of(kind, outcome) is null));
    }

    [Theory]
    [InlineData("turn:turn.example.org", StunWay.Udp, "turn.example.org", 3478)]
    [InlineData("turn:192.0.2.1:3479?transport=tcp", StunWay.Tcp, "192.0.2.1", 3479)]
    [InlineData("turns:turn.example.org", StunWay.Tls, "turn.example.org", 5349)]
    [InlineData("turns:[2001:db8::1]:443?transport=tcp", StunWay.Tls, "[2001:db8::1]", 443)]
    [InlineData("turn:[2001:db8::1]", StunWay.Udp, "[2001:db8::1]", 3478)]
    public void A_turn_url_says_where_and_how(string url, StunWay way, string host, int port) => Assert.Equal((way, host, port), TurnProbe.Parse(url));

    private static async Task<JsonObject> AskAsync(TestHub hub)
    {
        using var http = hub.Http();
        return (await http.SendAsync("GET", "/api/v1/diagnosis")).Expect(HttpStatusCode.OK).Json!;
    }

    private static IEnumerable<string> Warnings(JsonObject found) => found["warnings"]!.AsArray().Select(warning => (string)warning!["code"]!);

    // It opens its ports a moment after it was started.
    private static async Task ListensAsync(IPEndPoint address)
    {
        while ((await Probe.BindingAsync("coturn", StunWay.Tcp, address.Address.ToString(), address.Port, TestContext.Current.CancellationToken)).Outcome != ProbeOutcome.Ok)
            await Task.Yield();
    }
}
