using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Rooms;

/// <summary>What the OpenAPI document says of <see cref="ParticipantEndpoints"/>.</summary>
internal static class ParticipantDocs
{
    private const string Example = """
        {"id":"k7mq4xtd","name":"Ada","role":"moderator","state":"connected","joinedAt":"2026-11-23T09:01:00+00:00",
         "media":{"audio":true,"video":true,"screen":null},"hand":null,"grants":{"publish":true,"subscribe":true,"data":true},"mutedBy":null}
        """;

    public static readonly OperationDoc List = new(
        "listParticipants", "Who is in a room", "Everybody in the room now. Those who lost their connection are there, too, as `reconnecting`, until it is clear that they are gone.")
    {
        Responses = [new(200, "Everybody in the room; nobody, if it is empty.", $$"""{"participants":[{{Example}}]}""")],
        Errors = [Errors.NotFound],
    };

    public static readonly OperationDoc Get = new("getParticipant", "One person in a room", "As everybody in the room sees them.")
    {
        Responses = [new(200, "The participant.", Example)],
        Errors = [Errors.NotFound],
    };

    public static readonly OperationDoc Kick = new(
        "removeParticipant", "Remove somebody from a room", """
        Sends them out. They cannot come back with the same session or, where tokens have an identity, with another token of that identity.
        """)
    {
        Responses = [new(204, "They are out.")],
        Errors = [Errors.NotFound],
    };

    public static readonly OperationDoc Mute = new(
        "muteParticipant", "Mute somebody", "Asks their client to switch off the microphone or the camera, and shows everybody that it is off. They may switch it on again.")
    {
        Body = new(typeof(MuteInput), """{"kind":"audio"}"""),
        Responses = [new(204, "They have been muted.")],
        Errors = [Errors.Malformed, Errors.Invalid, Errors.NotFound, Errors.TooLarge, Errors.UnsupportedMediaType],
    };
}
