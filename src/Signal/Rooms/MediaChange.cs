using System.Text.Json;
using RtcHub.Signal.Sockets;

namespace RtcHub.Signal.Rooms;

/// <summary>Applies what a client says of its media to what was known of it.</summary>
internal static class MediaChange
{
    private const int MaxStreamId = 128;

    public static bool TryRead(MediaData? data, MediaState before, out MediaState after, out HubError? error)
    {
        (after, error) = (before, null);
        if (data is null)
            return true;
        var screen = before.Screen;
        switch (data.Screen.ValueKind)
        {
            case JsonValueKind.Undefined:
                break;
            case JsonValueKind.Null:
                screen = null;
                break;
            case JsonValueKind.String when data.Screen.GetString() is { Length: > 0 and <= MaxStreamId } id:
                screen = id;
                break;
            default:
                error = Errors.Invalid.With($"'screen' is the id of a stream, of at most {MaxStreamId} characters, or null.", "screen");
                return false;
        }

        after = new MediaState(data.Audio ?? before.Audio, data.Video ?? before.Video, screen);
        return true;
    }
}
