using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Tests.IceServers;

public sealed class IceServerSourceTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 10, 0, 0, 700, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly StunListener _stun = new(
        Options.Create(new StunOptions { Ports = [0, 0], Address = "127.0.0.1" }), TimeProvider.System, NullLogger<StunListener>.Instance);

    public async ValueTask InitializeAsync() => await _stun.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stun.StopAsync(CancellationToken.None);
        _stun.Dispose();
    }

    [Fact]
    public void Credentials_are_those_of_the_turn_rest_convention()
    {
        // printf %s '1795428000:k7mq4xtd' | openssl dgst -sha1 -hmac north -binary | base64
        var (username, credential) = TurnCredentials.Create("north", "k7mq4xtd", DateTimeOffset.FromUnixTimeSeconds(1_795_428_000));
        Assert.Equal("1795428000:k7mq4xtd", username);
        Assert.Equal("g2GVTbjDWu9ApC08YMjFOYWCfK0=", credential);
    }

    [Fact]
    public void Without_turn_there_is_the_hubs_own_stun_and_nothing_expires()
    {
        var list = Source().For("k7mq4xtd", "hub.example.org");
        Assert.Equal([$"stun:hub.example.org:{_stun.Ports[0]}"], Assert.Single(list.Servers).Urls);
        Assert.Null(list.ExpiresAt);
    }

    [Fact]
    public void With_turn_there_are_credentials_for_this_participant_until_the_ttl_is_over()
    {
        var source = Source(turn: new TurnOptions { Urls = ["turn:t.example.org:3478", "turns:t.example.org:5349?transport=tcp"], Secret = "north", TtlSeconds = 600 });
        var list = source.For("k7mq4xtd", "hub.example.org");
        Assert.Equal(2, list.Servers.Count);
        var turn = list.Servers[1];
        Assert.Equal(["turn:t.example.org:3478", "turns:t.example.org:5349?transport=tcp"], turn.Urls);
        var expiry = new DateTimeOffset(2026, 11, 23, 10, 10, 0, TimeSpan.Zero);
        Assert.Equal(expiry, list.ExpiresAt);
        Assert.Equal(TurnCredentials.Create("north", "k7mq4xtd", expiry), (turn.Username, turn.Credential));

        _time.Advance(TimeSpan.FromSeconds(300));
        Assert.Equal(expiry.AddSeconds(300), source.For("k7mq4xtd", "hub.example.org").ExpiresAt);
    }

    [Theory]
    [InlineData("192.0.2.1", null, "192.0.2.1")]
    [InlineData("[2001:db8::1]", null, "[2001:db8::1]")]
    [InlineData("10.0.0.5", "call.example.org", "call.example.org")]
    [InlineData("10.0.0.5", "2001:db8::1", "[2001:db8::1]")]
    public void Stun_is_where_the_client_reached_the_hub_unless_the_settings_know_better(string host, string? publicHost, string expected)
    {
        var urls = Source(new StunOptions { PublicHost = publicHost }).StunUrls(host);
        Assert.Equal(_stun.Ports.Select(port => $"stun:{expected}:{port}"), urls);
    }

    [Fact]
    public void A_request_without_a_host_gets_no_stun() => Assert.Empty(Source().For("k7mq4xtd", "").Servers);

    [Fact]
    public void The_json_is_what_a_browser_takes()
    {
        var list = Source(turn: new TurnOptions { Urls = ["turn:t.example.org"], Secret = "north" }).For("a", "h");
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(list, IceServerJson.Default.IceServerList));
        var servers = json.RootElement.GetProperty("servers");
        Assert.Equal(["urls"], servers[0].EnumerateObject().Select(member => member.Name));
        Assert.Equal(["urls", "username", "credential"], servers[1].EnumerateObject().Select(member => member.Name));
        Assert.Equal("2026-11-23T11:00:00+00:00", json.RootElement.GetProperty("expiresAt").GetString());
    }

    [Fact]
    public void The_secret_is_never_in_what_is_sent()
    {
        var list = Source(turn: new TurnOptions { Urls = ["turn:t.example.org"], Secret = "north" }).For("a", "h");
        Assert.DoesNotContain("north", JsonSerializer.Serialize(list, IceServerJson.Default.IceServerList), StringComparison.Ordinal);
    }

    private IceServerSource Source(StunOptions? stun = null, TurnOptions? turn = null) =>
        new(_stun, Options.Create(stun ?? new StunOptions()), Options.Create(turn ?? new TurnOptions()), _time);
}
