using System.Text.Json;
using System.Text.Json.Serialization;
using RtcHub.Sfu.Control;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Whip;

/// <summary>A <see cref="WhipSession"/> as it is kept for the node that goes on with it.</summary>
internal sealed record StoredWhipSession(
    string Key, string Id, WhipKind Kind, string Participant, byte[]? Credential, string MediaRoom, string Transport, string IceSession, DateTimeOffset CreatedAt,
    bool IsConnected);

// How the programs of a room go from the memory of one node into that of another.
internal sealed partial class WhipSessions
{
    /// <summary>The sessions of a room, as they are to be kept.</summary>
    public IReadOnlyDictionary<string, byte[]> Keepsakes(string room) => Of(room).ToDictionary(session => session.Key, Write);

    /// <summary>Goes on with the sessions of a room that comes from another node; those whose transports are gone end.</summary>
    public async Task RestoreAsync(Room room, IEnumerable<byte[]> stored)
    {
        var restored = new List<WhipSession>();
        foreach (var state in stored)
        {
            var one = JsonSerializer.Deserialize(state, WhipStoreJson.Default.StoredWhipSession)!;
            room.RestoreProgram(one.Kind == WhipKind.Whip, one.Participant, one.CreatedAt);
            var session = new WhipSession(
                one.Key, one.Id, new WhipGuest(one.Kind, room, one.Participant, one.Credential), one.MediaRoom, one.Transport, one.IceSession, one.CreatedAt)
            {
                IsConnected = one.IsConnected,
            };
            (_sessions[one.Key], _keyOf[one.Transport]) = (session, one.Key);
            restored.Add(session);
        }

        foreach (var group in restored.GroupBy(session => session.MediaRoom))
        {
            try
            {
                var alive = (await sfu.GetRoomAsync(group.Key))?.Transports.Select(transport => transport.Id).ToHashSet() ?? [];
                foreach (var session in group.Where(session => !alive.Contains(session.Transport))) Remove(session.Key);
            }
            catch (SfuException exception)
            {
                Log.NotAsked(log, room.Id, exception.Message); // it will say so itself when it is found again
            }
        }
    }

    // Their media goes on.
    private void Forget(Room room)
    {
        foreach (var session in Of(room.Id).ToArray())
        {
            _sessions.TryRemove(session.Key, out _);
            _keyOf.TryRemove(session.Transport, out _);
        }
    }

    private void Keep(WhipSession session) => journal?.Save(session.Room.Id, session.Key, Write(session));

    private static byte[] Write(WhipSession session) => JsonSerializer.SerializeToUtf8Bytes(
        new StoredWhipSession(
            session.Key, session.Id, session.Kind, session.Guest.Participant, session.Guest.Credential, session.MediaRoom, session.Transport, session.IceSession,
            session.CreatedAt, session.IsConnected),
        WhipStoreJson.Default.StoredWhipSession);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(StoredWhipSession))]
internal sealed partial class WhipStoreJson : JsonSerializerContext;
