using System.Text.Json;
using System.Text.Json.Serialization;
using RtcHub.Signal.Meetings;

namespace RtcHub.Signal.Rooms;

// The shapes of docs/protocol.md section 4, as clients and programs see them.

/// <summary>ROOM: a room as one of its participants sees it.</summary>
internal sealed record RoomView(
    string Id, string? Name, string Mode, RouteView Route, string Status, int MaxParticipants, bool Locked, bool Lobby, bool HasPasscode,
    JsonElement? Metadata, string? Spotlight, CallView? Call, IReadOnlyList<ParticipantInfo> Participants, IReadOnlyList<WaitingInfo> Waiting,
    IReadOnlyList<ChatMessage> Chat, SeatView? Seat);

/// <summary>ROUTE: which way the media of a room goes.</summary>
/// <param name="Topology"><c>mesh</c>: from browser to browser; <c>sfu</c>: through the media service.</param>
/// <param name="Next">The one that is being prepared, or null.</param>
/// <param name="Epoch">Goes up with every change of these; <c>moved</c> names it.</param>
/// <param name="HeldBackBy">The participant because of whom the room cannot move, or null.</param>
/// <param name="Way">Which of the room's ways at the media service is in use, or would be.</param>
/// <param name="NextWay">The one to another media service that is being prepared, or null.</param>
internal sealed record RouteView(string Topology, string? Next, long Epoch, string? HeldBackBy, long Way, long? NextWay);

/// <summary>ROOM without the people in it, for the event <c>room</c>.</summary>
internal sealed record RoomProperties(
    string Id, string? Name, string Mode, RouteView Route, int MaxParticipants, bool Locked, bool Lobby, bool HasPasscode, JsonElement? Metadata)
{
    public static RoomProperties Of(RoomRecord record, RouteView route) => new(
        record.Id, record.Name, ModeName(record.Mode), route, record.MaxParticipants, record.Locked, record.Lobby, record.PasscodeHash is not null,
        record.Metadata);

    public static string ModeName(RoomMode mode) => mode switch
    {
        RoomMode.P2p => "p2p",
        RoomMode.Sfu => "sfu",
        _ => "auto",
    };
}

/// <summary>PARTICIPANT: a person in a room as everybody there sees them.</summary>
/// <param name="Id">8 characters; also the address that others dial.</param>
/// <param name="Name">What the others see.</param>
/// <param name="Role"><c>moderator</c> or <c>participant</c>.</param>
/// <param name="State"><c>connected</c>, or <c>reconnecting</c> while the socket is away.</param>
/// <param name="JoinedAt">When they came into the room.</param>
/// <param name="Media">What they say is on.</param>
/// <param name="Hand">When it was raised, or null.</param>
/// <param name="Grants">What they may do.</param>
/// <param name="MutedBy">By which moderator each kind was muted last, or null.</param>
/// <param name="Kind"><c>person</c>, or <c>program</c> for a publisher over WHIP: it hears nobody and is reached through the media service only.</param>
internal sealed record ParticipantInfo(
    string Id, string Name, string Role, string State, DateTimeOffset JoinedAt, MediaState Media, DateTimeOffset? Hand,
    ParticipantGrants Grants, MutedBy? MutedBy, string Kind = "person")
{
    public static ParticipantInfo OfProgram(string id, DateTimeOffset joinedAt) => new(
        id, id, "participant", "connected", joinedAt, new MediaState(true, true, null), null, new(Publish: true, Subscribe: false, Data: false), null, "program");
}

/// <summary>What a participant says is on.</summary>
/// <param name="Audio">The microphone is on.</param>
/// <param name="Video">The camera is on.</param>
/// <param name="Screen">Id of the screen's stream, or null.</param>
internal sealed record MediaState(bool Audio, bool Video, string? Screen)
{
    public static readonly MediaState Off = new(false, false, null);
}

/// <summary>What a participant may do.</summary>
/// <param name="Publish">Send audio and video.</param>
/// <param name="Subscribe">Receive the audio and video of others.</param>
/// <param name="Data">Send chat and data.</param>
internal sealed record ParticipantGrants(bool Publish, bool Subscribe, bool Data);

/// <summary>Who muted a participant: the id of a moderator, or <c>api</c>.</summary>
/// <param name="Audio">Who muted the microphone last, or null.</param>
/// <param name="Video">Who switched the camera off last, or null.</param>
internal sealed record MutedBy(string? Audio, string? Video);

internal sealed record WaitingInfo(string Id, string Name);

/// <summary>CALL: a direct call between two.</summary>
internal sealed record CallView(string Id, WaitingInfo From, WaitingInfo To, string State, string? Room);

internal sealed record ParticipantEvent(ParticipantInfo Participant);

internal sealed record LeftEvent(string Id, string Reason);

internal sealed record RoomChangedEvent(RoomProperties Room);

internal sealed record WaitingEvent(IReadOnlyList<WaitingInfo> Waiting);

internal sealed record RemovedEvent(string Room, string Reason, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? By);

internal sealed record MutedEvent(string Kind, string? By);
