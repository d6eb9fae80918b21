using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using RtcHub.Sfu.Control;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Whip;

/// <summary>
/// All sessions of WHIP and WHEP. One ends when its client says so, when the media service says that its transport is gone, when
/// its room ends, when somebody closes it over REST, and when the hub stops; its room stays open as long as it lasts.
/// </summary>
internal sealed partial class WhipSessions(
    ISfu sfu, RoomDirectory rooms, IOptions<WhipOptions> options, TimeProvider time, ILogger<WhipSessions> log, Journal? journal = null) : IHostedService
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly ConcurrentDictionary<string, WhipSession> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _keyOf = new(StringComparer.Ordinal);

    // Transports that could not be closed because the media service was away: it may come back with them.
    private readonly ConcurrentDictionary<string, byte> _orphans = new(StringComparer.Ordinal);

    public bool IsFull => _sessions.Count >= options.Value.MaxSessions;

    public int Count(WhipKind kind) => _sessions.Values.Count(session => session.Kind == kind);

    /// <summary>Null when there is none, or it is of the other kind or of another room.</summary>
    public WhipSession? Find(WhipKind kind, string room, string key) =>
        _sessions.TryGetValue(key, out var session) && session.Kind == kind && session.Room.Id == room ? session : null;

    public IEnumerable<WhipSession> Of(string room) => _sessions.Values.Where(session => session.Room.Id == room).OrderBy(session => session.CreatedAt);

    /// <summary>A session for a transport that the media service has just made; from now on the guest leaves with it.</summary>
    public async Task<WhipSession> AddAsync(WhipGuest guest, string mediaRoom, TransportAnswer answer)
    {
        var session = new WhipSession(
            RandomNumberGenerator.GetString(Letters, 32), RandomNumberGenerator.GetString(Letters, 12), guest, mediaRoom, answer.Transport, answer.IceSession, time.GetUtcNow());
        _sessions[session.Key] = session;
        _keyOf[session.Transport] = session.Key;
        Keep(session);
        if (session.Kind == WhipKind.Whip) session.Room.ShowProgram(guest.Participant);
        if (journal is not null) await journal.FlushAsync(); // A program that is told where it publishes can rely on that.
        return session;
    }

    /// <summary>After an ICE restart.</summary>
    public void Tag(WhipSession session, string iceSession) => Change(session.Key, old => old with { IceSession = iceSession });

    /// <summary>Ends a session and its media.</summary>
    public async Task EndAsync(WhipSession session)
    {
        if (Remove(session.Key)) await CloseAsync(session.Transport);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        rooms.Ended += EndAll;
        rooms.Departed += Forget;
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        rooms.Ended -= EndAll;
        rooms.Departed -= Forget;
        await Task.WhenAll(_sessions.Values.Select(EndAsync)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Something has happened at the media service.</summary>
    public async Task TakeAsync(SfuEvent happened)
    {
        var key = happened.Transport is { } transport ? _keyOf.GetValueOrDefault(transport) : null;
        switch (happened.Kind)
        {
            case SfuEvent.Connected when key is not null:
                Change(key, old => old with { IsConnected = true });
                break;
            case SfuEvent.Closed when key is not null:
                Remove(key);
                break;
            case SfuEvent.Lost:
                foreach (var (each, session) in _sessions.Where(one => happened.Room is null || one.Value.MediaRoom == happened.Room))
                {
                    if (Remove(each)) _orphans[session.Transport] = 0;
                }

                break;
            case SfuEvent.Found:
                foreach (var orphan in _orphans.Keys)
                {
                    _orphans.TryRemove(orphan, out _);
                    await CloseAsync(orphan);
                }

                break;
        }
    }

    private void EndAll(Room room)
    {
        foreach (var session in Of(room.Id)) _ = EndAsync(session);
    }

    private async Task CloseAsync(string transport)
    {
        try
        {
            await sfu.CloseAsync(transport);
        }
        catch (SfuException exception)
        {
            _orphans[transport] = 0;
            Log.NotClosed(log, transport, exception.Message);
        }
    }

    private void Change(string key, Func<WhipSession, WhipSession> change)
    {
        while (_sessions.TryGetValue(key, out var old) && !_sessions.TryUpdate(key, change(old), old))
        {
            // Somebody else changed it meanwhile: once more.
        }

        if (_sessions.TryGetValue(key, out var changed)) Keep(changed);
    }

    private bool Remove(string key)
    {
        if (!_sessions.TryRemove(key, out var session)) return false;
        _keyOf.TryRemove(session.Transport, out _);
        journal?.Save(session.Room.Id, key, program: null);
        session.Guest.Leave();
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4002, Level = LogLevel.Warning, Message = "Transport {Transport} could not be closed yet: {Why}")]
        public static partial void NotClosed(ILogger logger, string transport, string why);

        [LoggerMessage(EventId = 4004, Level = LogLevel.Debug, Message = "What is left of the programs in {Room} cannot be asked: {Why}")]
        public static partial void NotAsked(ILogger logger, string room, string why);
    }
}
