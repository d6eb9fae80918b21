using System.Diagnostics;

namespace RtcHub.Load.Servers;

/// <summary>A hub that is killed and started again, in the same place and with the same files.</summary>
internal sealed class HubNode(Uri url, IReadOnlyList<string> command) : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(40);

    private readonly string _folder = Directory.CreateTempSubdirectory("rtchub-load-").FullName;
    private Process? _process;

    public Uri Url => url;

    public int? ProcessId => _process?.Id;

    /// <summary>As a shell would run it.</summary>
    public static HubNode Of(Uri url, string command) => new(url, ["sh", "-c", $"exec {command}"]);

    /// <summary>Until it answers at <c>/healthz</c>.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        _process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(2) };
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50, cancel))
        {
            if (_process.HasExited || waited.Elapsed > StartLimit) throw new InvalidOperationException($"{url} did not start: {string.Join(' ', command)}");
            try
            {
                using var response = await http.GetAsync("/healthz", cancel);
                if (response.IsSuccessStatusCode) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                // Not yet.
            }
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        Kill();
        Directory.Delete(_folder, recursive: true);
    }
}
