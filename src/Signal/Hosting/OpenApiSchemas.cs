using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Hosting;

/// <summary>What the OpenAPI document calls the records of REST, and what it cannot see of them by itself.</summary>
internal static class OpenApiSchemas
{
    private static readonly Dictionary<Type, string> Names = new()
    {
        [typeof(RoomResource)] = "Room",
        [typeof(RoomPage)] = "RoomPage",
        [typeof(NewRoomInput)] = "NewRoom",
        [typeof(RoomInput)] = "RoomSettings",
        [typeof(ParticipantInfo)] = "Participant",
        [typeof(ParticipantPage)] = "ParticipantList",
        [typeof(MuteInput)] = "Mute",
        [typeof(TokenInput)] = "TokenRequest",
        [typeof(MintedToken)] = "Token",
        [typeof(ProblemBody)] = "Problem",
    };

    public static string? NameOf(JsonTypeInfo type) =>
        Names.GetValueOrDefault(type.Type) ?? (IsFree(type.Type) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(type));

    public static Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancel)
    {
        if (IsFree(context.JsonTypeInfo.Type))
            schema.Type = JsonSchemaType.Object | JsonSchemaType.Null;
        if (context.JsonTypeInfo.Type == typeof(RoomInput) || context.JsonTypeInfo.Type == typeof(NewRoomInput) || context.JsonTypeInfo.Type == typeof(TokenInput)
            || context.JsonTypeInfo.Type == typeof(MuteInput))
            schema.AdditionalPropertiesAllowed = false;
        var values = context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(AllowedValuesAttribute), inherit: true);
        if (values is [AllowedValuesAttribute allowed])
            schema.Enum = [.. allowed.Values.Select(value => (JsonNode)(string)value!)];
        return Task.CompletedTask;
    }

    // The one place where an application may say what it likes: metadata.
    private static bool IsFree(Type type) => type == typeof(JsonElement) || type == typeof(JsonElement?);
}
