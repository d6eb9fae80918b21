using Microsoft.AspNetCore.Http.HttpResults;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Diagnosis;

/// <summary><c>GET /diagnosis</c> in the REST group.</summary>
internal static class DiagnosisEndpoints
{
    public static IServiceCollection AddDiagnosis(this IServiceCollection services)
    {
        services.AddSingleton<SelfTest>();
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, DiagnosisJson.Default));
        return services;
    }

    public static RouteGroupBuilder MapDiagnosis(this RouteGroupBuilder api)
    {
        api.MapGet("/diagnosis", GetAsync).WithTags("Diagnosis").Describe(Doc);
        return api;
    }

    private static async Task<Ok<Diagnosis>> GetAsync(SelfTest selfTest) => TypedResults.Ok(await selfTest.RunAsync());

    private static readonly OperationDoc Doc = new(
        "getDiagnosis", "Does everything answer that clients are told?", """
        The hub asks its STUN ports, every candidate of its media services by UDP and TCP, and every TURN server with credentials as it
        hands them out, and says what to do about what does not answer. It sees what its own machine sees; the page `/diag` looks from
        where a person sits. Results are shared for ten seconds.
        """)
    {
        Responses =
        [
            new(200, "What answers and what does not.", """
                {"at":"2026-11-23T10:00:00+00:00",
                 "checks":[{"kind":"stun","target":"stun:192.0.2.1:3478","outcome":"ok","milliseconds":0.4,"advice":null},
                  {"kind":"media","target":"udp 192.0.2.1:7882","outcome":"ok","milliseconds":0.3,"advice":null},
                  {"kind":"turn","target":"turn:turn.example.org:3478?transport=udp","outcome":"refused","milliseconds":0.9,
                   "advice":"No TURN server listens there: start it, or correct the port in Turn:Urls."}],
                 "warnings":[{"code":"noTurnTcp","advice":"TURN is offered by UDP only: it does not help where UDP is blocked. Add a URL with ?transport=tcp, or turns: on 443."}]}
                """),
        ],
    };
}
