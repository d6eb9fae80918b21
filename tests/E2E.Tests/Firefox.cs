using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RtcHub.E2E.Tests;

/// <summary>
/// Debian's firefox-esr, headless, as it is packaged: Playwright drives patched builds only, so the test speaks WebDriver BiDi to it.
/// Its camera shows a colour that changes, its microphone beeps, nobody is asked.
/// </summary>
internal sealed class Firefox : IAsyncDisposable
{
    private const string Executable = "/usr/bin/firefox-esr";
    private const string Listening = "WebDriver BiDi listening on ";

    private const string Preferences = """
        user_pref("media.navigator.streams.fake", true);
        user_pref("media.navigator.permission.disabled", true);
        user_pref("media.autoplay.default", 0);
        user_pref("media.peerconnection.ice.loopback", true);
        user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
        user_pref("media.gmp-manager.updateEnabled", false);
        user_pref("network.captive-portal-service.enabled", false);
        user_pref("network.connectivity-service.enabled", false);
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string _folder = Directory.CreateTempSubdirectory("rtchub-firefox-").FullName;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _output = new();
    private Process? _process;
    private WebDriverBiDi? _session;

    private Firefox()
    {
    }

    public static async Task<Firefox> StartAsync()
    {
        if (!File.Exists(Executable)) TestMachine.Lacks("Firefox");

        var firefox = new Firefox();
        try
        {
            await firefox.LaunchAsync();
            return firefox;
        }
        catch
        {
            await firefox.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new tab, when its page has loaded.</summary>
    public async Task<FirefoxPage> OpenAsync(string url)
    {
        var tab = await _session!.SendAsync("browsingContext.create", new() { ["type"] = "tab" });
        var page = new FirefoxPage(_session, (string)tab["context"]!);
        await page.GoToAsync(url);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
            await _session.DisposeAsync();
        if (_process is not null)
        {
            // Its content processes, too: they would go on writing into the profile.
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task LaunchAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "user.js"), Preferences);
        // Port 0: a free one, which Firefox names on its standard error.
        string[] arguments = ["--headless", "--no-remote", "--profile", _folder, "--remote-debugging-port", "0"];
        var start = new ProcessStartInfo(Executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = _folder;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException("Firefox ended before it listened."));
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        try
        {
            _session = await WebDriverBiDi.ConnectAsync(await _address.Task.WaitAsync(Patience));
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            lock (_output)
                throw new InvalidOperationException($"Firefox did not start:\n{_output}", e);
        }

        await _session.SendAsync("session.subscribe", new() { ["events"] = new JsonArray("log.entryAdded") });
    }

    private void Read(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
        if (line?.StartsWith(Listening, StringComparison.Ordinal) == true)
            _address.TrySetResult(new Uri(line[Listening.Length..].Trim()));
    }
}

/// <summary>A tab, and the errors in its console.</summary>
internal sealed class FirefoxPage
{
    private const string LastWord = "the test has read so far";
    private const int PatienceMs = 40_000;
    private readonly WebDriverBiDi _session;
    private readonly string _context;
    private readonly List<string> _problems = [];
    private readonly TaskCompletionSource _lastWord = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FirefoxPage(WebDriverBiDi session, string context)
    {
        (_session, _context) = (session, context);
        session.Happened += Read;
    }

    /// <summary>Loads another address in this tab.</summary>
    public Task GoToAsync(string url) =>
        _session.SendAsync("browsingContext.navigate", new() { ["context"] = _context, ["url"] = url, ["wait"] = "complete" });

    /// <summary>Evaluates an expression in the page; a promise is awaited. What it is must survive <c>JSON.stringify</c>.</summary>
    /// <exception cref="InvalidOperationException">It threw, or the promise was rejected.</exception>
    public async Task<T?> EvaluateAsync<T>(string expression)
    {
        var reply = await _session.SendAsync("script.evaluate", new()
        {
            ["expression"] = $"(async () => JSON.stringify(await ({expression})) ?? 'null')()",
            ["target"] = new JsonObject { ["context"] = _context },
            ["awaitPromise"] = true,
        });
        if ((string?)reply["type"] != "success")
            throw new InvalidOperationException($"{reply["exceptionDetails"]?["text"]}: {expression}");
        return JsonSerializer.Deserialize<T>((string)reply["result"]!["value"]!, JsonSerializerOptions.Web);
    }

    /// <summary>Until an expression is true in the page; says what the call's state was if it never is.</summary>
    public async Task UntilAsync(string condition)
    {
        var came = await EvaluateAsync<bool>(
            $$"""
            (async () => {
              for (const end = Date.now() + {{PatienceMs}}; Date.now() < end; await new Promise((next) => setTimeout(next, 100)))
                if (await ({{condition}})) return true;
              return false;
            })()
            """);
        if (!came)
            throw new TimeoutException($"Never true: {condition}\nstate: {await EvaluateAsync<JsonNode>("window.rtchub?.call?.state ?? window.rtchub?.whip?.state")}");
    }

    /// <summary>No error in the console.</summary>
    public async Task AssertCleanAsync()
    {
        // Entries come on their own time; what was written before this one is there when this one is.
        await EvaluateAsync<object>($"new Promise((next) => setTimeout(next)).then(() => console.info('{LastWord}'))");
        await _lastWord.Task.WaitAsync(TimeSpan.FromMilliseconds(PatienceMs));
        lock (_problems)
            Assert.Empty(_problems);
    }

    private void Read(string method, JsonNode entry)
    {
        if (method != "log.entryAdded" || (string?)entry["source"]?["context"] != _context)
            return;
        var text = (string?)entry["text"] ?? entry.ToJsonString();
        if (text == LastWord)
            _lastWord.TrySetResult();
        if ((string?)entry["level"] == "error")
        {
            lock (_problems)
                _problems.Add(text);
        }
    }
}
