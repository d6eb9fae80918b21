using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RtcHub.Signal.Tokens;

/// <summary>What a join token says.</summary>
/// <param name="Identity">Who this is to the application that asked for the token (<c>sub</c>), or null.</param>
/// <param name="Name">The name that others see if the person gives none, or null.</param>
/// <param name="ExpiresAt">After this the token opens no socket any more; one that is open stays and is sent a newer token.</param>
internal sealed record JoinClaims(Grants Grants, string? Identity, string? Name, DateTimeOffset ExpiresAt);

/// <summary>
/// Join tokens: JWTs (RFC 7519) with HS256 and no other algorithm, and a claim <c>grants</c>. The signing keys are derived
/// from the API keys (HKDF, RFC 5869), so that a token never helps to guess a key and one setting turns everything on.
/// </summary>
internal sealed class JoinToken
{
    private const string Issuer = "rtchub";
    private const string GrantsClaim = "grants";
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SymmetricSecurityKey[] _keys;
    private readonly TimeProvider _time;

    public JoinToken(IOptions<AuthOptions> options, TimeProvider time)
    {
        _time = time;
        _keys = [.. options.Value.ApiKeys.Select(SigningKey)];
    }

    /// <summary>Keys are set: nobody joins without a token.</summary>
    public bool Required => _keys.Length > 0;

    /// <summary>Signs a token with the first key.</summary>
    public string Mint(JoinClaims claims)
    {
        var payload = new Dictionary<string, object>
        {
            [GrantsClaim] = JsonSerializer.SerializeToElement(claims.Grants, GrantsJson.Default.Grants),
        };
        if (claims.Identity is not null)
            payload[JwtRegisteredClaimNames.Sub] = claims.Identity;
        if (claims.Name is not null)
            payload[JwtRegisteredClaimNames.Name] = claims.Name;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            IssuedAt = _time.GetUtcNow().UtcDateTime,
            Expires = claims.ExpiresAt.UtcDateTime,
            Claims = payload,
            SigningCredentials = new SigningCredentials(_keys[0], SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>A token of the same grants and the same length of life, starting now.</summary>
    /// <param name="lifetime">The whole life of the token that is renewed.</param>
    public (string Token, DateTimeOffset ExpiresAt) Renew(JoinClaims claims, TimeSpan lifetime)
    {
        var renewed = claims with { ExpiresAt = _time.GetUtcNow() + lifetime };
        return (Mint(renewed), renewed.ExpiresAt);
    }

    public (JoinClaims? Claims, HubError? Error) Validate(string token)
    {
        // Synchronous in truth: nothing is fetched for symmetric keys.
        var result = _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidateAudience = false,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKeys = _keys,
            TryAllIssuerSigningKeys = true,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (_, expires, _, _) => expires + ClockSkew > _time.GetUtcNow().UtcDateTime,
        }).GetAwaiter().GetResult();
        if (!result.IsValid)
        {
            return (null, result.Exception is SecurityTokenInvalidLifetimeException
                ? Errors.Unauthorized.With("The token has expired; come back with a newer one.")
                : Errors.Unauthorized.With("The token is not one of this hub."));
        }

        var jwt = (JsonWebToken)result.SecurityToken;
        if (!jwt.TryGetPayloadValue<JsonElement>(GrantsClaim, out var claim) || claim.ValueKind != JsonValueKind.Object)
            return (null, Errors.Unauthorized.With("The token has no grants."));
        try
        {
            var grants = claim.Deserialize(GrantsJson.Default.Grants)!;
            jwt.TryGetPayloadValue<string>(JwtRegisteredClaimNames.Sub, out var identity);
            jwt.TryGetPayloadValue<string>(JwtRegisteredClaimNames.Name, out var name);
            return (new JoinClaims(grants, identity, name, new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero)), null);
        }
        catch (JsonException)
        {
            return (null, Errors.Unauthorized.With("The token's grants are not as they should be."));
        }
    }

    private static SymmetricSecurityKey SigningKey(string apiKey) =>
        new(HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(apiKey), 32, info: "rtchub join token"u8.ToArray()));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Grants))]
internal sealed partial class GrantsJson : JsonSerializerContext;
