using System.Text.Json;
using System.Text.Json.Serialization;

namespace RtcHub.Signal.Rooms;

// The shapes of docs/protocol.md section 4, as clients and programs see them.

/// <summary>ROOM: a room as one of its participants sees it.</summary>
internal sealed record RoomView(
    string Id, string? Name, string Mode, string Topology, string Status, int MaxParticipants, bool Locked, bool Lobby, bool HasPasscode,
    JsonElement? Metadata, CallView? Call, IReadOnlyList<ParticipantInfo> Participants, IReadOnlyList<WaitingInfo> Waiting, IReadOnlyList<ChatMessage> Chat);

/// <summary>ROOM without the people in it, for the event <c>room</c>.</summary>
internal sealed record RoomProperties(
    string Id, string? Name, string Mode, string Topology, int MaxParticipants, bool Locked, bool Lobby, bool HasPasscode, JsonElement? Metadata)
{
    public static RoomProperties Of(RoomRecord record) => new(
        record.Id, record.Name, ModeName(record.Mode), "mesh", record.MaxParticipants, record.Locked, record.Lobby, record.PasscodeHash is not null,
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
internal sealed record ParticipantInfo(
    string Id, string Name, string Role, string State, DateTimeOffset JoinedAt, MediaState Media, DateTimeOffset? Hand,
    ParticipantGrants Grants, MutedBy? MutedBy);

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
