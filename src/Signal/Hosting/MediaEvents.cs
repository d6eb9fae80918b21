using RtcHub.Sfu.Control;
using RtcHub.Signal.Whip;

namespace RtcHub.Signal.Hosting;

/// <summary>Hears what happens at the media service, in order, for the rooms and for the programs that publish and play.</summary>
internal sealed partial class MediaEvents(
    ISfu sfu, Meetings.Meetings meetings, IServiceProvider services, HubMetrics metrics, TimeProvider time, ILogger<MediaEvents> log) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly WhipSessions? _programs = services.GetService<WhipSessions>();
    private long _lost;
    private long _draining;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.ObserveMediaMoves(() => (Volatile.Read(ref _lost), Volatile.Read(ref _draining)));
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var happened in sfu.EventsAsync(stoppingToken)) await TakeAsync(happened);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (SfuException exception)
            {
                Log.EventsLost(log, exception.Message);
                await Task.Delay(Retry, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                // What was missed cannot be told apart from what was not: look.
                await TakeAsync(new SfuEvent(SfuEvent.Found, Room: null));
            }
        }
    }

    private async Task TakeAsync(SfuEvent happened)
    {
        if (happened is { Kind: SfuEvent.Lost, Room: not null }) _lost++;
        if (happened.Kind == SfuEvent.Leave) _draining++;
        await meetings.TakeAsync(happened);
        if (_programs is not null) await _programs.TakeAsync(happened);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4103, Level = LogLevel.Warning, Message = "The media service tells nothing: {Why}")]
        public static partial void EventsLost(ILogger logger, string why);
    }
}
