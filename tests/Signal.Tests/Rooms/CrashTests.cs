using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace RtcHub.Signal.Tests.Rooms;

/// <summary>kill -9 in the midst of writing, to the program itself: what was answered is there afterwards.</summary>
public sealed partial class CrashTests : IDisposable
{
    private const int Enough = 60;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rtchub-crash-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_room_that_was_answered_survives_kill_9()
    {
        var answered = new ConcurrentDictionary<string, string>(); // by path, the last tag that the hub gave
        using (var first = Start())
        {
            using var http = new HttpClient { BaseAddress = await AddressAsync(first) };
            var enough = new TaskCompletionSource();
            var writers = Task.WhenAll(Enumerable.Range(0, 8).Select(writer => WriteUntilItDiesAsync(http, writer, answered, enough)));
            await Task.WhenAny(enough.Task, writers);
            first.Kill(); // SIGKILL, with requests under way
            await first.WaitForExitAsync(CancellationToken.None);
            await writers;
            Assert.True(enough.Task.IsCompleted);
        }

        using var second = Start();
        try
        {
            using var http = new HttpClient { BaseAddress = await AddressAsync(second) };
            foreach (var (path, tag) in answered)
            {
                var room = (await http.SendAsync("GET", path)).Expect(HttpStatusCode.OK);
                // A change that was under way when the hub died may have been made, and its answer lost.
                Assert.Contains(room.ETag, new[] { tag, "\"2\"" });
                Assert.Equal(room.ETag == "\"2\"" ? "after" : "before", (string?)room["name"]);
                Assert.True((bool)room["hasPasscode"]!);
            }
        }
        finally
        {
            second.Kill();
            await second.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task WriteUntilItDiesAsync(HttpClient http, int writer, ConcurrentDictionary<string, string> answered, TaskCompletionSource enough)
    {
        try
        {
            for (var n = 0; ; n++)
            {
                var path = $"/api/v1/rooms/room-{writer}-{n}";
                var made = (await http.SendAsync("PUT", path, """{"name":"before","passcode":"tulip"}""")).Expect(HttpStatusCode.Created);
                answered[path] = made.ETag!;
                if (answered.Count >= Enough)
                    enough.TrySetResult();
                var changed = (await http.SendAsync("PATCH", path, """{"name":"after"}""", made.ETag)).Expect(HttpStatusCode.OK);
                answered[path] = changed.ETag!;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // It is dead: what was under way was never answered.
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, WorkingDirectory = _folder.FullName };
        foreach (var argument in new[] { typeof(HubMetrics).Assembly.Location, "--urls=http://127.0.0.1:0", "--Stun:Enabled=false" })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    // The text at the start says where the hub listens.
    private static async Task<Uri> AddressAsync(Process hub)
    {
        while (await hub.StandardOutput.ReadLineAsync(Cancel) is { } line)
        {
            if (OpenLine().Match(line) is { Success: true } match)
                return new Uri(match.Groups["url"].Value);
        }

        throw new InvalidOperationException("The hub did not start.");
    }

    [GeneratedRegex(@"^  Open\s+(?<url>http://\S+)$")]
    private static partial Regex OpenLine();
}
