using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RtcHub.Signal.Sockets;

/// <summary>Reads the payload of a request; what is wrong with it is named by its member.</summary>
internal static class Payload
{
    public static bool TryRead<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type, out T value, out HubError error)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize(json.Span, type) is { } read)
            {
                (value, error) = (read, null!);
                return true;
            }

            (value, error) = (null!, Errors.Invalid.With("'d' must be an object.", "d"));
        }
        catch (JsonException e)
        {
            // "$.media.audio" -> "media.audio"
            var field = e.Path is { Length: > 2 } path ? path[2..] : "d";
            (value, error) = (null!, Errors.Invalid.With($"'{field}' is of the wrong type.", field));
        }
        catch (InvalidOperationException)
        {
            // A string that is no text: "\ud800".
            (value, error) = (null!, Errors.Malformed);
        }

        return false;
    }

    public static HubError Missing(string field) => Errors.Invalid.With($"'{field}' is missing.", field);

    public static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);
}
