using System.Net;
using System.Text.Json.Nodes;
using CsCheck;

namespace RtcHub.Signal.Tests.Rooms;

/// <summary>PATCH by properties: whatever is patched in whatever order, a room is what JSON merge patch (RFC 7396) makes of it.</summary>
public sealed class MergePatchTests
{
    private const string Path = "/api/v1/rooms/patched-room";

    /// <summary>What each member is when nothing is said of it, and what it may be.</summary>
    private static readonly Dictionary<string, (string Default, string[] Values)> Members = new()
    {
        ["name"] = ("null", ["\"Latin\"", "\"拉丁语\""]),
        ["mode"] = ("\"auto\"", ["\"p2p\"", "\"auto\""]),
        ["maxParticipants"] = ("100", ["2", "3", "8"]),
        ["locked"] = ("false", ["true", "false"]),
        ["lobby"] = ("false", ["true", "false"]),
        ["metadata"] = ("null", ["{}", """{"a":null}""", """{"a":[1,{"b":2}]}"""]),
        ["expiresAt"] = ("null", ["\"2999-01-01T00:00:00+00:00\"", "\"2998-06-01T12:30:00+00:00\""]),
        ["emptyTimeout"] = ("null", ["1000", "2000"]),
    };

    // One member in four is cleared.
    private static readonly Gen<(string Member, string Value)> Change = Gen.Select(
        Gen.Int[0, Members.Count - 1], Gen.Int[0, 3], Gen.Int[0, 59], (member, kind, value) =>
        {
            var (name, (_, values)) = Members.ElementAt(member);
            return (name, kind == 0 ? "null" : values[value % values.Length]);
        });

    [Fact]
    public async Task Any_row_of_patches_leaves_what_the_standard_says()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = hub.Http();
        await Change.Array[0, 6].Array[1, 6].SampleAsync(
            async patches =>
            {
                var made = (await http.SendAsync("POST", "/api/v1/rooms", """{"id":"patched-room"}""")).Expect(HttpStatusCode.Created);
                var (tag, expected) = (made.ETag!, Members.ToDictionary(m => m.Key, m => m.Value.Default));
                foreach (var patch in patches)
                {
                    var before = expected.ToArray();
                    var changes = patch.DistinctBy(change => change.Member).ToArray();
                    foreach (var (member, value) in changes)
                        expected[member] = value == "null" ? Members[member].Default : value;
                    var body = "{" + string.Join(',', changes.Select(change => $"\"{change.Member}\":{change.Value}")) + "}";
                    var answer = (await http.SendAsync("PATCH", Path, body, tag, type: "application/merge-patch+json")).Expect(HttpStatusCode.OK);

                    // The tag is another one exactly when the room is.
                    Assert.Equal(expected.SequenceEqual(before), answer.ETag == tag);
                    tag = answer.ETag!;
                    AssertIs(expected, answer.Json!);
                    AssertIs(expected, (await http.SendAsync("GET", Path)).Expect(HttpStatusCode.OK).Json!);
                }

                (await http.SendAsync("DELETE", Path, ifMatch: tag)).Expect(HttpStatusCode.NoContent);
            },
            seed: "0000KOIPe036", iter: 60, threads: 1);
    }

    private static void AssertIs(Dictionary<string, string> expected, JsonObject room)
    {
        foreach (var (member, value) in expected)
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(value), room[member]), $"{member}: {room[member]?.ToJsonString()} instead of {value}");
    }
}
