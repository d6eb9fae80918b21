using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Hosting;
using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Whip;

/// <summary><c>/rooms/{id}/sessions</c> in the REST group: the programs that publish into a room or play it.</summary>
internal static class WhipSessionEndpoints
{
    private const string Example = """{"id":"h3Kq9ZtXw2Lm","kind":"whip","participant":"k7mq4xtd","state":"connected","createdAt":"2026-11-23T09:01:00+00:00"}""";

    public static RouteGroupBuilder MapWhipSessions(this RouteGroupBuilder api)
    {
        if (!((IEndpointRouteBuilder)api).ServiceProvider.HasWhip())
            return api;
        var sessions = api.MapGroup("/rooms/{id}/sessions").WithTags("WHIP and WHEP").WithMetadata(new OfRoom("id"));
        sessions.MapGet("", ListAsync).Describe(List);
        sessions.MapDelete("/{session}", CloseAsync).Describe(Close);
        return api;
    }

    private static async Task<Results<Ok<WhipSessionPage>, Problem>> ListAsync(
        [Description("The room's id.")] string id, RoomDirectory directory, WhipSessions sessions, CancellationToken cancel) =>
        RoomId.MayBeChosen(id) && await directory.FindAsync(id, cancel) is not null
            ? TypedResults.Ok(new WhipSessionPage([.. sessions.Of(id).Select(WhipSessionInfo.Of)]))
            : Problem.Of(Errors.NotFound.With("There is no room of that id.", "id"));

    private static async Task<Results<NoContent, Problem>> CloseAsync(
        [Description("The room's id.")] string id, [Description("The session's id.")] string session, WhipSessions sessions)
    {
        if (sessions.Of(id).FirstOrDefault(each => each.Id == session) is not { } found)
            return Problem.Of(Errors.NotFound.With("There is no such session in this room.", "session"));
        await sessions.EndAsync(found);
        return TypedResults.NoContent();
    }

    private static readonly OperationDoc List = new(
        "listSessions", "Programs in a room", "Who publishes into the room by WHIP (`POST /whip/{room}`) or plays it by WHEP (`POST /whep/{room}`), in the order in which they came.")
    {
        Responses = [new(200, "The sessions; none, if there are none.", $$"""{"sessions":[{{Example}}]}""")],
        Errors = [Errors.NotFound],
    };

    private static readonly OperationDoc Close = new("closeSession", "End a session", "Ends the media of one program at once; it may come back with another offer.")
    {
        Responses = [new(204, "It has ended.")],
        Errors = [Errors.NotFound],
    };
}
