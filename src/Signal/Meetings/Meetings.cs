using RtcHub.Sfu.Control;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Meetings;

/// <summary>Brings what happens at the media service to the rooms that it concerns, and tells them when it is away.</summary>
internal sealed partial class Meetings(ISfu sfu, RoomDirectory rooms, TimeProvider time, ILogger<Meetings> log) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

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
        switch (happened.Kind)
        {
            case SfuEvent.Lost:
                foreach (var room in rooms.All) room.MediaServiceIs(there: false);
                break;
            case SfuEvent.Found:
                foreach (var room in rooms.All)
                {
                    room.MediaServiceIs(there: true);
                    if (room.Meeting is { } meeting) await meeting.FoundAsync();
                }

                break;
            case var _ when happened.Room is { } id:
                rooms.Live(id)?.Meeting?.Take(happened);
                break;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4103, Level = LogLevel.Warning, Message = "The media service tells nothing: {Why}")]
        public static partial void EventsLost(ILogger logger, string why);
    }
}
