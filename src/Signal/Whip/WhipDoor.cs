using System.Net;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Whip;

/// <summary>
/// Who may publish or play, by what stands in <c>Authorization: Bearer</c>: an API key opens every room, a join token those of
/// its grants. On an open hub nothing is needed; there the passcode of a room that has one takes the place of the token, as
/// programs have no other field for it.
/// </summary>
internal sealed class WhipDoor(ApiKeys keys, JoinToken tokens, RoomDirectory rooms, IOptions<RoomOptions> options)
{
    private const string Scheme = "Bearer ";
    private static readonly Grants Everything = new(Moderate: true);

    /// <summary>Lets a request into a room; what comes of it must end with <see cref="WhipGuest.Leave"/>.</summary>
    public async Task<(WhipGuest? Guest, HubError? Error)> EnterAsync(HttpContext context, WhipKind kind, string id, CancellationToken cancel)
    {
        var (grants, identity, error) = Authorize(context.Request, kind, id);
        if (error is not null) return (null, error);
        if (!RoomId.MayBeChosen(id)) return (null, Errors.Invalid.With("A room is 3-64 characters of a-z, 0-9 and '-'.", "room"));

        var publishes = kind == WhipKind.Whip;
        var mayCreate = options.Value.CreateOnJoin;
        var (room, missing) = await rooms.OpenAsync(id, create: publishes && mayCreate, cancel, RoomMode.Sfu);
        if (room is null)
        {
            // The first publisher would make it: a player had better ask again than give up.
            return (null, missing!.Kind == Errors.NotFound ? mayCreate ? Errors.NothingToPlay : Errors.NotFound.With("There is no room of that id.", "room") : missing);
        }

        // Who has a token for this very room, or moderates, was let past lobby and passcode by whoever gave it.
        var isInvited = grants.Moderate || grants.Room is not null;
        if (room.Record.Lobby && !isInvited) return (null, Errors.Forbidden.With("This room has a lobby, where programs cannot wait; use a token for this room."));
        if (!isInvited && rooms.CheckPasscode(context.Connection.RemoteIpAddress ?? IPAddress.None, room, Passcode(context.Request)) is { } wrong) return (null, wrong);
        if (room.EnterProgram(publishes, grants, identity) is { } refusal) return (null, refusal);
        return (new WhipGuest(kind, room, identity ?? ParticipantId.New(), tokens.Required ? WhipGuest.Hash(Credential(context.Request)!) : null), null);
    }

    /// <summary>Whether a request may touch a session: with what opened it, or with what would open another of its kind.</summary>
    public HubError? Refuse(HttpRequest request, WhipSession session) =>
        session.Guest.Showed(Credential(request)) ? null : Authorize(request, session.Kind, session.Room.Id).Error;

    private (Grants Grants, string? Identity, HubError? Error) Authorize(HttpRequest request, WhipKind kind, string room)
    {
        if (!tokens.Required) return (Grants.Open, null, null);
        if (Credential(request) is not { } credential) return Refused(Errors.Unauthorized.With("This needs a join token: Authorization: Bearer TOKEN."));
        if (keys.Accept(request.Headers.Authorization.ToString())) return (Everything, null, null);
        var (claims, error) = tokens.Validate(credential);
        if (claims is null) return Refused(error!);
        var (grants, publishes) = (claims.Grants, kind == WhipKind.Whip);
        if (!grants.Join || (grants.Room is { } only && only != room)) return Refused(Errors.Forbidden.With("Your token is not for this room."));
        if (!(publishes ? grants.Publish : grants.Subscribe)) return Refused(Errors.Forbidden.With($"Your token does not allow you to {(publishes ? "publish" : "play")}."));
        return (grants, claims.Identity, null);

        static (Grants, string?, HubError) Refused(HubError error) => (Grants.Open, null, error);
    }

    // On a hub with keys the place of the passcode is taken by the token.
    private string? Passcode(HttpRequest request) => tokens.Required ? null : Credential(request);

    private static string? Credential(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : null;
    }
}
