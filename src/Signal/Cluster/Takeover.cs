using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Whip;
using StackExchange.Redis;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// Goes on where another node was killed, or has let go: brings a room and everybody in it from Redis into the memory of this node,
/// with all that they were sent and may not have received. They have no sockets yet, and the full grace period to come.
/// </summary>
internal sealed partial class Takeover(
    IConnectionMultiplexer redis, ClusterKeys keys, Journal journal, SessionDirectory sessions, RoomDirectory rooms, DirectCalls calls, TimeProvider time,
    ILogger<Takeover> logger, WhipSessions? programs = null)
{
    private readonly IDatabase _redis = redis.GetDatabase();

    /// <summary>Called when this node has got the lease of a room, and before anybody is let in.</summary>
    /// <param name="epoch">Of the lease; all that is written of the room from now on carries it.</param>
    public async Task RoomAsync(string room, long epoch, CancellationToken cancel)
    {
        if (rooms.Live(room) is not null)
            return; // It never was anywhere else.
        var (roster, playing) = (await _redis.SetMembersAsync(keys.Roster(room)), await _redis.HashValuesAsync(keys.Programs(room)));
        if (roster.Length + playing.Length == 0)
            return;
        var stored = await Task.WhenAll(roster.Select(id => StoredSession.ReadAsync(_redis, keys, id!)));
        if (await rooms.RestoreAsync(room, cancel) is not { } live)
            return;

        var wasMoving = (byte[]?)await _redis.StringGetAsync(keys.Live(room)) is { } state && live.Restore(state);
        var there = new List<SessionState>();
        foreach (var one in stored.OfType<StoredSession>().Where(one => one.Record.Room == room))
        {
            if (Bring(one) is { } back && Seat(back.Session, back.State, live))
                there.Add(back.State);
        }

        foreach (var call in there.Select(state => state.Call).OfType<CallView>())
            calls.Restore(call);
        if (programs is not null)
            await programs.RestoreAsync(live, playing.Select(program => (byte[])program!));
        if (wasMoving)
            live.TellAgain();
        if (live.Meeting is { } meeting)
            _ = meeting.FoundAsync(anew: true);
        Log.Taken(logger, room, epoch, there.Count);
    }

    /// <summary>Called when this node has got a session that is in no room.</summary>
    public async Task SessionAsync(string session, CancellationToken cancel)
    {
        if (sessions.Find(session) is not null || await StoredSession.ReadAsync(_redis, keys, session) is not { } stored || Bring(stored) is not { } back)
            return;
        sessions.Save(back.Session);
        if (back.State.Call is { } call)
            DirectCalls.Broken(back.Session, call);
    }

    private (Session Session, SessionState State)? Bring(StoredSession stored)
    {
        if (sessions.Restore(stored.Record) is not { } back)
            return null;
        var (session, log) = (back.Session, back.Session.Log!);
        if (stored.Messages.Count > 0)
            journal.Advance(stored.Messages.Max(message => message.Stamp));
        (log.IsFresh, log.Record, log.Request, log.Cut) = (false, stored.Record, stored.Request, stored.Seq);
        session.LastRequest = stored.Request;
        if (session.Outbox.Restore(stored.Seq, stored.Lost, stored.Messages))
            log.Rewrite();

        // The clocks of what is renewed in time ran on the other node.
        session.RenewIceServersAt = time.GetUtcNow();
        if (session.AuthorizedUntil is { } until)
        {
            session.TokenLifetime = until - time.GetUtcNow();
            session.RenewTokenAt = time.GetUtcNow() + (session.TokenLifetime / 2);
        }

        return back;
    }

    private bool Seat(Session session, SessionState state, Room room)
    {
        if (state.Place is not { } place)
            return false;
        room.Restore(place.For(session, room), state.Seat);
        sessions.Save(session); // under the name of this node
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Room} lives here now (epoch {Epoch}), with {Count} people")]
        public static partial void Taken(ILogger logger, string room, long epoch, int count);
    }
}
