using Microsoft.Extensions.Options;
using RtcHub.Sfu.Redis;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>Hooks the cluster into the application, where <c>Redis:Connection</c> is set.</summary>
internal static class ClusterServices
{
    // For all services to stop in, after the draining.
    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(15);

    public static IServiceCollection AddCluster(this IServiceCollection services)
    {
        services.AddSingleton(provider => new ClusterKeys(provider.GetRequiredService<IOptions<RedisOptions>>().Value.Prefix));
        services.AddSingleton<Nodes>();
        services.AddSingleton<Homes>();
        services.AddSingleton<Relay>();
        services.AddSingleton<HelloRoute>();
        services.AddSingleton<Bridges>();
        services.AddSingleton<Doorway>();
        services.AddSingleton<HttpRelay>();
        services.AddSingleton<Departure>();
        services.AddSingleton<Moving>();
        services.AddSingleton<Census>();
        services.AddSingleton<IStartupFilter>(provider => provider.GetRequiredService<HttpRelay>());
        services.AddHostedService<Drain>();
        services.AddOptions<HostOptions>().Configure<IOptions<SocketOptions>>((host, sockets) => host.ShutdownTimeout = TimeSpan.FromSeconds(sockets.Value.DrainSeconds) + LastMoment);
        services.AddHostedService(provider => provider.GetRequiredService<Nodes>());
        services.AddHostedService(provider => provider.GetRequiredService<Relay>());
        services.AddHostedService<Leftovers>();
        return services;
    }

    public static void MapCluster(this WebApplication app)
    {
        if (app.Services.GetService<Relay>() is not { } relay) return;
        var bridges = app.Services.GetRequiredService<Bridges>();
        bridges.Serve = app.Services.GetRequiredService<SocketEndpoint>().ServeAsync;
        var http = app.Services.GetRequiredService<HttpRelay>();
        relay.Received = (node, frame) =>
        {
            if (frame.Kind is FrameKind.Request or FrameKind.Response) http.Receive(node, frame);
            else bridges.Receive(node, frame);
        };
        relay.Broken += http.Break;
        var departure = app.Services.GetRequiredService<Departure>();
        var homes = app.Services.GetRequiredService<Homes>();
        app.Services.GetRequiredService<Census>();
        homes.Lost += room => _ = departure.OfRoomAsync(room, held: false);
        var nodes = app.Services.GetRequiredService<Nodes>();
        app.Services.GetRequiredService<HubMetrics>().ObserveCluster(() => nodes.IsAway ? 0 : nodes.Count, () => homes.Held.Count(), () => bridges.Count);
        app.Use(next => context => http.PassAsync(context, next));
    }
}
