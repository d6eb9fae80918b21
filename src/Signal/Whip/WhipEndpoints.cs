using System.Buffers;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using RtcHub.Sfu.Control;
using RtcHub.Signal.Hosting;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Whip;

/// <summary>
/// <c>/whip/{room}</c> (RFC 9725) and <c>/whep/{room}</c> (draft-ietf-wish-whep): how programs that are no browsers publish and
/// play. docs/whip.md describes them.
/// </summary>
internal static class WhipEndpoints
{
    private const string Sdp = "application/sdp";
    private const string Fragment = "application/trickle-ice-sdpfrag";
    private const int MaxBody = 256 * 1024;

    public static IServiceCollection AddWhip(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<WhipOptions>().BindConfiguration(WhipOptions.Section).ValidateDataAnnotations();
        services.AddSingleton<WhipDoor>();
        services.AddSingleton<WhipRate>();
        services.AddSingleton<WhipSessions>().AddHostedService(provider => provider.GetRequiredService<WhipSessions>());
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, WhipJson.Default));
        return services;
    }

    public static void MapWhip(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<WhipOptions>>().Value.Enabled) return;
        foreach (var kind in Enum.GetValues<WhipKind>())
        {
            // Any page may call: what protects a room is the token, and no cookie is looked at.
            var group = app.MapGroup(kind == WhipKind.Whip ? "/whip/{room}" : "/whep/{room}").AddEndpointFilter(WithCors).ExcludeFromDescription();
            group.MapPost("", (HttpContext context, string room) => CreateAsync(context, kind, room));
            group.MapMethods("", ["GET", "HEAD"], (HttpContext context) => Look(context, kind));
            group.MapMethods("", ["OPTIONS"], (HttpContext context) => Options(context, "POST", "Accept-Post", Sdp));
            group.MapPatch("/{key}", (HttpContext context, string room, string key) => PatchAsync(context, kind, room, key));
            group.MapDelete("/{key}", (HttpContext context, string room, string key) => DeleteAsync(context, kind, room, key));
            group.MapMethods("/{key}", ["GET", "HEAD"], (WhipSessions sessions, string room, string key) =>
                sessions.Find(kind, room, key) is null ? Problem.Of(NoSession) : Results.NoContent());
            group.MapMethods("/{key}", ["OPTIONS"], (HttpContext context) => Options(context, "PATCH, DELETE", "Accept-Patch", Fragment));
        }
    }

    private static HubError NoSession => Errors.NotFound.With("There is no such session; it may have ended.");

    private static async Task<IResult> CreateAsync(HttpContext context, WhipKind kind, string room)
    {
        var services = context.RequestServices;
        var (options, sessions, cancel) = (services.GetRequiredService<IOptions<WhipOptions>>().Value, services.GetRequiredService<WhipSessions>(), context.RequestAborted);
        if (!IsOf(context.Request, Sdp)) return Problem.Of(Errors.UnsupportedMediaType.With($"The body is an offer: Content-Type: {Sdp}."));
        if (services.GetRequiredService<WhipRate>().WaitMs(context.Connection.RemoteIpAddress) is > 0 and var wait) return Problem.Of(Errors.RateLimited.With(retryAfterMs: wait));
        if (sessions.IsFull) return Problem.Of(Errors.Unavailable.With("This hub has as many sessions as it takes.", retryAfterMs: 1000 * options.RetrySeconds));
        var (offer, unreadable) = await ReadAsync(context.Request, cancel);
        if (offer is null) return Problem.Of(unreadable!);

        var (entered, identity, refusal) = await services.GetRequiredService<WhipDoor>().EnterAsync(context, kind, room, cancel);
        if (entered is null)
        {
            // A room that the first publisher would make: a player had better ask again than give up.
            return Problem.Of(kind == WhipKind.Whep && refusal!.Kind == Errors.NotFound ? NobodyPublishes(options) : refusal!);
        }

        var participant = $"{(kind == WhipKind.Whip ? "whip" : "whep")}-{identity ?? Guid.NewGuid().ToString("N")[..8]}";
        var play = kind == WhipKind.Whep ? context.Request.Query["participant"].FirstOrDefault() ?? "*" : null;
        TransportAnswer answer;
        try
        {
            answer = await services.GetRequiredService<ISfu>().ConnectAsync(new ConnectRequest(room, participant, offer, play), cancel);
        }
        catch (SfuException exception)
        {
            entered.Release();
            return Problem.Of(Explain(exception, options));
        }
        catch
        {
            entered.Release();
            throw;
        }

        var session = sessions.Add(kind, entered, participant, answer);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status201Created;
        response.Headers.Location = $"{context.Request.PathBase}{context.Request.Path.Value!.TrimEnd('/')}/{session.Key}";
        response.Headers.ETag = $"\"{session.ETag}\"";
        response.Headers.CacheControl = "no-store";
        AddIceServers(context, participant);
        return Results.Text(answer.Sdp, Sdp, Encoding.UTF8, StatusCodes.Status201Created);
    }

    private static async Task<IResult> PatchAsync(HttpContext context, WhipKind kind, string room, string key)
    {
        var sessions = context.RequestServices.GetRequiredService<WhipSessions>();
        var cancel = context.RequestAborted;
        if (!IsOf(context.Request, Fragment)) return Problem.Of(Errors.UnsupportedMediaType.With($"The body is an SDP fragment: Content-Type: {Fragment}."));
        if (sessions.Find(kind, room, key) is not { } session) return Problem.Of(NoSession);
        var match = context.Request.Headers.IfMatch.ToString();
        if (match.Length == 0) return Problem.Of(Errors.PreconditionRequired.With(field: HeaderNames.IfMatch));
        if (match != "*" && match != $"\"{session.ETag}\"") return Problem.Of(Errors.PreconditionFailed.With("That is an earlier ICE session.", HeaderNames.IfMatch));
        var (fragment, unreadable) = await ReadAsync(context.Request, cancel);
        if (fragment is null) return Problem.Of(unreadable!);
        try
        {
            var restarted = await context.RequestServices.GetRequiredService<ISfu>().TrickleAsync(session.Transport, fragment, cancel);
            if (restarted is null) return Results.NoContent();
            sessions.Tag(session, restarted.IceSession);
            context.Response.Headers.ETag = $"\"{restarted.IceSession}\"";
            return Results.Text(restarted.Fragment, Fragment, Encoding.UTF8, StatusCodes.Status200OK);
        }
        catch (SfuException exception)
        {
            return Problem.Of(Explain(exception, context.RequestServices.GetRequiredService<IOptions<WhipOptions>>().Value));
        }
    }

    // RFC 9725 section 4.2: whoever deletes need not know the ICE session, so If-Match is not looked at.
    private static async Task<IResult> DeleteAsync(HttpContext context, WhipKind kind, string room, string key)
    {
        var sessions = context.RequestServices.GetRequiredService<WhipSessions>();
        if (sessions.Find(kind, room, key) is not { } session) return Problem.Of(NoSession);
        await sessions.CloseAsync(session, context.RequestAborted);
        return Results.Ok();
    }

    private static IResult Look(HttpContext context, WhipKind kind)
    {
        if (kind == WhipKind.Whep && HttpMethods.IsHead(context.Request.Method)) context.Response.ContentType = Sdp;
        return Results.Empty;
    }

    private static IResult Options(HttpContext context, string methods, string accept, string type)
    {
        var headers = context.Response.Headers;
        headers.Allow = $"{methods}, GET, HEAD, OPTIONS";
        headers[accept] = type;
        headers.AccessControlAllowMethods = $"{methods}, GET, HEAD, OPTIONS";
        headers.AccessControlAllowHeaders = "Authorization, Content-Type, If-Match";
        headers.AccessControlMaxAge = "86400";
        return Results.NoContent();
    }

    private static ValueTask<object?> WithCors(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "Location, ETag, Link, Retry-After";
        return next(context);
    }

    // RFC 9725 section 4.6: an answer may be read by proxies, so credentials are those of one client for a short time.
    private static void AddIceServers(HttpContext context, string user)
    {
        foreach (var server in context.RequestServices.GetRequiredService<IceServerSource>().For(user, context.Request.Host.Host).Servers)
        {
            foreach (var url in server.Urls)
            {
                var credential = server.Username is null ? "" : $"; username=\"{server.Username}\"; credential=\"{server.Credential}\"; credential-type=\"password\"";
                context.Response.Headers.Append(HeaderNames.Link, $"<{url}>; rel=\"ice-server\"{credential}");
            }
        }
    }

    private static HubError Explain(SfuException exception, WhipOptions options) => exception.Error switch
    {
        SfuError.Invalid => Errors.Invalid.With(exception.Message),
        SfuError.NotFound => NoSession,
        SfuError.NotAcceptable => Errors.NotAcceptable.With(exception.Message),
        SfuError.NothingToPlay => NobodyPublishes(options),
        SfuError.Full => Errors.Unavailable.With(exception.Message, retryAfterMs: 1000 * options.RetrySeconds),
        SfuError.Unavailable => Errors.Unavailable.With("The media service cannot be reached; try again soon.", retryAfterMs: 1000 * options.RetrySeconds),
        _ => Errors.Conflict.With(exception.Message),
    };

    private static HubError NobodyPublishes(WhipOptions options) =>
        Errors.Conflict.With("Nobody publishes here at the moment.", retryAfterMs: 1000 * options.RetrySeconds);

    private static bool IsOf(HttpRequest request, string type) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var given) && given.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase);

    private static async Task<(string? Text, HubError? Error)> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > MaxBody) return (null, Errors.TooLarge);
        using var body = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            for (int read; (read = await request.Body.ReadAsync(buffer, cancel)) > 0;)
            {
                if (body.Length + read > MaxBody) return (null, Errors.TooLarge);
                body.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return (Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length), null);
    }
}
