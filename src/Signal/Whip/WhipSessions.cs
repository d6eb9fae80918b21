using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using RtcHub.Sfu.Control;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Whip;

/// <summary>
/// All sessions of WHIP and WHEP. One ends when its client says so, when the media service says that its transport is gone, when
/// its room is, or when somebody closes it over REST; its room stays open as long as it lasts.
/// </summary>
internal sealed partial class WhipSessions : BackgroundService
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, WhipSession> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _byTransport = new(StringComparer.Ordinal);

    private readonly ISfu _sfu;
    private readonly WhipOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public WhipSessions(ISfu sfu, HubMetrics metrics, IOptions<WhipOptions> options, TimeProvider time, ILogger<WhipSessions> log)
    {
        (_sfu, _options, _time, _log) = (sfu, options.Value, time, log);
        metrics.ObserveWhip(kind => _sessions.Values.Count(session => session.Kind == kind));
    }

    public int Count => _sessions.Count;

    public bool IsFull => Count >= _options.MaxSessions;

    /// <summary>Null when there is none, or it is of the other kind or of another room.</summary>
    public WhipSession? Find(WhipKind kind, string room, string key) =>
        _sessions.TryGetValue(key, out var session) && session.Kind == kind && session.Room.Id == room ? session : null;

    public IEnumerable<WhipSession> Of(string room) => _sessions.Values.Where(session => session.Room.Id == room).OrderBy(session => session.CreatedAt);

    /// <summary>A session for a transport that the media service has just made. The room must have been held for it.</summary>
    public WhipSession Add(WhipKind kind, Room room, string participant, TransportAnswer answer)
    {
        var session = new WhipSession(
            RandomNumberGenerator.GetString(Letters, 32), RandomNumberGenerator.GetString(Letters, 12), kind, room, participant, answer.Transport, answer.IceSession, _time.GetUtcNow());
        _sessions[session.Key] = session;
        _byTransport[session.Transport] = session.Key;
        return session;
    }

    /// <summary>After an ICE restart.</summary>
    public void Tag(WhipSession session, string etag) => Change(session.Key, old => old with { ETag = etag });

    public async Task CloseAsync(WhipSession session, CancellationToken cancel)
    {
        Remove(session.Key);
        await _sfu.CloseAsync(session.Transport, cancel);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var sweeping = SweepAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var happened in _sfu.EventsAsync(stoppingToken)) Note(happened);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (SfuException exception)
            {
                Log.EventsLost(_log, exception.Message);
                await Task.Delay(Retry, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await sweeping;
    }

    private void Note(SfuEvent happened)
    {
        switch (happened.Kind)
        {
            case SfuEvent.Connected when happened.Transport is { } transport && _byTransport.TryGetValue(transport, out var key):
                Change(key, old => old with { IsConnected = true });
                break;
            case SfuEvent.Closed when happened.Transport is { } transport && _byTransport.TryGetValue(transport, out var key):
                Remove(key);
                break;
            case SfuEvent.Lost:
                foreach (var each in _sessions.Keys) Remove(each);
                break;
        }
    }

    // A room that was deleted or has expired takes its media with it.
    private async Task SweepAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Sweep, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                foreach (var session in _sessions.Values.Where(session => session.Room.Closed)) await CloseAsync(session, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The hub stops.
        }
        catch (SfuException exception)
        {
            Log.EventsLost(_log, exception.Message);
        }
    }

    private void Change(string key, Func<WhipSession, WhipSession> change)
    {
        while (_sessions.TryGetValue(key, out var old) && !_sessions.TryUpdate(key, change(old), old))
        {
            // Somebody else changed it meanwhile: once more.
        }
    }

    private void Remove(string key)
    {
        if (!_sessions.TryRemove(key, out var session)) return;
        _byTransport.TryRemove(session.Transport, out _);
        session.Room.Release();
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4001, Level = LogLevel.Warning, Message = "The media service tells nothing: {Why}")]
        public static partial void EventsLost(ILogger logger, string why);
    }
}
