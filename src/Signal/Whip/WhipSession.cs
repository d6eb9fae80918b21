using System.ComponentModel;
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

/// <summary>One resource of WHIP or WHEP.</summary>
/// <param name="Key">The last part of its URL: whoever knows it may end the session, so it is as long as a password.</param>
/// <param name="Id">By which others may call it; says nothing about <paramref name="Key"/>.</param>
internal sealed record WhipSession(string Key, string Id, WhipKind Kind, Room Room, string Participant, string Transport, string ETag, DateTimeOffset CreatedAt)
{
    public bool IsConnected { get; init; }
}

/// <summary>A session as REST shows it.</summary>
internal sealed record WhipSessionInfo(
    [property: Description("The session's id.")] string Id,
    [property: Description("Whether it publishes (`whip`) or plays (`whep`).")] string Kind,
    [property: Description("Who it is in the media service; players choose one by `?participant=`.")] string Participant,
    [property: Description("`connecting` or `connected`.")] string State,
    [property: Description("When its offer came.")] DateTimeOffset CreatedAt)
{
    public static WhipSessionInfo Of(WhipSession session) =>
        new(session.Id, session.Kind == WhipKind.Whip ? "whip" : "whep", session.Participant, session.IsConnected ? "connected" : "connecting", session.CreatedAt);
}

/// <summary>The sessions of a room.</summary>
internal sealed record WhipSessionPage([property: Description("In the order in which they came.")] IReadOnlyList<WhipSessionInfo> Sessions);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WhipSessionPage))]
internal sealed partial class WhipJson : JsonSerializerContext;
