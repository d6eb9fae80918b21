using System.Net;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Tests.Control;

namespace RtcHub.Signal.Tests.Whip;

/// <summary>How a session lives and how it ends, whatever the media service says.</summary>
public sealed class WhipSessionTests
{
    private const string Sdp = "application/sdp";
    private const string Sessions = "/api/v1/rooms/blue-fox-42/sessions";
    private readonly RecordingSfu _sfu = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_media_service_says_of_a_transport_holds_for_the_session()
    {
        await using var hub = await TestHub.StartAsync(null, null, _sfu);
        using var http = hub.Http();
        var path = await PublishAsync(http);
        _sfu.Tell(new SfuEvent(SfuEvent.Connected, "blue-fox-42", "Ada", "somebody else"));
        _sfu.Tell(new SfuEvent(SfuEvent.Connected, "blue-fox-42", "Ada", _sfu.Answer.Transport));
        await UntilAsync(async () => (string?)(await http.SendAsync("GET", Sessions))["sessions"]![0]!["state"] == "connected");
        _sfu.Tell(new SfuEvent(SfuEvent.Closed, "blue-fox-42", "Ada", _sfu.Answer.Transport, Reason: "consentExpired"));
        await UntilGoneAsync(http, path);
        Assert.Empty((await http.SendAsync("GET", Sessions))["sessions"]!.AsArray());
        Assert.DoesNotContain(("close", _sfu.Answer.Transport), _sfu.Asked);
    }

    [Fact]
    public async Task A_deleted_room_takes_its_sessions_with_it()
    {
        await using var hub = await TestHub.StartAsync(null, null, _sfu);
        using var http = hub.Http();
        var path = await PublishAsync(http);
        (await http.SendAsync("DELETE", "/api/v1/rooms/blue-fox-42", ifMatch: "*")).Expect(HttpStatusCode.NoContent);
        await UntilGoneAsync(http, path);
        Assert.Contains(("close", _sfu.Answer.Transport), _sfu.Asked);
    }

    [Fact]
    public async Task A_program_is_thrown_out_over_rest()
    {
        await using var hub = await TestHub.StartAsync(null, null, _sfu);
        using var http = hub.Http();
        var path = await PublishAsync(http);
        var id = (await http.SendAsync("GET", Sessions))["sessions"]![0]!["id"];
        (await http.SendAsync("DELETE", $"/api/v1/rooms/red-fox-42/sessions/{id}")).ExpectProblem(404, "not_found", "session");
        (await http.SendAsync("DELETE", $"{Sessions}/{path.Split('/')[^1]}")).ExpectProblem(404, "not_found", "session");
        (await http.SendAsync("DELETE", $"{Sessions}/{id}")).Expect(HttpStatusCode.NoContent);
        (await http.SendAsync("GET", path)).ExpectProblem(404, "not_found");
        Assert.Contains(("close", _sfu.Answer.Transport), _sfu.Asked);
        (await http.SendAsync("DELETE", $"{Sessions}/{id}")).ExpectProblem(404, "not_found", "session");
        (await http.SendAsync("GET", "/api/v1/rooms/red-fox-42/sessions")).ExpectProblem(404, "not_found", "id");
    }

    [Fact]
    public async Task A_media_service_that_is_lost_takes_all_with_it_and_is_tidied_up_when_it_is_found()
    {
        await using var hub = await TestHub.StartAsync(null, null, _sfu);
        using var http = hub.Http();
        var path = await PublishAsync(http);
        _sfu.Tell(new SfuEvent(SfuEvent.Lost, Room: null));
        await UntilGoneAsync(http, path);
        Assert.DoesNotContain(("close", _sfu.Answer.Transport), _sfu.Asked);
        _sfu.Tell(new SfuEvent(SfuEvent.Found, Room: null));
        await UntilAsync(() => Task.FromResult(_sfu.Has(("close", _sfu.Answer.Transport))));
    }

    [Fact]
    public async Task What_is_lost_with_one_media_service_of_several_are_the_sessions_of_its_rooms()
    {
        await using var hub = await TestHub.StartAsync(null, null, _sfu);
        using var http = hub.Http();
        var path = await PublishAsync(http);
        _sfu.Tell(new SfuEvent(SfuEvent.Lost, "red-fox-42"));
        _sfu.Tell(new SfuEvent(SfuEvent.Connected, "blue-fox-42", Transport: _sfu.Answer.Transport));
        // What happened after it has been heard, and the session is still there.
        await UntilAsync(async () => (string?)(await http.SendAsync("GET", Sessions)).Json!["sessions"]![0]!["state"] == "connected");
        (await http.SendAsync("GET", path)).Expect(HttpStatusCode.NoContent);
        _sfu.Tell(new SfuEvent(SfuEvent.Lost, "blue-fox-42"));
        await UntilGoneAsync(http, path);
    }

    [Fact]
    public async Task A_session_ends_even_while_the_media_service_is_away()
    {
        await using var hub = await TestHub.StartAsync(null, null, _sfu);
        using var http = hub.Http();
        var path = await PublishAsync(http);
        _sfu.Refusal = new SfuException(SfuError.Unavailable, "away");
        (await http.SendAsync("DELETE", path)).Expect(HttpStatusCode.OK);
        (await http.SendAsync("GET", path)).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task A_hub_that_stops_ends_its_sessions()
    {
        await using (var hub = await TestHub.StartAsync(null, null, _sfu))
        {
            using var http = hub.Http();
            await PublishAsync(http);
        }

        Assert.Contains(("close", _sfu.Answer.Transport), _sfu.Asked);
    }

    [Fact]
    public async Task A_room_stays_as_long_as_a_program_is_in_it()
    {
        var time = new FakeTimeProvider();
        await using var hub = await TestHub.StartAsync(time, null, _sfu, "Rooms:DefaultEmptyTimeout=00:00:10");
        using var http = hub.Http();
        var path = await PublishAsync(http);
        hub.Advance(TimeSpan.FromMinutes(1));
        (await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42")).Expect(HttpStatusCode.OK);
        (await http.SendAsync("DELETE", path)).Expect(HttpStatusCode.OK);
        await UntilAsync(async () =>
        {
            hub.Advance(TimeSpan.FromSeconds(1));
            return (await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42")).Status == HttpStatusCode.NotFound;
        });
    }

    [Theory]
    [InlineData(SfuError.Full, 503, "unavailable")]
    [InlineData(SfuError.Unavailable, 503, "unavailable")]
    [InlineData(SfuError.NothingToPlay, 409, "nothing_to_play")]
    [InlineData(SfuError.Conflict, 409, "conflict")]
    [InlineData(SfuError.NotAcceptable, 422, "not_acceptable")]
    [InlineData(SfuError.Invalid, 400, "invalid")]
    public async Task A_refusal_of_the_media_service_is_one_of_the_hub(SfuError error, int status, string code)
    {
        await using var hub = await TestHub.StartAsync(null, null, _sfu);
        using var http = hub.Http();
        var path = await PublishAsync(http);
        _sfu.Refusal = new SfuException(error, "Because.");
        var refused = (await http.SendAsync("POST", "/whep/blue-fox-42", Offers.Play, type: Sdp)).ExpectProblem(status, code);
        Assert.Equal(status == 503 || error == SfuError.NothingToPlay, refused.Headers.RetryAfter is not null);
        (await http.SendAsync("PATCH", path, "a=x", "*", type: "application/trickle-ice-sdpfrag")).ExpectProblem(status, code);
        (await http.SendAsync("GET", path)).Expect(HttpStatusCode.NoContent);
    }

    private static async Task<string> PublishAsync(HttpClient http) =>
        (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).Expect(HttpStatusCode.Created).Headers.Location!.OriginalString;

    private static Task UntilGoneAsync(HttpClient http, string path) => UntilAsync(async () => (await http.SendAsync("GET", path)).Status == HttpStatusCode.NotFound);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            Cancel.ThrowIfCancellationRequested();
    }
}
