using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Whip;

/// <summary>The two protocols.</summary>
internal enum WhipKind
{
    /// <summary>Publishes (RFC 9725).</summary>
    Whip,

    /// <summary>Plays (draft-ietf-wish-whep).</summary>
    Whep,
}

internal static class WhipKinds
{
    /// <summary>As in addresses, metrics and REST.</summary>
    public static string Name(this WhipKind kind) => kind == WhipKind.Whip ? "whip" : "whep";
}

/// <summary>Who was let into a room to publish or to play.</summary>
/// <param name="Room">Holds a place for the program until <see cref="Leave"/>.</param>
/// <param name="Participant">Who it is in the media service.</param>
/// <param name="Credential">A hash of what it showed at the door, or null: it did not have to.</param>
internal sealed record WhipGuest(WhipKind Kind, Room Room, string Participant, byte[]? Credential)
{
    public void Leave() => Room.LeaveProgram(publishes: Kind == WhipKind.Whip, Participant);

    /// <summary>The same token again is good for its session even when it has run out meanwhile.</summary>
    public bool Showed(string? credential) =>
        Credential is null || (credential is not null && CryptographicOperations.FixedTimeEquals(Credential, Hash(credential)));

    public static byte[] Hash(string credential) => SHA256.HashData(Encoding.UTF8.GetBytes(credential));
}

/// <summary>One resource of WHIP or WHEP.</summary>
/// <param name="Key">The last part of its URL: whoever knows it may end the session, so it is as long as a password.</param>
/// <param name="Id">By which others may call it; says nothing about <paramref name="Key"/>.</param>
/// <param name="MediaRoom">What the room was called at the media service when it began.</param>
/// <param name="Transport">In the media service.</param>
/// <param name="IceSession">Its entity tag.</param>
internal sealed record WhipSession(string Key, string Id, WhipGuest Guest, string MediaRoom, string Transport, string IceSession, DateTimeOffset CreatedAt)
{
    public bool IsConnected { get; init; }

    public WhipKind Kind => Guest.Kind;

    public Room Room => Guest.Room;
}

/// <summary>A session as REST shows it.</summary>
internal sealed record WhipSessionInfo(
    [property: Description("The session's id.")] string Id,
    [property: Description("Whether it publishes (`whip`) or plays (`whep`)."), AllowedValues("whip", "whep")] string Kind,
    [property: Description("Who it is in the media service; players choose one by `?participant=`.")] string Participant,
    [property: Description("Whether its media flows."), AllowedValues("connecting", "connected")] string State,
    [property: Description("When its offer came.")] DateTimeOffset CreatedAt)
{
    public static WhipSessionInfo Of(WhipSession session) =>
        new(session.Id, session.Kind.Name(), session.Guest.Participant, session.IsConnected ? "connected" : "connecting", session.CreatedAt);
}

/// <summary>The sessions of a room.</summary>
internal sealed record WhipSessionPage([property: Description("In the order in which they came.")] IReadOnlyList<WhipSessionInfo> Sessions);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WhipSessionPage))]
internal sealed partial class WhipJson : JsonSerializerContext;
