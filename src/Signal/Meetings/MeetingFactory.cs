using Microsoft.Extensions.Options;
using RtcHub.Sfu.Control;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Meetings;

/// <summary>Gives each room its side of the media service, if the hub has one.</summary>
internal sealed class MeetingFactory(IServiceProvider services, IConfiguration settings, IOptions<RoomOptions> options, ILogger<Meetings> log)
{
    private readonly ISfu? _sfu = services.GetService<ISfu>();

    // The media service's own setting, which holds for one on another machine as well.
    private readonly int _audioSlots = settings.GetValue("Sfu:AudioSlots", 5);

    public bool HasSfu => _sfu is not null;

    public Meeting? Create(string room) => _sfu is null ? null : new Meeting(room, way: 0, _sfu, _audioSlots, options.Value.VideoSlots, log);
}
