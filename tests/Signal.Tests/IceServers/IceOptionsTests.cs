using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Tests.IceServers;

public sealed class IceOptionsTests
{
    [Fact]
    public void The_defaults_are_valid()
    {
        Assert.Empty(Errors(new StunOptions()));
        Assert.Empty(Errors(new TurnOptions()));
        Assert.Equal([3478, 3479], new StunOptions().EffectivePorts);
    }

    [Fact]
    public void Configured_ports_replace_the_default_ones()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Stun:Ports:0", "5000")]).Build();
        Assert.Equal([5000], configuration.GetSection(StunOptions.Section).Get<StunOptions>()!.EffectivePorts);
    }

    [Fact]
    public void Turn_servers_without_a_secret_are_refused() =>
        Assert.Contains("Turn:Secret", Assert.Single(Errors(new TurnOptions { Urls = ["turn:t.example.org"] })), StringComparison.Ordinal);

    [Theory]
    [InlineData("stun:t.example.org")]
    [InlineData("t.example.org")]
    [InlineData("turn:")]
    public void What_is_no_turn_url_is_refused(string url) => Assert.Single(Errors(new TurnOptions { Urls = [url], Secret = "north" }));

    [Theory]
    [InlineData(59)]
    [InlineData(86_401)]
    public void A_life_too_short_or_too_long_is_refused(int seconds) => Assert.Single(Errors(new TurnOptions { TtlSeconds = seconds }));

    [Fact]
    public void Wrong_stun_settings_are_refused()
    {
        Assert.Single(Errors(new StunOptions { Ports = [70_000] }));
        Assert.Single(Errors(new StunOptions { Ports = [5000, 5000] }));
        Assert.Empty(Errors(new StunOptions { Ports = [0, 0] }));
        Assert.Single(Errors(new StunOptions { Address = "everywhere" }));
        Assert.Single(Errors(new StunOptions { PublicHost = "https://hub.example.org" }));
        Assert.Single(Errors(new StunOptions { PublicHost = "hub.example.org:3478" }));
        Assert.Empty(Errors(new StunOptions { PublicHost = "[2001:db8::1]" }));
        Assert.Single(Errors(new StunOptions { RequestsPerSecond = 0 }));
    }

    private static List<string> Errors(object options)
    {
        List<ValidationResult> results = [];
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return [.. results.Select(result => result.ErrorMessage!)];
    }
}
