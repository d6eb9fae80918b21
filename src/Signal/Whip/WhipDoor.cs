using System.Net;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Whip;

/// <summary>
/// Who may publish or play, by what stands in <c>Authorization: Bearer</c>: an API key opens every room, a join token those of
/// its grants. On an open hub nothing is needed; there the passcode of a room that has one takes the place of the token, as
/// programs have no other field for it.
/// </summary>
internal sealed class WhipDoor(ApiKeys keys, JoinToken tokens, RoomDirectory rooms, PasscodeThrottle throttle, IOptions<RoomOptions> options)
{
    private const string Scheme = "Bearer ";

    /// <summary>Lets a request into a room, which is held open for it; the caller releases it when nothing comes of the session.</summary>
    /// <returns>The room and who the token says that it is, if it says so; or why not.</returns>
    public async Task<(Room? Room, string? Identity, HubError? Error)> EnterAsync(HttpContext context, WhipKind kind, string id, CancellationToken cancel)
    {
        if (!RoomId.MayBeChosen(id)) return (null, null, Errors.Invalid.With("A room is 3-64 characters of a-z, 0-9 and '-'.", "room"));
        var (claims, error) = Bearer(context.Request);
        if (error is not null) return (null, null, error);
        var grants = claims?.Grants ?? Grants.Open;
        if ((grants.Room is { } only && only != id) || !(kind == WhipKind.Whip ? grants.Publish : grants.Subscribe))
            return (null, null, Errors.Forbidden.With("Your token does not allow this here."));

        var mayCreate = kind == WhipKind.Whip && options.Value.CreateOnJoin;
        var (room, missing) = await rooms.OpenAsync(id, mayCreate, cancel);
        if (room is null) return (null, null, missing);
        if (Refuse(context, room.Record, claims) is { } refusal) return (null, null, refusal);
        return room.Hold() ? (room, claims?.Identity, null) : (null, null, Errors.RoomClosed);
    }

    private HubError? Refuse(HttpContext context, RoomRecord room, JoinClaims? claims)
    {
        // Who was given a token for this very room, or moderates, was let in by whoever gave it.
        if (claims is { Grants: { Moderate: true } or { Room: not null } }) return null;
        if (room.Locked) return Errors.RoomLocked;
        if (room.Lobby) return Errors.Forbidden.With("This room has a lobby, where programs cannot wait; use a token for this room.");
        return room.PasscodeHash is { } hash ? CheckPasscode(context, room.Id, hash) : null;
    }

    private HubError? CheckPasscode(HttpContext context, string room, string hash)
    {
        var passcode = Credential(context.Request);
        if (passcode is null) return Errors.PasscodeRequired.With("This room asks for a passcode; send it as the bearer token.");
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (throttle.WaitMs(address, room) is > 0 and var wait) return Errors.PasscodeWrong.With("Too many wrong passcodes; wait a moment.", retryAfterMs: wait);
        if (Passcode.Verify(passcode, hash)) return null;
        var retryAfterMs = throttle.Failed(address, room);
        return Errors.PasscodeWrong.With(retryAfterMs: retryAfterMs > 0 ? retryAfterMs : null);
    }

    // No claims and no error: an open hub, where everybody has the grants of everybody.
    private (JoinClaims? Claims, HubError? Error) Bearer(HttpRequest request)
    {
        if (!tokens.Required) return (null, null);
        if (Credential(request) is not { } credential) return (null, Errors.Unauthorized.With("This needs a join token: Authorization: Bearer TOKEN."));
        if (keys.Accept(request.Headers.Authorization.ToString())) return (new JoinClaims(Grants.Open with { Moderate = true }, null, null, DateTimeOffset.MaxValue), null);
        return tokens.Validate(credential);
    }

    private static string? Credential(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : null;
    }
}
