using System.Text.Json.Serialization;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Cluster;

/// <summary>The JSON of what lies in Redis, which nodes of different versions may read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RoomRecord))]
[JsonSerializable(typeof(ChatMessage))]
internal sealed partial class StoreJson : JsonSerializerContext;
