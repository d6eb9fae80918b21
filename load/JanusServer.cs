using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace RtcHub.Load;

/// <summary>
/// Janus from Debian's packages with the configuration of load/janus, in a folder and on ports of its own. Clients use its
/// VideoRoom plugin over its HTTP API.
/// </summary>
internal sealed class JanusServer : IMediaServer
{
    private const string Executable = "/usr/bin/janus";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _folder;
    private readonly HttpClient _http;
    private readonly Dictionary<string, long> _feeds = [];
    private int _rooms;

    private JanusServer(Process process, string folder, int port, int loops)
    {
        (_process, _folder) = (process, folder);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(70) };
        Name = loops == 0 ? "Janus" : $"Janus, event_loops={loops}";
    }

    public string Name { get; }

    public int ProcessId => _process.Id;

    /// <param name="loops">Its setting event_loops; 0: its default, a thread for each connection.</param>
    public static async Task<JanusServer> StartAsync(int loops, CancellationToken cancel)
    {
        if (!File.Exists(Executable)) throw new LoadException("Janus is not installed (Debian: apt-get install janus).");
        var port = Ports.FreeTcp();
        var folder = Directory.CreateTempSubdirectory("rtchub-janus-").FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "load", "janus"), "*.jcfg"))
        {
            var text = (await File.ReadAllTextAsync(file, cancel))
                .Replace("__FOLDER__", folder, StringComparison.Ordinal)
                .Replace("__LIBRARIES__", Libraries(), StringComparison.Ordinal)
                .Replace("__LOOPS__", loops.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("__INTERFACE__", LocalAddress.Find().ToString(), StringComparison.Ordinal)
                .Replace("__PORT__", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(folder, Path.GetFileName(file)), text, cancel);
        }

        var process = ServerProcess.Start(Executable, ["-F", folder, "-C", Path.Combine(folder, "janus.jcfg")], folder);
        var server = new JanusServer(process, folder, port, loops);
        try
        {
            await ServerProcess.ReadyAsync(process, new Uri(server._http.BaseAddress!, "janus/info"), Patience, cancel);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    public async Task PublishAsync(string room, VirtualClient client, CancellationToken cancel)
    {
        var number = ++_rooms + 1_000;
        var handle = await AttachAsync(cancel);
        await RequestAsync(handle, new JsonObject
        {
            ["request"] = "create",
            ["room"] = number,
            ["publishers"] = 50,
            ["audiocodec"] = "opus",
            ["videocodec"] = "vp8",
            ["fir_freq"] = 0,
            ["bitrate"] = 0,
        }, null, cancel);
        var joined = await EventAsync(handle, new JsonObject { ["request"] = "join", ["ptype"] = "publisher", ["room"] = number }, null, cancel);
        var feed = joined["plugindata"]!["data"]!["id"]!.GetValue<long>();
        var answered = await EventAsync(handle, new JsonObject { ["request"] = "configure", ["audio"] = true, ["video"] = true }, ("offer", client.Offer()), cancel);
        client.Accept(answered["jsep"]!["sdp"]!.GetValue<string>());
        lock (_feeds) _feeds[room] = feed << 16 | (uint)number;
    }

    public async Task PlayAsync(string room, VirtualClient client, CancellationToken cancel)
    {
        long feed;
        lock (_feeds) feed = _feeds[room];
        var number = (int)(feed & 0xFFFF);
        var handle = await AttachAsync(cancel);
        var offered = await EventAsync(handle, new JsonObject
        {
            ["request"] = "join",
            ["ptype"] = "subscriber",
            ["room"] = number,
            ["streams"] = new JsonArray(new JsonObject { ["feed"] = feed >> 16 }),
        }, null, cancel);
        var answer = client.Answer(offered["jsep"]!["sdp"]!.GetValue<string>());
        await EventAsync(handle, new JsonObject { ["request"] = "start" }, ("answer", answer), cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await ServerProcess.StopAsync(_process);
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Libraries() =>
        Directory.GetDirectories("/usr/lib", "janus", SearchOption.AllDirectories).FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, "plugins")))
        ?? throw new LoadException("The plugins of Janus are not installed.");

    private async Task<Handle> AttachAsync(CancellationToken cancel)
    {
        var session = (await PostAsync("janus", new JsonObject { ["janus"] = "create" }, cancel))["data"]!["id"]!.GetValue<long>();
        var attach = new JsonObject { ["janus"] = "attach", ["plugin"] = "janus.plugin.videoroom" };
        return new Handle(session, (await PostAsync($"janus/{session}", attach, cancel))["data"]!["id"]!.GetValue<long>());
    }

    private Task<JsonNode> RequestAsync(Handle handle, JsonObject body, (string Type, string Sdp)? jsep, CancellationToken cancel)
    {
        var message = new JsonObject { ["janus"] = "message", ["body"] = body };
        if (jsep is { } description) message["jsep"] = new JsonObject { ["type"] = description.Type, ["sdp"] = description.Sdp };
        return PostAsync($"janus/{handle.Session}/{handle.Id}", message, cancel);
    }

    // The answer to an asynchronous request comes as an event of the session.
    private async Task<JsonNode> EventAsync(Handle handle, JsonObject body, (string Type, string Sdp)? jsep, CancellationToken cancel)
    {
        await RequestAsync(handle, body, jsep, cancel);
        while (true)
        {
            var happened = JsonNode.Parse(await _http.GetStringAsync(new Uri($"janus/{handle.Session}?maxev=1", UriKind.Relative), cancel))!;
            if (happened["plugindata"]?["data"]?["error"] is { } error) throw new LoadException($"Janus: {error}");
            if (happened["janus"]?.GetValue<string>() == "event") return happened;
        }
    }

    private async Task<JsonNode> PostAsync(string path, JsonObject message, CancellationToken cancel)
    {
        message["transaction"] = Guid.NewGuid().ToString("N");
        using var response = await _http.PostAsJsonAsync(new Uri(path, UriKind.Relative), message, cancel);
        var reply = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancel))!;
        if (reply["error"] is { } error) throw new LoadException($"Janus: {error["reason"]}");
        return reply;
    }

    private readonly record struct Handle(long Session, long Id);
}
