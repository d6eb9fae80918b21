using RtcHub.Signal.IceServers;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal;

/// <summary>The hub as one web application: what it is made of, and what answers where.</summary>
internal static class HubApplication
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<HubMetrics>();
        builder.Services.AddIceServers();
        builder.Services.AddSignalling();
        builder.Services.AddSingleton<IRoomStore, MemoryRoomStore>();
        builder.Services.AddSingleton<Tokens.JoinToken>();

        var app = builder.Build();
        app.MapSignalling();
        return app;
    }
}
