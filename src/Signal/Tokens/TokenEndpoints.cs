using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Hosting;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Tokens;

/// <summary><c>POST /tokens</c> in the REST group: what an application's server asks for before it lets a person join.</summary>
internal static class TokenEndpoints
{
    private const int MinTtl = 10;
    private const int MaxIdentity = 128;
    private const int MaxName = 64;

    public static RouteGroupBuilder MapTokens(this RouteGroupBuilder api)
    {
        api.MapPost("/tokens", MintAsync).WithTags("Tokens").Describe(TokenDocs.Mint);
        return api;
    }

    private static async Task<Results<Created<MintedToken>, Problem>> MintAsync(
        HttpContext context, JoinToken tokens, IOptions<AuthOptions> options, TimeProvider time)
    {
        if (!tokens.Required)
            return Problem.Of(Errors.Conflict.With("This hub has no keys, so everybody may join without a token. Tokens need Auth:ApiKeys."));
        var (body, unreadable) = await JsonBody.ReadAsync(context.Request, optional: true);
        if (body is null)
            return unreadable!;

        var maxTtl = (int)options.Value.MaxTokenLifetime.TotalSeconds;
        var room = body.Text("room", 3, RoomId.MaxLength, trim: false);
        if (room is not null && !RoomId.MayBeChosen(room))
            body.Fault("room", "'room' is the id of a room: 3-64 characters of a-z, 0-9 and '-'.");
        var identity = body.Text("identity", 1, MaxIdentity);
        var name = body.Text("name", 1, MaxName);
        var grants = new Grants(
            room, body.Flag("join") ?? true, body.Flag("publish") ?? true, body.Flag("subscribe") ?? true, body.Flag("data") ?? true,
            body.Flag("moderate") ?? false);
        var ttl = body.Number("ttlSeconds", MinTtl, maxTtl) is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Value.TokenLifetime;
        if (body.Faults() is { Count: > 0 } faults)
            return Problem.Of(faults);

        // A JWT knows whole seconds only.
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + ttl).ToUnixTimeSeconds());
        var token = tokens.Mint(new JoinClaims(grants, identity, name, expiresAt));
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created((string?)null, new MintedToken(token, expiresAt, grants));
    }
}

/// <summary>What a join token is to say; every member may be left out.</summary>
internal sealed record TokenInput
{
    [Description("The one room that the token is for; left out: any room, and direct calls.")]
    public string? Room { get; init; }

    [Description("Who this is to your application. Somebody who was kicked cannot come back with another token of the same identity."), StringLength(128, MinimumLength = 1)]
    public string? Identity { get; init; }

    [Description("The name that others see if the person gives none."), StringLength(64, MinimumLength = 1)]
    public string? Name { get; init; }

    [Description("May enter the room, or dial and be dialled."), DefaultValue(true)]
    public bool? Join { get; init; }

    [Description("May send audio and video."), DefaultValue(true)]
    public bool? Publish { get; init; }

    [Description("May receive the audio and video of others."), DefaultValue(true)]
    public bool? Subscribe { get; init; }

    [Description("May send chat and data."), DefaultValue(true)]
    public bool? Data { get; init; }

    [Description("Enters as a moderator: past lock, lobby and passcode."), DefaultValue(false)]
    public bool? Moderate { get; init; }

    [Description("How long it opens sockets, in seconds; at least 10, at most what Auth:MaxTokenLifetime allows. Left out: Auth:TokenLifetime, 6 hours unless set. A session that is in a room gets a newer token in time."), Range(10, int.MaxValue)]
    public int? TtlSeconds { get; init; }
}

/// <summary>A join token and what it says.</summary>
internal sealed record MintedToken(
    [property: Description("The JWT; hand it to the client, which says it in its hello. Never put it into a URL.")] string Token,
    [property: Description("When it stops opening sockets.")] DateTimeOffset ExpiresAt,
    [property: Description("What it allows.")] Grants Grants);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TokenInput))]
[JsonSerializable(typeof(MintedToken))]
internal sealed partial class TokenJson : JsonSerializerContext;
