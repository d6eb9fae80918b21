using RtcHub.Signal.Hosting;
using RtcHub.Signal.Sockets;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Whip;

/// <summary>
/// Which pages may use WHIP and WHEP (CORS). On a hub with keys all of them: there a token protects every room, and no cookie
/// is looked at. On an open hub, which trusts whoever reaches it, those only that may open the signalling socket.
/// </summary>
internal static class WhipOrigins
{
    public static void UseWhipOrigins(this WebApplication app)
    {
        var (tokens, origins) = (app.Services.GetRequiredService<JoinToken>(), app.Services.GetRequiredService<Origins>());
        app.Use((context, next) =>
        {
            var request = context.Request;
            if (request.Headers.Origin.Count == 0 || !(request.Path.StartsWithSegments("/whip") || request.Path.StartsWithSegments("/whep"))) return next(context);
            if (!tokens.Required && !origins.Allow(request))
                return Problems.WriteAsync(context, Errors.Forbidden.With("Pages of that origin may not use this hub; see Signal:AllowedOrigins."));
            context.Response.Headers.AccessControlAllowOrigin = "*";
            context.Response.Headers.AccessControlExposeHeaders = "Location, ETag, Link, Retry-After, Accept-Post, Accept-Patch, WWW-Authenticate";
            return next(context);
        });
    }

    /// <summary>The answer to OPTIONS: to a browser that asks first, and to whoever wants to know what is possible here.</summary>
    /// <param name="methods">Besides those that every address has.</param>
    public static IResult Tell(HttpResponse response, string methods)
    {
        methods += ", GET, HEAD, OPTIONS";
        response.Headers.Allow = methods;
        response.Headers.AccessControlAllowMethods = methods;
        response.Headers.AccessControlAllowHeaders = "Authorization, Content-Type, If-Match";
        response.Headers.AccessControlMaxAge = "86400";
        return Results.NoContent();
    }
}
