using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Rooms;

/// <summary><c>/rooms/{id}/participants</c> in the REST group: who is in a room now, and a moderator's hand from outside.</summary>
internal static class ParticipantEndpoints
{
    public static RouteGroupBuilder MapParticipants(this RouteGroupBuilder api)
    {
        var participants = api.MapGroup("/rooms/{id}/participants").WithTags("Participants").WithMetadata(new OfRoom("id"));
        participants.MapGet("", ListAsync).Describe(ParticipantDocs.List);
        participants.MapGet("/{participant}", GetAsync).Describe(ParticipantDocs.Get);
        participants.MapDelete("/{participant}", KickAsync).Describe(ParticipantDocs.Kick);
        participants.MapPost("/{participant}/mute", MuteAsync).Describe(ParticipantDocs.Mute);
        return api;
    }

    private static async Task<Results<Ok<ParticipantPage>, Problem>> ListAsync(
        [Description("The room's id.")] string id, RoomDirectory directory, CancellationToken cancel) =>
        await RosterAsync(directory, id, cancel) is { } roster ? TypedResults.Ok(new ParticipantPage(roster)) : Problem.Of(NoRoom);

    private static async Task<Results<Ok<ParticipantResource>, Problem>> GetAsync(
        [Description("The room's id.")] string id, [Description("The participant's id.")] string participant, RoomDirectory directory,
        CancellationToken cancel)
    {
        if (await RosterAsync(directory, id, cancel) is not { } roster)
            return Problem.Of(NoRoom);
        return roster.FirstOrDefault(p => p.Id == participant) is { } found ? TypedResults.Ok(found) : Problem.Of(Nobody);
    }

    private static async Task<Results<NoContent, Problem>> KickAsync(
        [Description("The room's id.")] string id, [Description("The participant's id.")] string participant, RoomDirectory directory,
        CancellationToken cancel) =>
        await ActAsync(directory, id, room => room.Kick(participant, by: null), cancel);

    private static async Task<Results<NoContent, Problem>> MuteAsync(
        HttpContext context, [Description("The room's id.")] string id, [Description("The participant's id.")] string participant,
        RoomDirectory directory, CancellationToken cancel)
    {
        var (body, unreadable) = await JsonBody.ReadAsync(context.Request);
        if (body is null)
            return unreadable!;
        var kind = body.OneOf("kind", "audio", "video");
        var faults = body.Faults();
        if (kind is null && faults.All(fault => fault.Field != "kind"))
            body.Fault("kind", "'kind' is missing; it is audio or video.");
        return faults.Count > 0 ? Problem.Of(faults) : await ActAsync(directory, id, room => room.Mute(participant, kind!, by: null), cancel);
    }

    private static HubError NoRoom => Errors.NotFound.With("There is no room of that id.", "id");

    private static HubError Nobody => Errors.NotFound.With("Nobody with that id is in this room.", "participant");

    // Null: no such room. A room that is stored and not live has nobody in it.
    private static async Task<ParticipantResource[]?> RosterAsync(RoomDirectory directory, string id, CancellationToken cancel)
    {
        if (!RoomId.MayBeChosen(id) || await directory.FindAsync(id, cancel) is null)
            return null;
        if (directory.Live(id) is not { } room)
            return [];
        var connections = room.Meeting is { } meeting ? await meeting.ConnectionsAsync(cancel) : null;
        return [.. room.Participants().Select(info => ParticipantResource.Of(info, new PathView(room.RouteView.Topology, [.. connections?[info.Id] ?? []])))];
    }

    private static async Task<Results<NoContent, Problem>> ActAsync(
        RoomDirectory directory, string id, Func<Room, HubError?> act, CancellationToken cancel)
    {
        if (!RoomId.MayBeChosen(id) || await directory.FindAsync(id, cancel) is null)
            return Problem.Of(NoRoom);
        if (directory.Live(id) is not { } room)
            return Problem.Of(Nobody);
        return act(room) switch
        {
            null => TypedResults.NoContent(),
            { Kind: var kind } when kind == Errors.NotFound => Problem.Of(Nobody),
            var error => Problem.Of(error),
        };
    }
}
