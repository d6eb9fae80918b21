using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;

namespace RtcHub.Sfu.Control;

/// <summary>
/// <see cref="ISfu"/> over HTTP, <c>/sfu/v1</c>: JSON in, JSON out, and a WebSocket for what happens. Ids that others chose
/// stand in the query or the body, where every character may be written.
/// </summary>
public static partial class SfuEndpoints
{
    internal const string Root = "/sfu/v1";

    /// <summary>Names a request, so that it can be repeated (draft-ietf-httpapi-idempotency-key-header).</summary>
    internal const string IdempotencyKey = "Idempotency-Key";

    private const int MaxBody = 1 << 20;
    private const int MaxKey = 64;

    private static readonly SfuJson Json = SfuJson.Default;

    /// <summary>Adds what <see cref="MapSfuEndpoints"/> needs besides an <see cref="ISfu"/>.</summary>
    public static IServiceCollection AddSfuEndpoints(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ControlOptions>().BindConfiguration(ControlOptions.Section).ValidateDataAnnotations();
        services.AddSingleton<ControlDoor>();
        services.AddSingleton<RepeatedRequests>();
        services.AddSingleton<EventLog>().AddHostedService(provider => provider.GetRequiredService<EventLog>());
        services.AddSingleton<EventSocket>();
        return services;
    }

    /// <summary>Serves the service's <see cref="ISfu"/> to whoever has the secret.</summary>
    public static WebApplication MapSfuEndpoints(this WebApplication app)
    {
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        var control = app.MapGroup(Root).AddEndpointFilter(app.Services.GetRequiredService<ControlDoor>()).WithMetadata(new BodyLimit(MaxBody));
        var sfu = app.Services.GetRequiredService<ISfu>();

        control.MapPost("/transports", (HttpContext context) => DoAsync(context, Json.ConnectRequest, async request =>
            Reply.Of(await sfu.ConnectAsync(request), Json.TransportAnswer, StatusCodes.Status201Created)));
        control.MapPost("/offers", (HttpContext context) => DoAsync(context, Json.SubscribeRequest, async request =>
            Reply.Of(await sfu.SubscribeAsync(request), Json.TransportOffer, StatusCodes.Status201Created)));
        control.MapPut("/transports/{id}/answer", (HttpContext context, string id) => DoAsync(context, Json.SdpBody, async answer =>
        {
            await sfu.AnswerAsync(id, answer.Sdp);
            return Reply.Done;
        }));
        control.MapPatch("/transports/{id}/slots", (HttpContext context, string id) => DoAsync(context, Json.SlotsBody, async wanted =>
        {
            await sfu.AssignAsync(id, wanted.Slots);
            return Reply.Done;
        }));
        control.MapPatch("/transports/{id}/ice", (HttpContext context, string id) => DoAsync(context, Json.FragmentBody, async ice =>
            await sfu.TrickleAsync(id, ice.Fragment) is { } restart ? Reply.Of(restart, Json.IceRestart) : Reply.Done));
        control.MapDelete("/transports/{id}", (HttpContext context, string id) => DoAsync(context, async () =>
        {
            await sfu.CloseAsync(id);
            return Reply.Done;
        }));
        control.MapPut("/tracks/muted", (HttpContext context, string id) => DoAsync(context, Json.MutedBody, async wanted =>
        {
            await sfu.MuteAsync(id, wanted.Muted);
            return Reply.Done;
        }));
        control.MapGet("/rooms", (HttpContext context, string id) => DoAsync(context, async () =>
            await sfu.GetRoomAsync(id) is { } room ? Reply.Of(room, Json.SfuRoom) : throw new SfuException(SfuError.NotFound, "Nobody is in that room.")));
        control.MapDelete("/rooms", (HttpContext context, string id) => DoAsync(context, async () =>
        {
            await sfu.CloseRoomAsync(id);
            return Reply.Done;
        }));
        control.MapGet("/status", (HttpContext context) => DoAsync(context, async () => Reply.Of(await sfu.GetStatusAsync(), Json.SfuStatus)));
        control.MapGet("/events", (HttpContext context, EventSocket events) => events.RunAsync(context));
        return app;
    }

    private static async Task DoAsync<T>(HttpContext context, JsonTypeInfo<T> type, Func<T, Task<Reply>> act)
    {
        T body;
        try
        {
            // Before anything is begun: what is begun goes on when the client has gone.
            body = await context.Request.ReadFromJsonAsync(type, context.RequestAborted) ?? throw new JsonException("The body is null.");
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            await Reply.Of(new SfuException(SfuError.Invalid, $"The body cannot be read: {wrong.Message}")).ExecuteAsync(context);
            return;
        }

        await DoAsync(context, () => act(body));
    }

    private static async Task DoAsync(HttpContext context, Func<Task<Reply>> act)
    {
        var key = context.Request.Headers[IdempotencyKey].ToString();
        var reply = key.Length <= MaxKey
            ? await context.RequestServices.GetRequiredService<RepeatedRequests>().OnceAsync(key.Length == 0 ? null : key, () => AnswerAsync(context, act))
            : Reply.Of(new SfuException(SfuError.Invalid, $"An {IdempotencyKey} has at most {MaxKey} characters."));
        await reply.ExecuteAsync(context);
    }

    private static async Task<Reply> AnswerAsync(HttpContext context, Func<Task<Reply>> act)
    {
        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("RtcHub.Sfu.Control");
        try
        {
            return await act();
        }
        catch (SfuException refusal)
        {
            return Reply.Of(refusal);
        }
        catch (Exception bug)
        {
            Log.Failed(log, bug);
            return Reply.Refused(StatusCodes.Status500InternalServerError, "Something broke in the media service; it has been logged there.");
        }
    }

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A request of the control API failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
