using System.ComponentModel;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Hosting;

/// <summary><c>/healthz</c>: the process answers; <c>/readyz</c>: it takes new work.</summary>
internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/healthz", () => TypedResults.Ok(new HealthState("alive"))).WithTags("Health").Describe(Alive);
        app.MapGet("/readyz", ReadyAsync).WithTags("Health").Describe(Ready);
    }

    private static async Task<Results<Ok<HealthState>, Problem>> ReadyAsync(
        IHostApplicationLifetime lifetime, IRoomStore store, TimeProvider time, CancellationToken cancel)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return Problem.Of(Errors.Unavailable.With("The hub is going away.", retryAfterMs: 1000));
        try
        {
            await store.ListRoomsAsync(after: null, limit: 1, cancel).WaitAsync(Patience, time, cancel);
            return TypedResults.Ok(new HealthState("ready"));
        }
        catch (Exception) when (!cancel.IsCancellationRequested)
        {
            return Problem.Of(Errors.Unavailable.With("The store does not answer.", retryAfterMs: 1000));
        }
    }

    private static readonly OperationDoc Alive = new("getHealth", "Is the process alive?", "Restart the process when this fails.")
    {
        Responses = [new(200, "It is.", """{"status":"alive"}""")],
    };

    private static readonly OperationDoc Ready = new(
        "getReadiness", "Does the hub take new work?", "Send nobody here while this fails: the hub is going away, or its store does not answer.")
    {
        Responses = [new(200, "It does.", """{"status":"ready"}""")],
        Errors = [Errors.Unavailable],
    };
}

/// <summary>How the hub is.</summary>
internal sealed record HealthState([property: Description("`alive` or `ready`.")] string Status);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthState))]
internal sealed partial class HealthJson : JsonSerializerContext;
