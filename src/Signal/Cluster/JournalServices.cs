using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Whip;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>Hooks what keeps rooms and sessions in Redis into the application, where <c>Redis:Connection</c> is set.</summary>
internal static class JournalServices
{
    public static IServiceCollection AddJournal(this IServiceCollection services)
    {
        services.AddSingleton(provider => new Journal(
            provider.GetRequiredService<IConnectionMultiplexer>(), provider.GetRequiredService<ClusterKeys>(), provider.GetRequiredService<Nodes>().Id,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Journal>>()));
        services.AddSingleton<IRoomStore>(provider => new RedisRoomStore(
            provider.GetRequiredService<IConnectionMultiplexer>(), provider.GetRequiredService<ClusterKeys>(), provider.GetRequiredService<Nodes>().Id,
            provider.GetRequiredService<Journal>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Takeover>();
        return services;
    }

    public static void MapJournal(this WebApplication app)
    {
        if (app.Services.GetService<Journal>() is not { } journal)
            return;
        var homes = app.Services.GetRequiredService<Homes>();
        var takeover = app.Services.GetRequiredService<Takeover>();
        var departure = app.Services.GetRequiredService<Departure>();
        var rooms = app.Services.GetRequiredService<RoomDirectory>();
        var sessions = app.Services.GetRequiredService<SessionDirectory>();
        (homes.TakeRoom, homes.TakeSession, departure.Flush) = (takeover.RoomAsync, takeover.SessionAsync, journal.FlushAsync);
        var programs = app.Services.GetService<WhipSessions>();
        var nodes = app.Services.GetRequiredService<Nodes>();
        journal.EpochOf = homes.EpochOf;
        journal.Rooms = () => rooms.All.Where(room => !room.Closed && homes.EpochOf(room.Id) is not null)
            .Select(room => programs is null ? room.Keepsake() : room.Keepsake() with { Programs = programs.Keepsakes(room.Id) });
        journal.Prepare = async () =>
        {
            if (nodes.IsAway)
                return false;
            // Calls that began while Redis was away have no lease yet.
            foreach (var room in rooms.All.Where(room => homes.EpochOf(room.Id) is null))
                await homes.FindAsync(room.Id, CancellationToken.None);
            return true;
        };
        journal.Fenced += fence =>
        {
            if (fence[0] != '@')
                _ = departure.OfRoomAsync(fence, held: false);
            else if (sessions.Find(fence[1..]) is { } session)
                departure.OfFenced(session);
        };
    }
}
