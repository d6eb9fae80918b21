using System.Diagnostics;
using System.Globalization;

namespace RtcHub.Load.Servers;

/// <summary>What a process has used so far.</summary>
/// <param name="Cpu">User and system time of all its threads.</param>
/// <param name="ResidentBytes">Memory.</param>
internal readonly record struct ProcessUsage(TimeSpan Cpu, long ResidentBytes)
{
    // sysconf(_SC_CLK_TCK), 100 on every Linux that .NET runs on.
    private const int TicksPerSecond = 100;

    /// <summary>From /proc, so that it may be any process of this machine.</summary>
    public static ProcessUsage Of(int id)
    {
        // The name, in brackets, may hold anything; after it come the fields from the third on.
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return new ProcessUsage(TimeSpan.FromSeconds((double)ticks / TicksPerSecond), long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize);
    }

    /// <summary>The same; null when there is no such process, or not any more.</summary>
    public static ProcessUsage? TryOf(int id)
    {
        try
        {
            return Of(id);
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>A server under test that this tool has started; its output is kept, for the case that it fails.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int KeptLines = 30;

    private readonly Process _process;
    private readonly Queue<string> _output = new();
    private readonly string _directory;

    private ServerProcess(string name, Uri url, Process process, string directory) => (Name, Url, _process, _directory) = (name, url, process, directory);

    public string Name { get; }

    public Uri Url { get; }

    public int Id => _process.Id;

    /// <summary>Starts it and waits until it answers at a path of its address.</summary>
    /// <param name="directory">Its working directory, which goes with it.</param>
    public static async Task<ServerProcess> StartAsync(string name, Uri url, string readyPath, string directory, IReadOnlyList<string> command, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var server = new ServerProcess(name, url, Process.Start(start)!, directory);
        try
        {
            server.ReadOutput();
            await server.WaitUntilReadyAsync(new Uri(url, readyPath), cancel);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public ProcessUsage Usage => ProcessUsage.Of(_process.Id);

    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void ReadOutput()
    {
        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (_output)
            {
                if (line.Data is not null) _output.Enqueue(line.Data);
                if (_output.Count > KeptLines) _output.Dequeue();
            }
        }

        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private async Task WaitUntilReadyAsync(Uri ready, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        for (var deadline = Stopwatch.StartNew(); ; await Task.Delay(100, cancel))
        {
            if (_process.HasExited) throw new InvalidOperationException($"{Name} ended with exit code {_process.ExitCode}:\n{Output}");
            if (deadline.Elapsed > TimeSpan.FromSeconds(30)) throw new InvalidOperationException($"{Name} does not answer at {ready}:\n{Output}");
            try
            {
                using var response = await http.GetAsync(ready, cancel);
                if (response.IsSuccessStatusCode) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                // Not yet.
            }
        }
    }
}
