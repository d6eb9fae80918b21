using System.Text.Json.Serialization;

namespace RtcHub.Sfu.Control;

// What travels between RemoteSfu and SfuEndpoints besides the records of ISfu.

/// <summary>A session description.</summary>
internal sealed record SdpBody(string Sdp);

/// <summary>An SDP fragment (RFC 8840).</summary>
internal sealed record FragmentBody(string Fragment);

/// <summary>What the slots are to carry.</summary>
internal sealed record SlotsBody(IReadOnlyList<SlotAssignment> Slots);

/// <summary>Whether a track is to be held back.</summary>
internal sealed record MutedBody(bool Muted);

/// <summary>Why a request was refused; the HTTP status says it only roughly.</summary>
internal sealed record ErrorBody(SfuError Error, string Message);

/// <summary>One message of the event socket. The first says where the listener stands; one without an event is a sign of life.</summary>
/// <param name="Seq">The number of the last event that this listener has been told, this one included.</param>
/// <param name="Instance">In the first message: whose events these are.</param>
/// <param name="Resumed">In the first message: what the listener missed while it was away follows, and nothing is missing.</param>
/// <param name="Event">What happened.</param>
internal sealed record EventFrame(
    long Seq,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] string? Instance = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Resumed = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] SfuEvent? Event = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ConnectRequest))]
[JsonSerializable(typeof(TransportAnswer))]
[JsonSerializable(typeof(SubscribeRequest))]
[JsonSerializable(typeof(TransportOffer))]
[JsonSerializable(typeof(SdpBody))]
[JsonSerializable(typeof(FragmentBody))]
[JsonSerializable(typeof(IceRestart))]
[JsonSerializable(typeof(SlotsBody))]
[JsonSerializable(typeof(MutedBody))]
[JsonSerializable(typeof(SfuRoom))]
[JsonSerializable(typeof(SfuStatus))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(EventFrame))]
internal sealed partial class SfuJson : JsonSerializerContext;
