using RtcHub.Sfu.Redis;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Diagnosis;
using RtcHub.Signal.Hosting;
using RtcHub.Signal.IceServers;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sockets;
using RtcHub.Signal.Tokens;
using RtcHub.Signal.Whip;

namespace RtcHub.Signal;

/// <summary>The hub as one web application: what it is made of, and what answers where.</summary>
internal static class HubApplication
{
    /// <param name="configure">Last word on services and settings; for tests.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddStartup().AddListening().AddSocketThreads().AddProxies().AddWebFiles();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<HubMetrics>();
        builder.Services.AddProblems();
        builder.Services.AddIceServers();
        builder.Services.AddDiagnosis();
        builder.Services.AddSignalling();
        builder.Services.AddStorage();
        builder.Services.AddTokens();
        if (builder.AddRedis()) builder.Services.AddCluster().AddJournal();
        builder.AddMediaService().AddWhip();
        builder.Services.AddApi().AddOpenApiDocument().AddMetricsForPrometheus();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseSocketThreads();
        app.UseProxies();
        app.UseSecurityHeaders();
        app.UseProblems();
        app.MapProblems();
        app.MapSignalling();
        app.MapApi();
        app.MapWhip();
        app.MapCluster();
        app.MapJournal();
        app.MapOpenApiDocument();
        app.MapHealth();
        app.MapMetrics();
        app.UseWebFiles();
        return app;
    }
}
