using RtcHub.Signal.Meetings;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Sockets;

/// <summary>Hooks sockets, sessions and live rooms into the application.</summary>
internal static class Signalling
{
    public static IServiceCollection AddSignalling(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<SocketOptions>().BindConfiguration(SocketOptions.Section).ValidateDataAnnotations()
            .Validate(o => o.PingAfter < o.DeadAfter, "Signal:PingAfter must be less than Signal:DeadAfter.")
            .Validate(o => o.FrameBytes <= o.SdpFrameBytes, "Signal:FrameBytes must not be more than Signal:SdpFrameBytes.");
        services.AddSingleton<SessionDirectory>();
        services.AddSingleton<PasscodeThrottle>();
        services.AddSingleton<MeetingFactory>();
        services.AddSingleton<RoomDirectory>();
        services.AddSingleton<DirectCalls>();
        services.AddSingleton<Admission>();
        services.AddSingleton<Opening>();
        services.AddSingleton<Dispatch>();
        services.AddSingleton<DeferredWrites>();
        services.AddSingleton<Origins>();
        services.AddSingleton<SocketEndpoint>();
        services.AddSingleton<Heartbeat>();
        services.AddHostedService<SessionRestore>();
        services.AddHostedService(provider => provider.GetRequiredService<Heartbeat>());
        return services;
    }

    public static void MapSignalling(this WebApplication app)
    {
        app.Use(GatheringUpgrade.UseAsync);
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        var sockets = app.Services.GetRequiredService<SocketEndpoint>();
        app.Map("/ws", sockets.HandleAsync).ExcludeFromDescription();
        app.Lifetime.ApplicationStopping.Register(sockets.Drain);
        app.Services.GetRequiredService<HubMetrics>().Observe(
            () => app.Services.GetRequiredService<SessionDirectory>().Count, () => app.Services.GetRequiredService<RoomDirectory>().LiveCount);
    }
}
