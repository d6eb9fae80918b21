using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using RtcHub.Sfu.Control;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Hosting;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Whip;

/// <summary>
/// <c>/whip/{room}</c> (RFC 9725) and <c>/whep/{room}</c> (draft-ietf-wish-whep): how programs that are no browsers publish and
/// play. docs/whip.md describes them.
/// </summary>
internal sealed class WhipEndpoints(WhipDoor door, WhipRate rate, WhipSessions sessions, IceServerSource iceServers, ISfu sfu, HubMetrics metrics, IOptions<WhipOptions> options)
{
    /// <summary>The routes of both.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        var whip = Map(app, WhipKind.Whip);
        whip.MapPost("", (HttpContext context, [Description(WhipDocs.Room)] string room, WhipEndpoints it) => it.CreateAsync(context, WhipKind.Whip, room, play: null))
            .Describe(WhipDocs.Publish);
        var whep = Map(app, WhipKind.Whep);
        whep.MapPost("", (
            HttpContext context, [Description(WhipDocs.Room)] string room, WhipEndpoints it,
            [FromQuery, Description("Whom to play, as the room's list of sessions has it; left out: whoever publishes first, and then the next.")] string? participant = null) =>
            it.CreateAsync(context, WhipKind.Whep, room, participant ?? "*")).Describe(WhipDocs.Play);
    }

    private static RouteGroupBuilder Map(IEndpointRouteBuilder app, WhipKind kind)
    {
        var group = app.MapGroup($"/{kind.Name()}/{{room}}").WithTags("WHIP and WHEP").WithMetadata(new OfRoom("room"));
        group.MapMethods("", ["GET", "HEAD"], (HttpResponse response) => Look(response, kind)).ExcludeFromDescription();
        group.MapMethods("", ["OPTIONS"], (HttpResponse response) => WhipOrigins.Tell(Accepting(response, "Accept-Post", WhipOffer.Sdp), "POST")).ExcludeFromDescription();
        group.MapPatch("/{session}", (HttpContext context, [Description(WhipDocs.Room)] string room, [Description(WhipDocs.Session)] string session, WhipEndpoints it) =>
            it.PatchAsync(context, kind, room, session)).Describe(WhipDocs.Patch(kind));
        group.MapDelete("/{session}", (HttpContext context, [Description(WhipDocs.Room)] string room, [Description(WhipDocs.Session)] string session, WhipEndpoints it) =>
            it.DeleteAsync(context, kind, room, session)).Describe(WhipDocs.Delete(kind));
        group.MapMethods("/{session}", ["GET", "HEAD"], (HttpContext context, string room, string session, WhipEndpoints it) =>
            it.Find(context, kind, room, session).Error is { } error ? Problem.Of(error) : Results.NoContent()).ExcludeFromDescription();
        group.MapMethods("/{session}", ["OPTIONS"], (HttpResponse response) =>
            WhipOrigins.Tell(Accepting(response, "Accept-Patch", WhipOffer.Fragment), "PATCH, DELETE")).ExcludeFromDescription();
        return group;
    }

    private async Task<IResult> CreateAsync(HttpContext context, WhipKind kind, string room, string? play)
    {
        Accepting(context.Response, "Accept-Post", WhipOffer.Sdp);
        var (session, answer, error) = await OpenAsync(context, kind, room, play);
        metrics.WhipAnswered(kind, error?.Code ?? "created");
        if (session is null) return Problem.Of(error!);
        var headers = context.Response.Headers;
        headers.Location = $"{context.Request.PathBase}{context.Request.Path.Value!.TrimEnd('/')}/{session.Key}";
        headers.ETag = Tag(session.IceSession);
        headers.CacheControl = "no-store"; // There are credentials in it.
        headers.Link = new([.. IceServerLinks(session, context.Request.Host.Host)]);
        return Description(answer!, WhipOffer.Sdp, StatusCodes.Status201Created);
    }

    // 1 how often, how many; 2 the offer; 3 the door; 4 the media service.
    private async Task<(WhipSession? Session, string? Answer, HubError? Error)> OpenAsync(HttpContext context, WhipKind kind, string room, string? play)
    {
        if (rate.WaitMs(context.Connection.RemoteIpAddress) is > 0 and var wait) return (null, null, Errors.RateLimited.With(retryAfterMs: wait));
        if (sessions.IsFull) return (null, null, Errors.Unavailable.With("This hub has as many sessions as it takes.", retryAfterMs: RetryMs));
        var (offer, unreadable) = await WhipOffer.ReadAsync(context.Request, WhipOffer.Sdp);
        if (offer is null) return (null, null, unreadable);
        var (guest, refusal) = await door.EnterAsync(context, kind, room, context.RequestAborted);
        if (guest is null) return (null, null, Later(refusal!));
        try
        {
            if (WhipOffer.Check(kind, offer) is { } wrong)
            {
                guest.Leave();
                return (null, null, wrong);
            }

            var mediaRoom = guest.Room.Meeting!.Room;
            var answer = await sfu.ConnectAsync(new ConnectRequest(mediaRoom, guest.Participant, offer, play), context.RequestAborted);
            var session = await sessions.AddAsync(guest, mediaRoom, answer);
            if (!guest.Room.Closed) return (session, answer.Sdp, null);
            await sessions.EndAsync(session); // The room has ended meanwhile.
            return (null, null, Errors.RoomClosed);
        }
        catch (SfuException exception)
        {
            guest.Leave();
            return (null, null, Explain(exception));
        }
        catch
        {
            guest.Leave();
            throw;
        }
    }

    private async Task<IResult> PatchAsync(HttpContext context, WhipKind kind, string room, string key)
    {
        Accepting(context.Response, "Accept-Patch", WhipOffer.Fragment);
        var (session, error) = Find(context, kind, room, key);
        if (session is null) return Problem.Of(error!);
        var (fragment, unreadable) = await WhipOffer.ReadAsync(context.Request, WhipOffer.Fragment);
        if (fragment is null) return Problem.Of(unreadable!);
        if (Stale(context.Request, session) is { } stale) return Problem.Of(stale);
        try
        {
            if (await sfu.TrickleAsync(session.Transport, fragment, context.RequestAborted) is not { } restart) return Results.NoContent();
            sessions.Tag(session, restart.IceSession);
            context.Response.Headers.ETag = Tag(restart.IceSession);
            return Description(restart.Fragment, WhipOffer.Fragment, StatusCodes.Status200OK);
        }
        catch (SfuException exception)
        {
            return Problem.Of(Explain(exception));
        }
    }

    // RFC 9725 section 4.2: whoever deletes need not know the ICE session, so If-Match is not looked at.
    private async Task<IResult> DeleteAsync(HttpContext context, WhipKind kind, string room, string key)
    {
        var (session, error) = Find(context, kind, room, key);
        if (session is null) return Problem.Of(error!);
        await sessions.EndAsync(session);
        return Results.Ok();
    }

    private (WhipSession? Session, HubError? Error) Find(HttpContext context, WhipKind kind, string room, string key) => sessions.Find(kind, room, key) switch
    {
        null => (null, NoSession),
        var session when door.Refuse(context.Request, session) is { } refusal => (null, refusal),
        var session => (session, null),
    };

    // The draft of WHEP wants to be recognised by this.
    private static IResult Look(HttpResponse response, WhipKind kind)
    {
        if (kind == WhipKind.Whep) response.ContentType = WhipOffer.Sdp;
        return Results.Empty;
    }

    private static HubError? Stale(HttpRequest request, WhipSession session)
    {
        if (request.Headers.IfMatch.Count == 0) return Errors.PreconditionRequired.With(field: HeaderNames.IfMatch);
        var current = new EntityTagHeaderValue(Tag(session.IceSession));
        return request.GetTypedHeaders().IfMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(current, useStrongComparison: true))
            ? null
            : Errors.PreconditionFailed.With("ICE has been restarted since.", HeaderNames.IfMatch);
    }

    // RFC 9725 section 4.6. The name in the credentials goes to the TURN server and must be plain: not one that a token chose.
    private IEnumerable<string> IceServerLinks(WhipSession session, string host) =>
        from server in iceServers.For(session.Id, host).Servers
        from url in server.Urls
        select $"<{url}>; rel=\"ice-server\"" + (server.Username is null ? "" : $"; username=\"{server.Username}\"; credential=\"{server.Credential}\"; credential-type=\"password\"");

    private HubError Explain(SfuException exception) => exception.Error switch
    {
        SfuError.Invalid => Errors.Invalid.With(exception.Message),
        SfuError.NotFound => NoSession,
        SfuError.NotAcceptable => Errors.NotAcceptable.With(exception.Message),
        SfuError.NothingToPlay => Later(Errors.NothingToPlay),
        SfuError.Full => Errors.Unavailable.With("The media service is full.", retryAfterMs: RetryMs),
        SfuError.Unavailable => Errors.Unavailable.With("The media service is away.", retryAfterMs: RetryMs),
        _ => Errors.Conflict.With(exception.Message),
    };

    private int RetryMs => 1000 * options.Value.RetrySeconds;

    private HubError Later(HubError error) => error.Kind == Errors.NothingToPlay ? error with { RetryAfterMs = RetryMs } : error;

    private static HubError NoSession => Errors.NotFound.With("There is no such session; it may have ended.", "session");

    private static string Tag(string iceSession) => $"\"{iceSession}\"";

    private static HttpResponse Accepting(HttpResponse response, string header, string type)
    {
        response.Headers[header] = type;
        return response;
    }

    // Without a charset, which is none of this type's business and more than some clients expect.
    private static Text Description(string text, string type, int status) => new Text(Encoding.UTF8.GetBytes(text), type, status);

    private sealed record Text(byte[] Body, string Type, int Status) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            (httpContext.Response.StatusCode, httpContext.Response.ContentType, httpContext.Response.ContentLength) = (Status, Type, Body.Length);
            await httpContext.Response.Body.WriteAsync(Body, httpContext.RequestAborted);
        }
    }
}
