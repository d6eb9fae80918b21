using System.Text.Json;
using System.Text.Json.Serialization;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Meetings;

namespace RtcHub.Signal.Rooms;

/// <summary>What the home of a room knows besides its record and the people in it.</summary>
/// <param name="Route">The way that media goes.</param>
/// <param name="IsMoving">Another way was being prepared.</param>
/// <param name="Epoch">Of the route.</param>
/// <param name="Way">Of those at the media service, the one in use.</param>
/// <param name="LastWay">The newest of them.</param>
/// <param name="Spotlight">Who is shown large to all, or null.</param>
/// <param name="Banned">Identities that may not come back.</param>
internal sealed record LiveRoom(MediaRoute Route, bool IsMoving, long Epoch, long Way, long LastWay, string? Spotlight, string[] Banned);

// How a room goes from the memory of one node into that of another.
internal sealed partial class Room
{
    /// <summary>Has <see cref="Live"/> written down; called at every change of it, under the lock.</summary>
    public Action<Room>? Keep { get; init; }

    public byte[] Live()
    {
        lock (_gate)
        {
            var live = new LiveRoom(topology.Route, topology.Next is not null, topology.Epoch, topology.Way, topology.NextWay ?? topology.Way, _spotlight, [.. _bannedIdentities]);
            return JsonSerializer.SerializeToUtf8Bytes(live, LiveRoomJson.Default.LiveRoom);
        }
    }

    /// <summary>What is to be written where everything was forgotten.</summary>
    public RoomKeepsake Keepsake()
    {
        lock (_gate)
            return new RoomKeepsake(Record, Live(), [.. _chat]);
    }

    /// <summary>
    /// Takes back what another node knew, before anybody who is in the room. Media goes on as it did; a move that was being prepared
    /// begins again: then everybody has to be told.
    /// </summary>
    public bool Restore(ReadOnlySpan<byte> state)
    {
        lock (_gate)
        {
            var live = JsonSerializer.Deserialize(state, LiveRoomJson.Default.LiveRoom)!;
            _spotlight = live.Spotlight;
            _bannedIdentities.UnionWith(live.Banned);
            topology.Restore(live.Route, live.Epoch + (live.IsMoving ? 1 : 0), live.Way, live.LastWay);
            _ways?.Follow(live.Way, next: null);
            return live.IsMoving;
        }
    }

    /// <summary>Takes back a program that publishes or plays; those who are here have seen it all the time.</summary>
    public void RestoreProgram(bool publishes, string participant, DateTimeOffset since)
    {
        lock (_gate)
        {
            _ = publishes ? _publishers++ : _players++;
            EmptySince = null;
            if (publishes)
                _programs[participant] = (ParticipantInfo.OfProgram(participant, since), _programs.GetValueOrDefault(participant).Sessions + 1);
        }
    }

    /// <summary>Tells everybody again what the room is like.</summary>
    public void TellAgain()
    {
        lock (_gate)
            TellRoom();
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LiveRoom))]
internal sealed partial class LiveRoomJson : JsonSerializerContext;
