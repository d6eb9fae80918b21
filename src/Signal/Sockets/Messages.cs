using System.Text.Json;
using System.Text.Json.Serialization;
using RtcHub.Signal.IceServers;
using RtcHub.Signal.Meetings;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Sockets;

// What clients send: docs/protocol.md sections 3 to 5. Everything may be missing; Dispatch and the rooms say what is.
internal sealed record HelloData(string[]? Versions, string? Name, string? Token, HelloRoom? Room, MediaData? Media, HelloResume? Resume);

internal sealed record HelloRoom(string? Id, string? Passcode);

internal sealed record HelloResume(string? Id, string? Secret, long? Seq);

internal sealed record JoinData(string? Room, string? Passcode, string? Token, MediaData? Media);

/// <param name="Screen">Absent: unchanged; null: off; a string: the id of the screen's stream.</param>
internal sealed record MediaData(bool? Audio, bool? Video, JsonElement Screen);

internal sealed record NameData(string? Name);

internal sealed record HandData(bool? Raised);

internal sealed record ChatData(string? Text);

internal sealed record TargetData(string? Target, string? Kind, bool? Moderator);

internal sealed record LockData(bool? Locked);

internal sealed record LobbyData(bool? Enabled);

internal sealed record CallData(string? Call, MediaData? Media);

// What the hub says.
internal sealed record Event<T>([property: JsonPropertyName("t")] string Type, [property: JsonPropertyName("d")] T Data);

internal sealed record Self(string Id, string Name, string Secret, Grants Grants);

internal sealed record Limits(
    int FrameBytes, int SdpFrameBytes, int MessagesPerSecond, int Burst, int CandidatesPerNegotiation, int ChatBytes,
    int ReplayMessages, int ReplayBytes, int ResumeMs, int PingMs, int DeadMs)
{
    public static Limits Of(SocketOptions o) => new(
        o.FrameBytes, o.SdpFrameBytes, o.MessagesPerSecond, o.Burst, o.CandidatesPerNegotiation, o.ChatBytes,
        o.ReplayMessages, o.ReplayBytes, (int)o.ResumeWindow.TotalMilliseconds, (int)o.PingAfter.TotalMilliseconds, (int)o.DeadAfter.TotalMilliseconds);
}

/// <summary>The snapshot that opens a session, as <c>welcome</c> or as <c>resync</c>.</summary>
/// <param name="Seq">Only of <c>resync</c>: the number that the next message follows.</param>
internal sealed record Welcome(
    string Version, Self Self, RoomView? Room, ErrorView? Refused, IceServerList IceServers, IReadOnlyList<string> Stun,
    Limits Limits, long? Received, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Seq);

internal sealed record Resumed(long Received, long Seq);

internal sealed record Closing(int Code, string Reason, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? RetryAfterMs);

internal sealed record ErrorView(
    string Code,
    string Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? RetryAfterMs)
{
    public static ErrorView Of(HubError error) => new(error.Code, error.Message, error.Field, error.RetryAfterMs);
}

internal sealed record TokenEvent(string Token, DateTimeOffset ExpiresAt);

internal sealed record IceServersEvent(IceServerList IceServers);

internal sealed record RoomReply(RoomView Room);

internal sealed record CallReply(CallView Call);

internal sealed record ChatReply(long Message);

/// <summary>Everything that goes over the socket, serialised by generated code.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, AllowDuplicateProperties = true)]
[JsonSerializable(typeof(HelloData))]
[JsonSerializable(typeof(JoinData))]
[JsonSerializable(typeof(MediaData))]
[JsonSerializable(typeof(NameData))]
[JsonSerializable(typeof(HandData))]
[JsonSerializable(typeof(ChatData))]
[JsonSerializable(typeof(TargetData))]
[JsonSerializable(typeof(LockData))]
[JsonSerializable(typeof(LobbyData))]
[JsonSerializable(typeof(CallData))]
[JsonSerializable(typeof(Event<Welcome>))]
[JsonSerializable(typeof(Event<Resumed>))]
[JsonSerializable(typeof(Event<Closing>))]
[JsonSerializable(typeof(Event<ErrorView>))]
[JsonSerializable(typeof(Event<TokenEvent>))]
[JsonSerializable(typeof(Event<IceServersEvent>))]
[JsonSerializable(typeof(Event<ChatMessage>))]
[JsonSerializable(typeof(Event<ParticipantEvent>))]
[JsonSerializable(typeof(Event<LeftEvent>))]
[JsonSerializable(typeof(Event<RoomReply>))]
[JsonSerializable(typeof(Event<RoomChangedEvent>))]
[JsonSerializable(typeof(Event<WaitingEvent>))]
[JsonSerializable(typeof(Event<RemovedEvent>))]
[JsonSerializable(typeof(Event<MutedEvent>))]
[JsonSerializable(typeof(Event<CallReply>))]
[JsonSerializable(typeof(ErrorView))]
[JsonSerializable(typeof(RoomReply))]
[JsonSerializable(typeof(CallReply))]
[JsonSerializable(typeof(ChatReply))]
[JsonSerializable(typeof(IceServersEvent))]
[JsonSerializable(typeof(PublishData))]
[JsonSerializable(typeof(SubscribeData))]
[JsonSerializable(typeof(AnswerData))]
[JsonSerializable(typeof(WantData))]
[JsonSerializable(typeof(MovedData))]
[JsonSerializable(typeof(ReachData))]
[JsonSerializable(typeof(SpotlightData))]
[JsonSerializable(typeof(PublishReply))]
[JsonSerializable(typeof(SubscribeReply))]
[JsonSerializable(typeof(Event<SubscriptionEvent>))]
[JsonSerializable(typeof(Event<SlotsEvent>))]
[JsonSerializable(typeof(Event<RenewEvent>))]
[JsonSerializable(typeof(Event<SpeakingEvent>))]
[JsonSerializable(typeof(Event<LayersEvent>))]
[JsonSerializable(typeof(Event<SpotlightEvent>))]
internal sealed partial class MessageJson : JsonSerializerContext;
