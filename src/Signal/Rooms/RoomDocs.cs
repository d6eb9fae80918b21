using Microsoft.Net.Http.Headers;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Rooms;

/// <summary>What the OpenAPI document says of <see cref="RoomEndpoints"/>.</summary>
internal static class RoomDocs
{
    private const string Example = """
        {"id":"blue-fox-4207","name":"Monday morning","mode":"auto","maxParticipants":4,"locked":false,"lobby":true,"hasPasscode":true,
         "metadata":{"course":"Latin 1"},"createdAt":"2026-11-23T09:00:00+00:00","expiresAt":null,"emptyTimeout":3600,"participants":0,
         "url":"http://localhost:8080/r/blue-fox-4207"}
        """;

    private const string Wanted = """{"name":"Monday morning","lobby":true,"passcode":"tulip","metadata":{"course":"Latin 1"},"emptyTimeout":3600}""";

    private static readonly HeaderDoc ETag = new("ETag", "The version of the room's settings; for If-Match and If-None-Match.", "\"3\"");
    private static readonly HeaderDoc Location = new("Location", "Where the room is.", "/api/v1/rooms/blue-fox-4207");

    private static readonly HeaderDoc IfMatch = new(
        HeaderNames.IfMatch, "The ETag that you last saw: the request fails (412) if somebody has changed the room since. `*`: whatever it is now.", "\"3\"", Required: true);

    public static readonly OperationDoc Create = new(
        "createRoom", "Make a room", """
        Makes a room and gives back its link. All members are optional, and so is the body: an id is made up if there is none.
        On a hub with `Rooms:CreateOnJoin` (the default) joining a link makes its room, too; make it here to give it a passcode, a lobby,
        a size or an end.
        """)
    {
        Body = new(typeof(NewRoomInput), """{"id":"blue-fox-4207","name":"Monday morning","lobby":true,"passcode":"tulip","metadata":{"course":"Latin 1"},"emptyTimeout":3600}""", Optional: true),
        Responses = [new(201, "The room has been made.", Example) { Headers = [ETag, Location] }],
        Errors = [Errors.Malformed, Errors.Invalid, Errors.AlreadyExists, Errors.SfuUnavailable, Errors.TooLarge, Errors.UnsupportedMediaType],
    };

    public static readonly OperationDoc List = new(
        "listRooms", "List rooms", """
        All rooms in order of id, page by page. Follow `next` (or the header Link) until it is missing. Rooms of direct calls are left out.
        """)
    {
        Responses =
        [
            new(200, "A page of rooms.", $$"""{"rooms":[{{Example}}],"next":"blue-fox-4207"}""")
            {
                Headers = [new("Link", "The next page (RFC 8288), if there is one.", "</api/v1/rooms?limit=50&after=blue-fox-4207>; rel=\"next\"")],
            },
        ],
        Errors = [Errors.Invalid],
    };

    public static readonly OperationDoc Get = new(
        "getRoom", "Read a room", "The room as it is, with the ETag that a change needs.")
    {
        Headers = [new(HeaderNames.IfNoneMatch, "An ETag that you know: the answer is 304 if the settings have not changed since.", "\"3\"")],
        Responses = [new(200, "The room.", Example) { Headers = [ETag] }, new(304, "The settings are those that you know.") { Headers = [ETag] }],
        Errors = [Errors.NotFound],
    };

    public static readonly OperationDoc Put = new(
        "putRoom", "Make a room of this id, or replace it", """
        Repeatable: the same request again changes nothing and answers 200. Members left out take their defaults. If a room of that id
        with *other* settings exists, it is replaced only with If-Match; with `If-None-Match: *` it is left alone in any case.
        """)
    {
        Body = new(typeof(RoomInput), Wanted),
        Headers =
        [
            IfMatch with { Required = false },
            new(HeaderNames.IfNoneMatch, "`*`: make it, but touch none that exists (412).", "*"),
        ],
        Responses =
        [
            new(200, "The room exists with these settings.", Example) { Headers = [ETag] },
            new(201, "The room has been made.", Example) { Headers = [ETag, Location] },
        ],
        Errors =
        [
            Errors.Malformed, Errors.Invalid, Errors.SfuUnavailable, Errors.PreconditionFailed, Errors.PreconditionRequired, Errors.TooLarge, Errors.UnsupportedMediaType,
        ],
    };

    public static readonly OperationDoc Patch = new(
        "patchRoom", "Change a room", """
        JSON merge patch (RFC 7396): a member that is absent stays as it is, one that is `null` takes its default back. Whoever is in the
        room is told at once; nobody is sent out, whatever changes. Switching the lobby off lets those in who wait.
        """)
    {
        Body = new(typeof(RoomInput), """{"locked":true,"passcode":null}""") { OtherContentType = "application/merge-patch+json" },
        Headers = [IfMatch],
        Responses = [new(200, "The room as it is now.", Example) { Headers = [ETag] }],
        Errors =
        [
            Errors.Malformed, Errors.Invalid, Errors.NotFound, Errors.SfuUnavailable, Errors.PreconditionFailed, Errors.PreconditionRequired, Errors.TooLarge,
            Errors.UnsupportedMediaType,
        ],
    };

    public static readonly OperationDoc Delete = new(
        "deleteRoom", "Delete a room", "The room ends for everybody in it, and its chat is deleted.")
    {
        Headers = [IfMatch],
        Responses = [new(204, "The room is no more.")],
        Errors = [Errors.Invalid, Errors.NotFound, Errors.PreconditionFailed, Errors.PreconditionRequired],
    };
}
