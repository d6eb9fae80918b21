using Microsoft.Extensions.Options;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// A node that is told to stop: takes nothing new, and hands everything over, room by room, within <see cref="SocketOptions.DrainSeconds"/>.
/// It answers until the last client has gone, and only then lets the server stop.
/// </summary>
internal sealed partial class Drain(
    Nodes nodes, Homes homes, Departure departure, Bridges bridges, SessionDirectory sessions, DirectCalls calls, Heartbeat heartbeat,
    IOptions<SocketOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Drain> logger) : IHostedLifecycleService
{
    // Clients that are told to go find another node by the address that all have in common: not all of them at once.
    private const int SpreadMs = 500;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => nodes.IsDraining = true);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before any service stops, the web server included.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication(); // whoever stopped it otherwise than by a signal: readiness fails, sockets are refused
        nodes.IsDraining = true;
        var spread = TimeSpan.FromSeconds(options.Value.DrainSeconds);
        var steps = Steps();
        Log.Draining(logger, homes.Held.Count(), sessions.Count, bridges.Count);
        try
        {
            await nodes.BeatAsync();
            if (nodes.Count > 1 && !nodes.IsAway) await WalkAsync(steps, spread, cancellationToken);
            foreach (var socket in heartbeat.Sockets) socket.Close(CloseCode.Draining, Spread());
            await EmptyAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The deadline: whoever is still here finds the next node by a socket that breaks.
        }

        await nodes.RetireAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // What there is to move: rooms with all who are in them, sessions without a room, and sockets of clients who live elsewhere.
    private List<Func<Task>> Steps()
    {
        List<Func<Task>> steps = [.. homes.Held.Select<string, Func<Task>>(room => () => departure.OfRoomAsync(room, held: true))];
        foreach (var session in sessions.All.Where(session => session.Participant is null))
        {
            steps.Add(async () =>
            {
                if (session.Call is { State: "ringing" }) calls.HangUp(session);
                if (session.Participant is null) await departure.OfSessionAsync(session, node: "");
            });
        }

        foreach (var bridge in bridges.Opened)
        {
            steps.Add(() =>
            {
                bridge.Leave(CloseCode.Draining, Spread());
                return Task.CompletedTask;
            });
        }

        return [.. steps.Shuffle()];
    }

    // Evenly over the time that there is.
    private async Task WalkAsync(List<Func<Task>> steps, TimeSpan spread, CancellationToken cancel)
    {
        var since = time.GetTimestamp();
        for (var i = 0; i < steps.Count; i++)
        {
            var due = spread * i / steps.Count;
            if (due - time.GetElapsedTime(since) is { Ticks: > 0 } early) await Task.Delay(early, time, cancel);
            await steps[i]();
        }

        // What came meanwhile, by clients who were here and went to a room here.
        foreach (var room in homes.Held) await departure.OfRoomAsync(room, held: true);
        Log.Drained(logger, (int)time.GetElapsedTime(since).TotalMilliseconds);
    }

    private async Task EmptyAsync(CancellationToken cancel)
    {
        var since = time.GetTimestamp();
        while (heartbeat.Sockets.Count + bridges.Count > 0 && time.GetElapsedTime(since) < LastWords) await Task.Delay(Look, time, cancel);
    }

    private static int Spread() => Random.Shared.Next(50, SpreadMs);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Draining: {Rooms} rooms, {Sessions} sessions and {Bridges} passed-on sockets go to other nodes")]
        public static partial void Draining(ILogger logger, int rooms, int sessions, int bridges);

        [LoggerMessage(2, LogLevel.Information, "All has been handed over, in {Milliseconds} ms")]
        public static partial void Drained(ILogger logger, int milliseconds);
    }
}
