using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Hosting;
using RtcHub.Signal.Meetings;

namespace RtcHub.Signal.Rooms;

/// <summary>
/// <c>/rooms</c> in the REST group. Every room has an ETag, and nobody changes or deletes what somebody else has changed
/// meanwhile: PATCH and DELETE, and PUT over something different, need If-Match.
/// </summary>
internal static class RoomEndpoints
{
    private const int DefaultPage = 50;
    private const int MaxPage = 200;
    private const int Attempts = 8;

    public static RouteGroupBuilder MapRooms(this RouteGroupBuilder api)
    {
        var rooms = api.MapGroup("/rooms").WithTags("Rooms").WithMetadata(new OfRoom("id"));
        rooms.MapPost("", CreateAsync).Describe(RoomDocs.Create);
        rooms.MapGet("", ListAsync).Describe(RoomDocs.List);
        rooms.MapGet("/{id}", GetAsync).Describe(RoomDocs.Get);
        rooms.MapPut("/{id}", PutAsync).Describe(RoomDocs.Put);
        rooms.MapPatch("/{id}", PatchAsync).Describe(RoomDocs.Patch);
        rooms.MapDelete("/{id}", DeleteAsync).Describe(RoomDocs.Delete);
        return api;
    }

    private static async Task<Results<Created<RoomResource>, Problem>> CreateAsync(
        HttpContext context, RoomDirectory directory, MeetingFactory meetings, IOptions<RoomOptions> options, TimeProvider time, CancellationToken cancel)
    {
        var (body, unreadable) = await JsonBody.ReadAsync(context.Request, optional: true);
        if (body is null)
            return unreadable!;
        var chosen = body.Text("id", 3, RoomId.MaxLength, trim: false);
        if (chosen is not null && !RoomId.MayBeChosen(chosen))
            body.Fault("id", IdRule);
        var (settings, problem) = RoomSettings.Read(body, options.Value, meetings.HasSfu, time.GetUtcNow());
        if (settings is null)
            return problem!;

        for (var attempt = 1; ; attempt++)
        {
            var wanted = settings.ApplyTo(RoomSettings.Blank(chosen ?? RoomNames.Next(), options.Value, time.GetUtcNow()));
            var (room, error) = await directory.CreateAsync(wanted, cancel);
            if (room is not null)
                return Made(context, room);
            if (chosen is not null || attempt == Attempts)
                return Problem.Of(error!);
        }
    }

    private static async Task<Results<Ok<RoomPage>, Problem>> ListAsync(
        HttpContext context, RoomDirectory directory,
        CancellationToken cancel,
        [FromQuery, Description("How many at most."), Range(1, MaxPage)] int limit = DefaultPage,
        [FromQuery, Description("`next` of the page before.")] string? after = null)
    {
        if (limit is < 1 or > MaxPage)
            return Problem.Of(Errors.Invalid.With($"'limit' is a whole number from 1 to {MaxPage}.", "limit"));
        if (after is not null && !RoomId.IsValid(after))
            return Problem.Of(Errors.Invalid.With("'after' is the 'next' of another page.", "after"));

        var found = await directory.ListAsync(after, limit + 1, cancel);
        var next = found.Count > limit ? found[limit - 1].Id : null;
        if (next is not null)
        {
            var query = new Dictionary<string, string?> { ["limit"] = limit.ToString(CultureInfo.InvariantCulture), ["after"] = next };
            context.Response.Headers.Link = $"<{QueryHelpers.AddQueryString(context.Request.PathBase + context.Request.Path, query)}>; rel=\"next\"";
        }

        var page = found.Take(limit).ToList();
        var elsewhere = context.RequestServices.GetService<Census>() is { } census ? await census.OfOthersAsync([.. page.Select(room => room.Id)]) : null;
        return TypedResults.Ok(new RoomPage([.. page.Select(room => View(context, room, elsewhere?.GetValueOrDefault(room.Id)))], next));
    }

    private static async Task<Results<Ok<RoomResource>, StatusCodeHttpResult, Problem>> GetAsync(
        HttpContext context, [Description("The room's id.")] string id, RoomDirectory directory, CancellationToken cancel)
    {
        if (await FindAsync(directory, id, cancel) is not { } room)
            return Problem.Of(Missing);
        Tag(context, room);
        if (EntityTag.IsKnown(context.Request, room.Version))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        return TypedResults.Ok(View(context, room));
    }

    private static async Task<Results<Created<RoomResource>, Ok<RoomResource>, Problem>> PutAsync(
        HttpContext context, [Description("The room's id, of your choice.")] string id, RoomDirectory directory, MeetingFactory meetings, IOptions<RoomOptions> options,
        TimeProvider time, CancellationToken cancel)
    {
        var (body, unreadable) = await JsonBody.ReadAsync(context.Request);
        if (body is null)
            return unreadable!;
        if (!RoomId.MayBeChosen(id))
            body.Fault("id", IdRule);
        var (settings, problem) = RoomSettings.Read(body, options.Value, meetings.HasSfu, time.GetUtcNow());
        if (settings is null)
            return problem!;

        // Somebody may make, change or delete the room while we look: then we look again.
        for (var attempt = 1; ; attempt++)
        {
            var before = await directory.FindAsync(id, cancel);
            if (EntityTag.Refuse(context.Request, before?.Version, required: false) is { } stale)
                return Problem.Of(stale);
            if (EntityTag.IsKnown(context.Request, before?.Version))
                return Problem.Of(Errors.PreconditionFailed.With("The room exists already.", HeaderNames.IfNoneMatch));

            HubError? error;
            if (before is null)
            {
                (var made, error) = await directory.CreateAsync(settings.ApplyTo(RoomSettings.Blank(id, options.Value, time.GetUtcNow())), cancel);
                if (made is not null)
                    return Made(context, made);
            }
            else
            {
                var wanted = settings.Replace(before);
                if (RoomSettings.AreSame(wanted, before))
                    return Shown(context, before);
                if (EntityTag.Refuse(context.Request, before.Version, required: true) is { } refusal)
                    return Problem.Of(refusal);
                (var changed, error) = await directory.UpdateAsync(id, before.Version, _ => wanted, cancel);
                if (changed is not null)
                    return Shown(context, changed);
            }

            if (attempt == Attempts)
                return Problem.Of(error!);
        }
    }

    private static async Task<Results<Ok<RoomResource>, Problem>> PatchAsync(
        HttpContext context, [Description("The room's id.")] string id, RoomDirectory directory, MeetingFactory meetings, IOptions<RoomOptions> options, TimeProvider time,
        CancellationToken cancel)
    {
        var (body, unreadable) = await JsonBody.ReadAsync(context.Request);
        if (body is null)
            return unreadable!;
        var (settings, problem) = RoomSettings.Read(body, options.Value, meetings.HasSfu, time.GetUtcNow());
        if (settings is null)
            return problem!;
        if (await FindAsync(directory, id, cancel) is not { } room)
            return Problem.Of(Missing);
        if (EntityTag.Refuse(context.Request, room.Version, required: true) is { } refusal)
            return Problem.Of(refusal);
        var wanted = settings.ApplyTo(room);
        if (RoomSettings.AreSame(wanted, room))
            return Shown(context, room);
        var (changed, error) = await directory.UpdateAsync(id, room.Version, _ => wanted, cancel);
        return changed is null ? Problem.Of(error!) : Shown(context, changed);
    }

    private static async Task<Results<NoContent, Problem>> DeleteAsync(
        HttpContext context, [Description("The room's id.")] string id, RoomDirectory directory, CancellationToken cancel)
    {
        if (await FindAsync(directory, id, cancel) is not { } room)
            return Problem.Of(Missing);
        if (EntityTag.Refuse(context.Request, room.Version, required: true) is { } refusal)
            return Problem.Of(refusal);
        return await directory.DeleteAsync(id, room.Version, cancel) is { } error ? Problem.Of(error) : TypedResults.NoContent();
    }

    private const string IdRule = "'id' is 3-64 characters of a-z, 0-9 and '-', with no '-' at the ends, and does not begin with 'call-'.";

    private static HubError Missing => Errors.NotFound.With("There is no room of that id.", "id");

    // The rooms of direct calls are nobody's to manage.
    private static async Task<RoomRecord?> FindAsync(RoomDirectory directory, string id, CancellationToken cancel) =>
        RoomId.MayBeChosen(id) ? await directory.FindAsync(id, cancel) : null;

    /// <param name="elsewhere">Who is in it, when it lives on another node.</param>
    private static RoomResource View(HttpContext context, RoomRecord room, RoomCount? elsewhere = null)
    {
        if (elsewhere is not null)
            return RoomResource.Of(room, elsewhere.Participants, elsewhere.Route, context.Request);
        var live = context.RequestServices.GetRequiredService<RoomDirectory>().Live(room.Id);
        return RoomResource.Of(room, live?.Count ?? 0, live?.Count > 0 ? live.RouteView : null, context.Request);
    }

    private static void Tag(HttpContext context, RoomRecord room) => context.Response.GetTypedHeaders().ETag = EntityTag.Of(room.Version);

    private static Ok<RoomResource> Shown(HttpContext context, RoomRecord room)
    {
        Tag(context, room);
        return TypedResults.Ok(View(context, room));
    }

    private static Created<RoomResource> Made(HttpContext context, RoomRecord room)
    {
        Tag(context, room);
        return TypedResults.Created($"{context.Request.PathBase}/api/v1/rooms/{room.Id}", View(context, room));
    }
}
