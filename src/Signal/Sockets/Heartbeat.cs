using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Sockets;

/// <summary>One tick a second for everybody, instead of timers per connection, session, call and room.</summary>
internal sealed partial class Heartbeat(
    SessionDirectory sessions, RoomDirectory rooms, DirectCalls calls, PasscodeThrottle throttle, JoinToken tokens, Opening opening,
    IOptions<SocketOptions> options, TimeProvider time, ILogger<Heartbeat> logger,
    Nodes? nodes = null, Journal? journal = null) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StorePeriod = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<SocketConnection, byte> _sockets = new();
    private DateTimeOffset _storeSwept = time.GetUtcNow();

    public ICollection<SocketConnection> Sockets => _sockets.Keys;

    public void Add(SocketConnection socket) => _sockets.TryAdd(socket, 0);

    public void Remove(SocketConnection socket) => _sockets.TryRemove(socket, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TickAsync(stoppingToken);
    }

    private async Task TickAsync(CancellationToken cancel)
    {
        try
        {
            var nowMs = SocketConnection.NowMs(time);
            foreach (var (socket, _) in _sockets)
                socket.Tick(nowMs);

            var now = time.GetUtcNow();
            foreach (var session in sessions.All)
                Tick(session, now);
            calls.Sweep();
            await rooms.SweepAsync(cancel);
            if (now - _storeSwept >= StorePeriod)
            {
                _storeSwept = now;
                sessions.Sweep();
                throttle.Sweep();
                await rooms.SweepStoreAsync(cancel);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One bad room must not stop the clock for all the others.
            Log.Failed(logger, e);
        }
    }

    private void Tick(Session session, DateTimeOffset now)
    {
        if (session.DetachedAt is { } since)
        {
            if (now - since >= options.Value.ResumeWindow && CanComeBack)
                End(session, "lost");
            return;
        }

        if (session.RenewIceServersAt <= now)
        {
            var fresh = new IceServersEvent(opening.FreshIceServers(session));
            session.Send(Wire.Event("ice-servers", fresh, MessageJson.Default.EventIceServersEvent));
        }

        if (session.RenewTokenAt <= now)
            Renew(session, now);
    }

    // While a cluster has no Redis whoever is at another node cannot come back, and has all the time they would have had afterwards.
    private bool CanComeBack => nodes is null || (!nodes.IsAway && nodes.SinceBack >= options.Value.ResumeWindow);

    private void Renew(Session session, DateTimeOffset now)
    {
        using var group = JournalGroup.Begin(journal);
        session.RenewTokenAt = null;
        if (session.Participant is null || session.AuthorizedUntil is not { } until || until <= now)
            return;
        var (token, expiresAt) = tokens.Renew(new JoinClaims(session.Grants, session.Identity, session.Name, until), session.TokenLifetime);
        session.AuthorizedUntil = expiresAt;
        session.RenewTokenAt = now + (session.TokenLifetime / 2);
        sessions.Save(session);
        session.Send(Wire.Event("token", new TokenEvent(token, expiresAt), MessageJson.Default.EventTokenEvent));
    }

    /// <summary>The end of a session: out of its call and its room, and only the claim on its id is left.</summary>
    public void End(Session session, string reason, bool kicked = false)
    {
        using var group = JournalGroup.Begin(journal);
        calls.HangUp(session);
        session.Participant?.Room.Leave(session, reason);
        sessions.End(session, kicked);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A tick failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
