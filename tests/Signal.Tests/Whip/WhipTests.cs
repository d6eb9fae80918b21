using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Tests.Control;
using RtcHub.Signal.IceServers;

namespace RtcHub.Signal.Tests.Whip;

/// <summary>Programs that publish and play, with the real media service.</summary>
public sealed class WhipTests
{
    private const string Sdp = "application/sdp";
    private const string Fragment = "application/trickle-ice-sdpfrag";
    private const string SameIce = "a=ice-ufrag:tEst\r\na=ice-pwd:aPasswordOf24CharactersX\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 192.0.2.7 50123 typ host\r\n";

    [Fact]
    public async Task A_publisher_gets_an_answer_an_address_and_a_tag()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var made = (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).Expect(HttpStatusCode.Created);
        Assert.Equal(Sdp, made.ContentHeaders.ContentType!.ToString());
        Assert.Contains("a=recvonly", made.Text, StringComparison.Ordinal);
        Assert.Contains("a=candidate:", made.Text, StringComparison.Ordinal);
        Assert.Matches("^/whip/blue-fox-42/[A-Za-z0-9]{32}$", Location(made));
        Assert.Matches("^\"[^\"]+\"$", made.ETag);
        Assert.True(made.Headers.CacheControl!.NoStore);

        var room = (await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42")).Expect(HttpStatusCode.OK);
        Assert.Equal("sfu", (string)room["mode"]!);
        var session = Assert.Single((await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42/sessions")).Expect(HttpStatusCode.OK)["sessions"]!.AsArray())!;
        Assert.Equal(("whip", "connecting"), ((string)session["kind"]!, (string)session["state"]!));
        Assert.DoesNotContain(session.AsObject().Select(member => member.Value!.ToString()), value => Location(made).EndsWith(value, StringComparison.Ordinal));
        var served = await hub.Services.GetRequiredService<ISfu>().GetRoomAsync("blue-fox-42", TestContext.Current.CancellationToken);
        Assert.Equal((string)session["participant"]!, Assert.Single(served!.Transports).Participant);
    }

    [Fact]
    public async Task Ice_servers_are_in_the_answer_and_nowhere_else()
    {
        await using var hub = await TestHub.StartAsync("Stun:Enabled=true", "Stun:Ports:0=0", "Turn:Urls:0=turn:t.example.org:3478?transport=udp", "Turn:Urls:1=turns:t.example.org", "Turn:Secret=north");
        using var http = hub.Http();
        var made = (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).Expect(HttpStatusCode.Created);
        var links = made.Headers.GetValues("Link").ToArray();
        Assert.Equal(3, links.Length);
        Assert.Matches("^<stun:127.0.0.1:[1-9][0-9]*>; rel=\"ice-server\"$", links[0]);
        var turn = System.Text.RegularExpressions.Regex.Match(
            links[1], "^<turn:t\\.example\\.org:3478\\?transport=udp>; rel=\"ice-server\"; username=\"(?<until>[0-9]+):(?<who>[A-Za-z0-9]+)\"; credential=\"(?<credential>[^\"]+)\"; credential-type=\"password\"$");
        Assert.True(turn.Success, links[1]);
        var until = DateTimeOffset.FromUnixTimeSeconds(long.Parse(turn.Groups["until"].Value, null));
        Assert.Equal(TurnCredentials.Create("north", turn.Groups["who"].Value, until).Credential, turn.Groups["credential"].Value);
        Assert.StartsWith("<turns:t.example.org>; ", links[2], StringComparison.Ordinal);
        foreach (var method in new[] { "OPTIONS", "GET", "HEAD" })
            Assert.False((await http.SendAsync(method, "/whip/blue-fox-42")).Headers.Contains("Link"));
    }

    [Fact]
    public async Task A_player_gets_what_is_published()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var early = (await http.SendAsync("POST", "/whep/blue-fox-42", Offers.Play, type: Sdp)).ExpectProblem(409, "nothing_to_play");
        Assert.Equal(TimeSpan.FromSeconds(2), early.Headers.RetryAfter!.Delta);
        (await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42")).Expect(HttpStatusCode.NotFound);
        (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).Expect(HttpStatusCode.Created);
        var made = (await http.SendAsync("POST", "/whep/blue-fox-42", Offers.Play, type: Sdp)).Expect(HttpStatusCode.Created);
        Assert.Contains("a=sendonly", made.Text, StringComparison.Ordinal);
        Assert.Matches("^/whep/blue-fox-42/[A-Za-z0-9]{32}$", Location(made));

        var publisher = (await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42/sessions"))["sessions"]![0]!["participant"];
        (await http.SendAsync("POST", $"/whep/blue-fox-42?participant={publisher}", Offers.Play, type: Sdp)).Expect(HttpStatusCode.Created);
        var kinds = (await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42/sessions"))["sessions"]!.AsArray().Select(session => (string)session!["kind"]!);
        Assert.Equal(["whip", "whep", "whep"], kinds);
        (await http.SendAsync("POST", "/whep/blue-fox-42?participant=nobody", Offers.Play, type: Sdp)).ExpectProblem(409, "nothing_to_play");
    }

    [Theory]
    [InlineData("whip")]
    [InlineData("whep")]
    public async Task A_session_lasts_until_it_is_deleted(string kind)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var session = await OpenAsync(http, kind);
        Assert.Empty((await http.SendAsync("GET", session.Path)).Expect(HttpStatusCode.NoContent).Text);
        (await http.SendAsync("HEAD", session.Path)).Expect(HttpStatusCode.NoContent);
        (await http.SendAsync("DELETE", session.Path, ifMatch: "\"of long ago\"")).Expect(HttpStatusCode.OK);
        (await http.SendAsync("GET", session.Path)).ExpectProblem(404, "not_found");
        (await http.SendAsync("DELETE", session.Path)).ExpectProblem(404, "not_found");
        (await http.SendAsync("PATCH", session.Path, SameIce, "*", type: Fragment)).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task A_session_is_found_under_its_own_address_only()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var (path, _) = await OpenAsync(http, "whip");
        (await http.SendAsync("DELETE", path.Replace("/whip/", "/whep/", StringComparison.Ordinal))).ExpectProblem(404, "not_found");
        (await http.SendAsync("DELETE", path.Replace("/blue-", "/red-", StringComparison.Ordinal))).ExpectProblem(404, "not_found");
        (await http.SendAsync("GET", path)).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Candidates_need_the_tag_of_the_ice_session()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var (path, tag) = await OpenAsync(http, "whip");
        Assert.Null((await http.SendAsync("PATCH", path, SameIce, tag, type: Fragment)).Expect(HttpStatusCode.NoContent).ETag);
        (await http.SendAsync("PATCH", path, SameIce, $"\"other\", {tag}", type: Fragment)).Expect(HttpStatusCode.NoContent);
        (await http.SendAsync("PATCH", path, SameIce, type: Fragment)).ExpectProblem(428, "precondition_required", "If-Match");
        foreach (var stale in new[] { "\"other\"", $"W/{tag}", "no tag at all" })
            (await http.SendAsync("PATCH", path, SameIce, stale, type: Fragment)).ExpectProblem(412, "precondition_failed", "If-Match");
        (await http.SendAsync("PATCH", path, SameIce, tag, type: Sdp)).ExpectProblem(415, "unsupported_media_type");
        (await http.SendAsync("PATCH", path, "what?", tag, type: Fragment)).ExpectProblem(400, "invalid");
    }

    [Fact]
    public async Task A_new_ufrag_restarts_ice()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        var (path, tag) = await OpenAsync(http, "whip");
        var restarted = (await http.SendAsync("PATCH", path, Offers.RestartFragment, "*", type: Fragment)).Expect(HttpStatusCode.OK);
        Assert.Equal(Fragment, restarted.ContentHeaders.ContentType!.ToString());
        Assert.Contains("a=ice-ufrag:", restarted.Text, StringComparison.Ordinal);
        Assert.NotEqual(tag, restarted.ETag);
        (await http.SendAsync("PATCH", path, Offers.RestartFragment, tag, type: Fragment)).ExpectProblem(412, "precondition_failed");
        (await http.SendAsync("PATCH", path, Offers.RestartFragment, restarted.ETag, type: Fragment)).Expect(HttpStatusCode.NoContent);
    }

    [Theory]
    [InlineData("whip")]
    [InlineData("whep")]
    public async Task Who_looks_before_posting_is_told_what_is_there(string kind)
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        Assert.Empty((await http.SendAsync("GET", $"/{kind}/blue-fox-42")).Expect(HttpStatusCode.OK).Text);
        var looked = (await http.SendAsync("HEAD", $"/{kind}/blue-fox-42")).Expect(HttpStatusCode.OK);
        Assert.Equal(kind == "whep" ? Sdp : null, looked.ContentHeaders.ContentType?.ToString());
        var asked = (await http.SendAsync("OPTIONS", $"/{kind}/blue-fox-42")).Expect(HttpStatusCode.NoContent);
        Assert.Equal(Sdp, Assert.Single(asked.Headers.GetValues("Accept-Post")));
        Assert.Equal(Fragment, Assert.Single((await http.SendAsync("OPTIONS", $"/{kind}/blue-fox-42/x")).Expect(HttpStatusCode.NoContent).Headers.GetValues("Accept-Patch")));
        (await http.SendAsync("PUT", $"/{kind}/blue-fox-42")).ExpectProblem(405, "method_not_allowed");
        (await http.SendAsync("GET", $"/{kind}")).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task A_bad_offer_gets_the_error_that_it_deserves()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        const string Path = "/whip/blue-fox-42";
        var wrongType = (await http.SendAsync("POST", Path, Offers.Publish)).ExpectProblem(415, "unsupported_media_type");
        Assert.Equal(Sdp, Assert.Single(wrongType.Headers.GetValues("Accept-Post")));
        (await http.SendAsync("POST", Path)).ExpectProblem(415, "unsupported_media_type");
        var unread = (await http.SendAsync("POST", Path, Offers.Publish.Replace("m=video", "m=vi deo", StringComparison.Ordinal), type: Sdp)).ExpectProblem(400, "invalid");
        Assert.Contains("Line 17 ", (string)unread["detail"]!, StringComparison.Ordinal);
        (await http.SendAsync("POST", Path, "", type: Sdp)).ExpectProblem(400, "invalid");
        (await http.SendAsync("POST", Path, Offers.Publish + new string('x', 256 * 1024), type: Sdp)).ExpectProblem(413, "too_large");
        (await http.SendAsync("POST", Path, Offers.Publish.Replace("opus", "iLBC", StringComparison.Ordinal).Replace("VP8", "H261", StringComparison.Ordinal), type: Sdp))
            .ExpectProblem(422, "not_acceptable");
        (await http.SendAsync("POST", "/whip/Blue_Fox", Offers.Publish, type: Sdp)).ExpectProblem(400, "invalid", "room");
        (await http.SendAsync("POST", "/whip/call-42", Offers.Publish, type: Sdp)).ExpectProblem(400, "invalid", "room");
        Assert.Empty((await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42/sessions"))["sessions"]!.AsArray());
    }

    [Fact]
    public async Task Who_may_only_play_does_not_publish_by_the_other_door()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).Expect(HttpStatusCode.Created);
        (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Play, type: Sdp)).ExpectProblem(400, "invalid");
        foreach (var direction in new[] { "sendonly", "sendrecv" })
            (await http.SendAsync("POST", "/whep/blue-fox-42", Offers.Publish.Replace("sendonly", direction, StringComparison.Ordinal), type: Sdp)).ExpectProblem(400, "invalid");
        (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish.Replace("sendonly", "sendrecv", StringComparison.Ordinal), type: Sdp)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Too_many_offers_of_one_address_have_to_wait()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 9, 0, 40, TimeSpan.Zero));
        await using var hub = await TestHub.StartAsync(time, null, new RecordingSfu(), "Whip:PostsPerMinute=2");
        using var http = hub.Http();
        for (var i = 0; i < 2; i++)
            (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).Expect(HttpStatusCode.Created);
        var refused = (await http.SendAsync("POST", "/whep/blue-fox-42", Offers.Play, type: Sdp)).ExpectProblem(429, "rate_limited");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(21));
        time.Advance(refused.Headers.RetryAfter.Delta.Value);
        (await http.SendAsync("POST", "/whep/blue-fox-42", Offers.Play, type: Sdp)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_hub_that_has_as_many_as_it_takes_says_so()
    {
        await using var hub = await TestHub.StartAsync("Whip:MaxSessions=1", "Whip:RetrySeconds=7");
        using var http = hub.Http();
        var first = (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).Expect(HttpStatusCode.Created);
        var refused = (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).ExpectProblem(503, "unavailable");
        Assert.Equal(TimeSpan.FromSeconds(7), refused.Headers.RetryAfter!.Delta);
        (await http.SendAsync("DELETE", Location(first))).Expect(HttpStatusCode.OK);
        (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).Expect(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("Whip:Enabled=false")]
    [InlineData("Sfu:Mode=Off")]
    public async Task A_hub_without_it_has_nothing_there(string setting)
    {
        await using var hub = await TestHub.StartAsync(setting);
        using var http = hub.Http();
        (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).ExpectProblem(404, "not_found");
        await http.MakeRoomAsync("""{"id":"blue-fox-42"}""");
        (await http.SendAsync("GET", "/api/v1/rooms/blue-fox-42/sessions")).ExpectProblem(404, "not_found");
    }

    private static string Location(Answer answer) => answer.Headers.Location!.OriginalString;

    private static async Task<(string Path, string Tag)> OpenAsync(HttpClient http, string kind)
    {
        var made = (await http.SendAsync("POST", "/whip/blue-fox-42", Offers.Publish, type: Sdp)).Expect(HttpStatusCode.Created);
        if (kind == "whep") made = (await http.SendAsync("POST", "/whep/blue-fox-42", Offers.Play, type: Sdp)).Expect(HttpStatusCode.Created);
        return (Location(made), made.ETag!);
    }
}
