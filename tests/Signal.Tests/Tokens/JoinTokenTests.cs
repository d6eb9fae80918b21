using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Tests.Tokens;

public sealed class JoinTokenTests
{
    private const string Old = "old-key-of-at-least-32-characters-000";
    private const string New = "new-key-of-at-least-32-characters-000";
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Now);

    [Fact]
    public void What_is_signed_is_what_is_read()
    {
        var claims = new JoinClaims(new Grants("blue-fox-42", Join: true, Publish: false, Subscribe: true, Data: false, Moderate: true), "u17", "Ada", Now.AddHours(1));
        var tokens = Tokens(New);
        var (read, error) = tokens.Validate(tokens.Mint(claims));
        Assert.Null(error);
        Assert.Equal(claims, read);
    }

    [Fact]
    public void Keys_are_changed_without_anybody_noticing()
    {
        var before = Tokens(Old).Mint(Claims);
        Assert.NotNull(Tokens(New, Old).Validate(before).Claims);
        Assert.NotNull(Tokens(Old, New).Validate(Tokens(New, Old).Mint(Claims)).Claims);
        Assert.Equal(Errors.Unauthorized, Tokens(New).Validate(before).Error!.Kind);
    }

    [Fact]
    public void The_key_itself_signs_nothing()
    {
        var handler = new Microsoft.IdentityModel.JsonWebTokens.JsonWebTokenHandler();
        var key = new Microsoft.IdentityModel.Tokens.SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(New));
        var forged = handler.CreateToken(
            """{"iss":"rtchub","exp":4000000000,"grants":{"join":true}}""", new Microsoft.IdentityModel.Tokens.SigningCredentials(key, "HS256"));
        Assert.Equal(Errors.Unauthorized, Tokens(New).Validate(forged).Error!.Kind);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3629, true)]
    [InlineData(3630, false)]
    public void It_ends_half_a_minute_after_its_time(int seconds, bool good)
    {
        var token = Tokens(New).Mint(Claims);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(good, Tokens(New).Validate(token).Error is null);
    }

    [Fact]
    public void Renewed_it_says_the_same_from_now_on()
    {
        var tokens = Tokens(New);
        _time.Advance(TimeSpan.FromMinutes(30));
        var (token, expiresAt) = tokens.Renew(Claims, TimeSpan.FromHours(1));
        Assert.Equal(Now.AddMinutes(90), expiresAt);
        Assert.Equal(Claims with { ExpiresAt = expiresAt }, tokens.Validate(token).Claims);
    }

    private static JoinClaims Claims => new(new Grants(), null, null, Now.AddHours(1));

    private JoinToken Tokens(params string[] keys)
    {
        var options = new AuthOptions();
        foreach (var key in keys)
            options.ApiKeys.Add(key);
        return new JoinToken(Options.Create(options), _time);
    }
}
