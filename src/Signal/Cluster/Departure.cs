using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Cluster;

/// <summary>
/// How rooms and sessions leave this node: between two requests, when Redis has all that there is of them, and without anybody else
/// noticing. Their clients are told to resume, which takes them to where they live from then on.
/// </summary>
internal sealed partial class Departure(Homes homes, RoomDirectory rooms, SessionDirectory sessions, TimeProvider time, ILogger<Departure> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Ends when everything that was caused before is in Redis.</summary>
    public Func<Task> Flush { get; set; } = () => Task.CompletedTask;

    /// <summary>Gives a session that is in no room to another node; the caller has its turn. False: it stays.</summary>
    public async ValueTask<bool> OfSessionAsync(Session session, string node)
    {
        try
        {
            await Flush().WaitAsync(Patience, time);
            await homes.GiveSessionAsync(session.Id, node);
        }
        catch (Exception e) when (e is StackExchange.Redis.RedisException or TimeoutException)
        {
            Log.Stays(logger, session.Id, e.Message);
            return false;
        }

        sessions.Forget(session);
        session.Socket?.Close(CloseCode.Moved);
        return true;
    }

    /// <summary>Another node has taken the session.</summary>
    public void OfFenced(Session session)
    {
        sessions.Forget(session);
        session.Socket?.Close(CloseCode.Moved);
    }

    /// <summary>A room, with everybody in it, leaves this node; any other may take it.</summary>
    /// <param name="held">Whether this node still has its lease; else another has taken it already, and what is here is out of date.</param>
    public async Task OfRoomAsync(string id, bool held)
    {
        if (rooms.Live(id) is not { } room)
        {
            if (held) await homes.ReleaseAsync(id);
            return;
        }

        var present = room.Sessions();
        var turns = await TurnsAsync(present);
        if (held) homes.Leave(id);
        try
        {
            room.Depart();
            rooms.Forget(room);
            foreach (var session in present) sessions.Forget(session);
            if (held)
            {
                await FlushAsync(id);
                await homes.ReleaseAsync(id);
            }
        }
        finally
        {
            foreach (var turn in turns) turn.Release();
        }

        foreach (var session in present) session.Socket?.Close(CloseCode.Moved, Random.Shared.Next(1, Math.Max(2, present.Length)));
    }

    private async Task FlushAsync(string room)
    {
        try
        {
            await Flush().WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            Log.NotFlushed(logger, room);
        }
    }

    // No request is in the middle of anything. One that takes too long is not waited for: it will be repeated, or is answered there.
    private async Task<List<SemaphoreSlim>> TurnsAsync(Session[] present)
    {
        var turns = new List<SemaphoreSlim>(present.Length);
        using var late = new CancellationTokenSource(Patience, time);
        foreach (var session in present)
        {
            try
            {
                await session.Turn.WaitAsync(late.Token);
                turns.Add(session.Turn);
            }
            catch (OperationCanceledException)
            {
                Log.Busy(logger, session.Id);
            }
        }

        return turns;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Session} cannot go to another node: {Error}")]
        public static partial void Stays(ILogger logger, string session, string error);

        [LoggerMessage(2, LogLevel.Warning, "{Room} leaves before Redis has all of it")]
        public static partial void NotFlushed(ILogger logger, string room);

        [LoggerMessage(3, LogLevel.Warning, "{Session} leaves in the middle of a request")]
        public static partial void Busy(ILogger logger, string session);
    }
}
