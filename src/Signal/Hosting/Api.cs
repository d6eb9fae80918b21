using Microsoft.AspNetCore.Http.Metadata;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Diagnosis;
using RtcHub.Signal.IceServers;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Tokens;
using RtcHub.Signal.Whip;

namespace RtcHub.Signal.Hosting;

/// <summary>REST: one group for all resources, so that what holds for all of them (the key, the size) is said once.</summary>
internal static class Api
{
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, RoomJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, TokenJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, HealthJson.Default);
        });
        return services;
    }

    public static void MapApi(this WebApplication app)
    {
        app.UseApiKeys();
        app.MapGroup("/api/v1").RequireApiKey().WithMetadata(new RequestLimit(JsonBody.MaxBytes)).WriteDown(app.Services.GetService<Journal>())
            .MapRooms().MapParticipants().MapWhipSessions().MapTokens().MapIceServers().MapDiagnosis();
    }

    // In a cluster, what a request has caused is safe before it is answered.
    private static RouteGroupBuilder WriteDown(this RouteGroupBuilder api, Journal? journal) => journal is null ? api : api.AddEndpointFilter(async (context, next) =>
    {
        using var group = JournalGroup.Begin(journal)!;
        var result = await next(context);
        await group.CommitAsync();
        return result;
    });

    private sealed record RequestLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
