using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Sessions;

/// <summary>
/// Before the first socket is accepted: what the last process knew when it stopped, or was killed. Everybody is back in
/// their room, reconnecting, and has the full grace period to come.
/// </summary>
internal sealed partial class SessionRestore(SessionDirectory sessions, RoomDirectory rooms, DirectCalls calls, ILogger<SessionRestore> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await rooms.SweepStoreAsync(cancellationToken);
        var loaded = await sessions.LoadAsync(cancellationToken);
        foreach (var (session, state) in loaded)
        {
            if (state.Place is not { } place || (await rooms.OpenAsync(place.Room, create: false, cancellationToken)).Room is not { } room)
                continue;
            room.Restore(place.For(session, room));
        }

        foreach (var (_, state) in loaded)
        {
            if (state.Call is { } call)
                calls.Restore(call);
        }

        if (loaded.Count > 0)
            Log.Restored(logger, loaded.Count);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Count} sessions of the last run may come back")]
        public static partial void Restored(ILogger logger, int count);
    }
}
