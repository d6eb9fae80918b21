using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RtcHub.Signal.Rooms;

/// <summary>A room. Its ETag stands for everything but the number of participants, which lives its own life.</summary>
internal sealed record RoomResource(
    [property: Description("The last part of the link.")] string Id,
    [property: Description("What people call it, or null.")] string? Name,
    [property: Description("How media travels: `p2p` from browser to browser, `sfu` through a server, `auto` as the hub finds best."), AllowedValues("auto", "p2p", "sfu")] string Mode,
    [property: Description("How many may be in it at once.")] int MaxParticipants,
    [property: Description("Nobody new comes in.")] bool Locked,
    [property: Description("Newcomers wait until a moderator admits them.")] bool Lobby,
    [property: Description("Whether joining asks for a passcode; the passcode itself is never shown.")] bool HasPasscode,
    [property: Description("The application's own data, or null; everybody in the room sees it.")] JsonElement? Metadata,
    [property: Description("When it was made.")] DateTimeOffset CreatedAt,
    [property: Description("When it closes even if people are in it; null: never.")] DateTimeOffset? ExpiresAt,
    [property: Description("Seconds that it outlives its last participant; null: for ever.")] int? EmptyTimeout,
    [property: Description("How many are in it now. Not part of what the ETag stands for.")] int Participants,
    [property: Description("Which way media goes at the moment: `topology` is `mesh` or `sfu`, `next` the one that is being prepared. Null: nobody is in it.")] RouteView? Route,
    [property: Description("The link to share: a browser that opens it joins.")] string Url)
{
    public static RoomResource Of(RoomRecord room, int participants, RouteView? route, HttpRequest request) => new(
        room.Id, room.Name, RoomProperties.ModeName(room.Mode), room.MaxParticipants, room.Locked, room.Lobby, room.PasscodeHash is not null, room.Metadata,
        room.CreatedAt, room.ExpiresAt, room.EmptyTimeoutSeconds, participants, route, $"{request.Scheme}://{request.Host}/r/{room.Id}");
}

/// <summary>A page of rooms.</summary>
internal sealed record RoomPage(
    [property: Description("In order of id.")] IReadOnlyList<RoomResource> Rooms,
    [property: Description("`after` of the next page; null: this is the last one.")] string? Next);

// The inputs are read member by member (RoomSettings and the endpoints), which tells absent from null; these describe them.

/// <summary>What a request may say of a room; every member may be left out.</summary>
internal record RoomInput
{
    [Description("What people call it; null: nothing."), StringLength(100, MinimumLength = 1)]
    public string? Name { get; init; }

    [Description("How media travels. `sfu` needs a hub with an SFU."), AllowedValues("auto", "p2p", "sfu"), DefaultValue("auto")]
    public string? Mode { get; init; }

    [Description("How many may be in it at once, up to the hub's limit; null: the hub's default."), Range(2, 500)]
    public int? MaxParticipants { get; init; }

    [Description("Nobody new comes in."), DefaultValue(false)]
    public bool? Locked { get; init; }

    [Description("Newcomers wait until a moderator admits them."), DefaultValue(false)]
    public bool? Lobby { get; init; }

    [Description("Joining asks for it; null: for nothing. Stored hashed and never shown."), StringLength(Signal.Rooms.Passcode.MaxLength, MinimumLength = RoomSettings.MinPasscode)]
    public string? Passcode { get; init; }

    [Description("Any JSON object of the application's, by default at most 16 KiB; everybody in the room sees it.")]
    public JsonElement? Metadata { get; init; }

    [Description("When it closes even if people are in it, in the future; null: never.")]
    public DateTimeOffset? ExpiresAt { get; init; }

    [Description("Seconds that it outlives its last participant; null: for ever."), Range(1, RoomSettings.MaxEmptyTimeout)]
    public int? EmptyTimeout { get; init; }
}

/// <summary>A room to be made; every member may be left out.</summary>
internal sealed record NewRoomInput : RoomInput
{
    [Description("The last part of the link: 3-64 of a-z, 0-9 and -, no - at the ends, not beginning with call-. Left out: a readable one is made."), StringLength(64, MinimumLength = 3)]
    public string? Id { get; init; }
}

/// <summary>A request to mute somebody.</summary>
internal sealed record MuteInput([property: Description("What to mute."), AllowedValues("audio", "video")] string Kind);

/// <summary>Everybody in a room.</summary>
internal sealed record ParticipantPage([property: Description("Whoever has been here longest comes first; those in the lobby are left out.")] IReadOnlyList<ParticipantResource> Participants);

/// <summary>A participant as REST shows them.</summary>
internal sealed record ParticipantResource(
    [property: Description("8 characters; also the address that others dial.")] string Id,
    [property: Description("What the others see.")] string Name,
    [property: Description("A person, or a program that publishes over WHIP."), AllowedValues("person", "program")] string Kind,
    [property: Description("What they may do to others."), AllowedValues("moderator", "participant")] string Role,
    [property: Description("`reconnecting` while their socket is away."), AllowedValues("connected", "reconnecting")] string State,
    [property: Description("When they came in.")] DateTimeOffset JoinedAt,
    [property: Description("What they say is on.")] MediaState Media,
    [property: Description("When they raised their hand, or null.")] DateTimeOffset? Hand,
    [property: Description("What they may send and receive.")] ParticipantGrants Grants,
    [property: Description("Who muted them last, or null.")] MutedBy? MutedBy,
    [property: Description("Which way their media goes.")] PathView Path)
{
    public static ParticipantResource Of(ParticipantInfo info, PathView path) => new(
        info.Id, info.Name, info.Kind, info.Role, info.State, info.JoinedAt, info.Media, info.Hand, info.Grants, info.MutedBy, path);
}

/// <summary>Which way a participant's media goes.</summary>
internal sealed record PathView(
    [property: Description("That of the room."), AllowedValues("mesh", "sfu")] string Topology,
    [property: Description("Their connections to the media service; none in a mesh.")] IReadOnlyList<ConnectionView> Connections);

/// <summary>A connection to the media service.</summary>
internal sealed record ConnectionView(
    [property: Description("Its id.")] string Id,
    [property: Description("How far it is."), AllowedValues("new", "connecting", "connected")] string State,
    [property: Description("`udp`, `tcp`, or null before it is connected.")] string? Protocol,
    [property: Description("How many videos it carries at the moment.")] int Videos);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RoomResource))]
[JsonSerializable(typeof(RoomPage))]
[JsonSerializable(typeof(RoomInput))]
[JsonSerializable(typeof(NewRoomInput))]
[JsonSerializable(typeof(MuteInput))]
[JsonSerializable(typeof(ParticipantPage))]
internal sealed partial class RoomJson : JsonSerializerContext;
