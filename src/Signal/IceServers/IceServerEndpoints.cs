using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace RtcHub.Signal.IceServers;

/// <summary>ICE servers: the services, and <c>GET /ice-servers</c> in the REST group.</summary>
internal static class IceServerEndpoints
{
    public static IServiceCollection AddIceServers(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<StunOptions>().BindConfiguration(StunOptions.Section).ValidateDataAnnotations();
        services.AddOptionsWithValidateOnStart<TurnOptions>().BindConfiguration(TurnOptions.Section).ValidateDataAnnotations();
        services.AddSingleton<StunListener>().AddHostedService(provider => provider.GetRequiredService<StunListener>());
        services.AddSingleton<IceServerSource>();
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, IceServerJson.Default));
        return services;
    }

    public static RouteGroupBuilder MapIceServers(this RouteGroupBuilder api)
    {
        api.MapGet("/ice-servers", Get)
            .WithName("getIceServers")
            .WithTags("ICE servers")
            .WithSummary("ICE servers for one client")
            .WithDescription("""
                The hub's own STUN server and, where configured, TURN servers with credentials that are good until `expiresAt`.
                Clients on the signalling socket get this in `welcome` and are sent fresh ones in time; this is for everybody else.
                """);
        return api;
    }

    private static Ok<IceServerList> Get(
        HttpContext context,
        IceServerSource source,
        [FromQuery, Description("Whom the TURN credentials are for, as the TURN server will log and count it; a random id when left out."), RegularExpression("^[A-Za-z0-9_.@-]{1,64}$")]
        string? user = null) =>
        TypedResults.Ok(source.For(user ?? RandomNumberGenerator.GetHexString(8, lowercase: true), context.Request.Host.Host));
}
