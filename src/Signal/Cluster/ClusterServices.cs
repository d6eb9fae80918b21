using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>Hooks the cluster into the application, where <c>Redis:Connection</c> is set.</summary>
internal static class ClusterServices
{
    public static IServiceCollection AddCluster(this IServiceCollection services)
    {
        services.AddSingleton<Nodes>();
        services.AddSingleton<Homes>();
        services.AddSingleton<Relay>();
        services.AddSingleton<HelloRoute>();
        services.AddSingleton<Bridges>();
        services.AddSingleton<Doorway>();
        services.AddSingleton<HttpRelay>();
        services.AddSingleton<IStartupFilter>(provider => provider.GetRequiredService<HttpRelay>());
        services.AddHostedService(provider => provider.GetRequiredService<Nodes>());
        services.AddHostedService(provider => provider.GetRequiredService<Relay>());
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
        app.Use(next => context => http.PassAsync(context, next));
    }
}
