using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RtcHub.Sfu.Tests.Control;

namespace RtcHub.Signal.Tests.Hosting;

/// <summary>docs/metrics.md and a hub that has seen some traffic name the same instruments.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task What_is_scraped_is_what_is_documented()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var hub = await TestHub.StartAsync($"Redis:Connection={redis.Connection}");
        await using var ada = await SignalClient.OpenAsync(hub, "Ada", "blue-fox-42");
        await using (var bo = await SignalClient.OpenAsync(hub, "Bo", "blue-fox-42"))
        {
            await ada.DoAsync("data", new JsonObject(), bo.Id);
            await bo.EventAsync("data");
            await ada.RefusedAsync("kick", new JsonObject { ["target"] = "nobody" });
            await using var again = await SignalClient.ResumeAsync(hub, bo);
            await bo.ClosedAsync();
        }

        using var http = hub.Http();
        (await http.SendAsync("POST", "/whep/blue-fox-42", Offers.Play, type: "application/sdp")).ExpectProblem(409, "nothing_to_play");
        var text = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        var scraped = Types().Matches(text).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "metrics.md"), TestContext.Current.CancellationToken);
        var documented = Rows().Matches(document).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Assert.NotEmpty(documented);
        Assert.Equal(documented.OrderBy(row => row.Key), scraped.OrderBy(row => row.Key));
        foreach (Match row in Rows().Matches(document))
        {
            if (row.Groups[3].Value is { Length: > 0 } label)
                Assert.Matches($"(?m)^{row.Groups[1].Value}\\{{[^}}]*\\b{label}=\"", text);
        }

        // At least this one: the exporter listens by the name of the meter, and other tests run hubs in this process.
        Assert.Matches("(?m)^rtchub_signal_resumes_total\\{[^}]*result=\"resumed\"[^}]*\\} [1-9]", text);
        Assert.Matches("(?m)^http_server_request_duration_seconds_count", text);
    }

    [GeneratedRegex(@"^# TYPE (rtchub_\w+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Types();

    [GeneratedRegex(@"^\| `(rtchub_\w+)` \| (\w+) \| [^|]* \|(?: `(\w+)`)? \|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
