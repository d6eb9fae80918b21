using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;
using RtcHub.Signal.Cluster;

namespace RtcHub.Signal.Hosting;

/// <summary>
/// Errors over HTTP: problem details (RFC 9457) of the one table of <see cref="Errors"/>. Every error leaves the hub in this
/// form, whoever noticed it: an endpoint, the routing, the parser or nobody.
/// </summary>
internal static partial class Problems
{
    public const string ContentType = "application/problem+json";

    public static IServiceCollection AddProblems(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ProblemJson.Default));
        // What binding finds wrong comes here as an exception instead of a bare status.
        services.Configure<RouteHandlerOptions>(routing => routing.ThrowOnBadRequest = true);
        return services;
    }

    /// <summary>Comes right after the security headers: whatever fails behind it is answered here.</summary>
    public static IApplicationBuilder UseProblems(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("RtcHub.Signal.Http");
        return app.Use(async (context, next) =>
        {
            try
            {
                // Else the pages' own 404, which is HTML, would answer a program's mistake.
                if (context.GetEndpoint() is null && IsForPrograms(context.Request.Path))
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                else
                    await next(context);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                return; // nobody is there to be told
            }
            catch (BadHttpRequestException e) when (!context.Response.HasStarted)
            {
                await WriteAsync(context, Explain(e));
            }
            catch (Exception e) when (!context.Response.HasStarted && RedisRoomStore.IsOutOfReach(e))
            {
                await WriteAsync(context, Home.Away);
            }
            catch (Exception e) when (!context.Response.HasStarted)
            {
                Log.Failed(logger, e, context.Request.Method, context.Request.Path, TraceId(context));
                await WriteAsync(context, Errors.Internal);
            }

            if (IsBare(context.Response) && OfStatus(context) is { } error)
                await WriteAsync(context, error);
        });
    }

    /// <summary>What the <c>type</c> of a problem leads to.</summary>
    public static void MapProblems(this WebApplication app) =>
        app.MapGet("/problems/{code}", (string code) => Errors.All.FirstOrDefault(e => e.Code == code) is { } error
            ? Results.Json(new ProblemType(error.Code, error.Status, error.Message), ProblemJson.Default.ProblemType)
            : Problem.Of(Errors.NotFound)).ExcludeFromDescription();

    public static Task WriteAsync(HttpContext context, HubError error) => WriteAsync(context, error, []);

    /// <param name="faults">Everything that is wrong with the request, when there is more to say than <paramref name="error"/> does.</param>
    public static Task WriteAsync(HttpContext context, HubError error, IReadOnlyList<FieldError> faults)
    {
        var response = context.Response;
        response.StatusCode = error.Kind.Status;
        if (error.RetryAfterMs is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait / 1000d).ToString(CultureInfo.InvariantCulture);
        if (error.Kind.Status == StatusCodes.Status401Unauthorized && StringValues.IsNullOrEmpty(response.Headers.WWWAuthenticate))
            response.Headers.WWWAuthenticate = "Bearer realm=\"rtchub\"";
        response.Headers.CacheControl = "no-store";
        var details = new ProblemBody(
            $"/problems/{error.Code}", error.Kind.Message, error.Kind.Status, error.Message, error.Code, TraceId(context), error.Field,
            faults.Count > 0 ? faults : null, error.RetryAfterMs);
        return response.WriteAsJsonAsync(details, ProblemJson.Readable.ProblemBody, ContentType, context.RequestAborted);
    }

    private static bool IsForPrograms(PathString path) =>
        path.StartsWithSegments("/api") || path.StartsWithSegments("/whip") || path.StartsWithSegments("/whep") || path.StartsWithSegments("/ws") || path.StartsWithSegments("/openapi") || path.StartsWithSegments("/problems");

    private static bool IsBare(HttpResponse response) =>
        !response.HasStarted && response.StatusCode >= 400 && response.ContentLength is null && response.ContentType is null;

    private static HubError? OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Errors.NotFound.With($"There is nothing at {context.Request.Path}."),
        StatusCodes.Status405MethodNotAllowed => Errors.MethodNotAllowed.With($"{context.Request.Method} is not possible here; see the header Allow."),
        StatusCodes.Status413PayloadTooLarge => Errors.TooLarge,
        StatusCodes.Status415UnsupportedMediaType => Errors.UnsupportedMediaType,
        StatusCodes.Status503ServiceUnavailable => Errors.Unavailable,
        var other => Errors.All.FirstOrDefault(e => e.Status == other)?.With(),
    };

    private static HubError Explain(BadHttpRequestException exception) => exception.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => Errors.TooLarge,
        StatusCodes.Status415UnsupportedMediaType => Errors.UnsupportedMediaType,
        _ when UnreadParameter().Match(exception.Message) is { Success: true } match =>
            Errors.Invalid.With($"'{match.Groups["name"]}' is of the wrong type.", match.Groups["name"].Value),
        _ => Errors.Malformed.With(exception.Message),
    };

    // The framework's own words; it tells the name in no other way.
    [GeneratedRegex("^Failed to bind parameter \"\\S+ (?<name>\\w+)\"")]
    private static partial Regex UnreadParameter();

    private static string TraceId(HttpContext context) => Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed; trace id {TraceId}")]
        public static partial void Failed(ILogger logger, Exception exception, string method, PathString path, string traceId);
    }
}
