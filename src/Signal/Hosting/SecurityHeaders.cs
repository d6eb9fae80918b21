using Microsoft.Extensions.Options;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// What the browser must not do with our pages, on every response. Nothing is loaded from another host, no script or style
/// stands inside a page, nothing but our own socket is talked to.
/// </summary>
internal static class SecurityHeaders
{
    private const string Permissions =
        "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), autoplay=(self), fullscreen=(self), "
        + "picture-in-picture=(self), screen-wake-lock=(self), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=()";

    /// <summary>Comes first, so that no response escapes it.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app)
    {
        var frameAncestors = app.ApplicationServices.GetRequiredService<IOptions<WebOptions>>().Value.FrameAncestors;
        var rest = "img-src 'self' data: blob:; media-src 'self' blob: mediastream:; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
            + $"base-uri 'none'; form-action 'self'; frame-ancestors {frameAncestors}";
        return app.Use((context, next) =>
        {
            // On starting, not now: an exception handler clears what was set before it.
            context.Response.OnStarting(
                static state =>
                {
                    var (context, rest) = ((HttpContext, string))state;
                    Set(context, rest);
                    return Task.CompletedTask;
                },
                (context, rest));
            return next(context);
        });
    }

    private static void Set(HttpContext context, string rest)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = $"default-src 'none'; {ScriptsAndConnections(context.Request)}; {rest}";
        headers.XContentTypeOptions = "nosniff";
        headers["Permissions-Policy"] = Permissions;
        headers["Referrer-Policy"] = "same-origin"; // The address of a room is its key: for nobody else.
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    // Swagger UI writes styles into its page. For ours, 'self' covers the WebSocket in today's browsers; older
    // Safari needs it spelt out, for both schemes because a proxy may end TLS before us.
    private static string ScriptsAndConnections(HttpRequest request) =>
        request.Path.StartsWithSegments("/swagger", StringComparison.Ordinal)
            ? "script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'"
            : $"script-src 'self'; style-src 'self'; connect-src 'self'{Sockets(request.Host)}";

    private static string Sockets(HostString host) =>
        Uri.CheckHostName(host.Host) == UriHostNameType.Unknown ? "" : $" ws://{host.Value} wss://{host.Value}";
}
