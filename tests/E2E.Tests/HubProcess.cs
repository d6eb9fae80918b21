using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace RtcHub.E2E.Tests;

/// <summary>
/// The hub as people run it: a process of its own, on free ports, with a file of its own to remember. It can be killed and
/// started again on the same port. The media service alone is started the same way.
/// </summary>
internal sealed class HubProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("rtchub-e2e-").FullName;
    private readonly StringBuilder _output = new();
    private readonly string _project;
    private readonly string[] _settings;
    private readonly string[] _within;
    private Process? _process;

    private HubProcess(string project, string[] settings, Uri? address = null, string[]? within = null)
    {
        Address = address ?? new Uri($"http://localhost:{TestMachine.FreeTcpPort()}/");
        (_project, _settings, _within) = (project, settings, within ?? []);
    }

    /// <summary>What a person types: <c>http://localhost:PORT/</c>.</summary>
    public Uri Address { get; }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <param name="settings">As on the command line, without the dashes: <c>Rooms:DefaultMaxParticipants=2</c>.</param>
    public static async Task<HubProcess> StartAsync(params string[] settings)
    {
        var hub = new HubProcess("Signal", [.. settings, "Stun:Ports:0=0", "Stun:Ports:1=0"]);
        await hub.StartAgainAsync();
        return hub;
    }

    /// <summary>On another machine, as far as networks go.</summary>
    /// <param name="within">What a command line begins with to run there.</param>
    public static async Task<HubProcess> StartInAsync(string[] within, Uri address, params string[] settings)
    {
        var hub = new HubProcess("Signal", [.. settings, "Stun:Ports:0=0", "Stun:Ports:1=0"], address, within);
        await hub.StartAgainAsync();
        return hub;
    }

    /// <summary>The media service as a program of its own, for a hub with <c>Sfu:Mode=Remote</c>.</summary>
    public static async Task<HubProcess> StartMediaServiceAsync(params string[] settings)
    {
        var service = new HubProcess("Sfu", settings);
        await service.StartAgainAsync();
        return service;
    }

    public async Task StartAgainAsync()
    {
        string[] command =
        [
            .. _within, "dotnet", Program, $"--urls={Address}", $"--Storage:Path={Path.Combine(_folder, "hub.db")}", "--Sfu:Port=0", .. _settings.Select(s => "--" + s),
        ];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ReadyAsync();
    }

    /// <summary>Makes a room over REST, as a program would.</summary>
    public async Task CreateRoomAsync(object room)
    {
        using var http = new HttpClient { BaseAddress = Address };
        using var response = await http.PostAsJsonAsync("api/v1/rooms", room, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A join token, as the owner of a key gets one for somebody.</summary>
    public async Task<string> MintTokenAsync(string key, object wish)
    {
        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await http.PostAsJsonAsync("api/v1/tokens", wish, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return body.TryGetProperty("token", out var token) ? token.GetString()! : throw new InvalidOperationException($"{response.StatusCode}: {body}");
    }

    /// <summary>kill -9: no goodbye, no last write.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: it is asked to end.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", [$"{_process!.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>It has ended by itself, and well.</summary>
    public async Task EndedAsync()
    {
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        Assert.Equal(0, _process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // The build of the same configuration as this test.
    private string Program
    {
        get
        {
            var output = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(Repository.Root, "src", _project, "bin", output.Parent!.Name, output.Name, $"RtcHub.{_project}.dll");
        }
    }

    private async Task ReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        for (var waited = Stopwatch.StartNew(); ;)
        {
            if (_process!.HasExited || waited.Elapsed > Patience)
                throw new InvalidOperationException($"The hub did not start:\n{Output}");
            try
            {
                if (_within.Length > 0 ? await IsHealthyAsync() : (await http.GetAsync("healthz")).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Nobody listens yet: there is no event to wait for but the next attempt.
                await Task.Delay(50);
            }
        }
    }

    // Where it is not reached from here it is asked by itself, as by a container's health check.
    private async Task<bool> IsHealthyAsync()
    {
        string[] command = [.. _within, "dotnet", Program, "healthcheck", $"{Address}healthz"];
        using var check = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Task.WhenAll(check.StandardOutput.ReadToEndAsync(), check.StandardError.ReadToEndAsync(), check.WaitForExitAsync());
        return check.ExitCode == 0;
    }

    private void Note(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
