using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.IceServers;

/// <summary>ICE servers: the services, and <c>GET /ice-servers</c> in the REST group.</summary>
internal static partial class IceServerEndpoints
{
    private const string UserPattern = @"^[A-Za-z0-9_.@-]{1,64}$";

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
        api.MapGet("/ice-servers", Get).WithTags("ICE servers").Describe(Doc);
        return api;
    }

    private static Results<Ok<IceServerList>, Problem> Get(
        HttpContext context,
        IceServerSource source,
        [FromQuery, Description("Whom the TURN credentials are for, as the TURN server will log and count it; a random id when left out."), RegularExpression(UserPattern)]
        string? user = null)
    {
        if (user is not null && !User().IsMatch(user))
            return Problem.Of(Errors.Invalid.With("'user' is 1-64 letters, digits, '_', '.', '@' and '-'.", "user"));
        context.Response.Headers.CacheControl = "no-store"; // There are credentials in it.
        return TypedResults.Ok(source.For(user ?? RandomNumberGenerator.GetHexString(8, lowercase: true), context.Request.Host.Host));
    }

    [GeneratedRegex(UserPattern + @"\z")]
    private static partial Regex User();

    private static readonly OperationDoc Doc = new(
        "getIceServers", "ICE servers for one client", """
        The hub's own STUN server and, where configured, TURN servers with credentials that are good until `expiresAt`.
        Clients on the signalling socket get this in `welcome` and are sent fresh ones in time; this is for everybody else.
        """)
    {
        Responses =
        [
            new(200, "The servers.", """
                {"servers":[{"urls":["stun:hub.example.org:3478"]},
                  {"urls":["turn:turn.example.org:3478"],"username":"1795428000:k7mq4xtd","credential":"g2GVTbjDWu9ApC08YMjFOYWCfK0="}],
                 "expiresAt":"2026-11-23T10:00:00+00:00"}
                """),
        ],
        Errors = [Errors.Invalid],
    };
}
