using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RtcHub.E2E.Tests;

/// <summary>Everything on one machine, as <c>deploy/local-cluster.sh</c> starts it: two hubs behind a proxy, two media services, Redis, coturn.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    /// <summary>The parts, as the script names them.</summary>
    public static readonly string[] Parts = ["hub-1", "hub-2", "sfu-1", "sfu-2", "redis", "coturn", "proxy"];

    private const int Ports = 9;
    private static readonly string[] Programs = ["redis-server", "turnserver", "caddy"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string _folder = Directory.CreateTempSubdirectory("rtchub-cluster-").FullName;
    private readonly StringBuilder _output = new();
    private readonly int _port = FreePorts();
    private Process? _process;

    private LocalCluster()
    {
    }

    /// <summary>The proxy's address, where people go.</summary>
    public Uri Address => new($"http://localhost:{_port}/");

    public static async Task<LocalCluster> StartAsync()
    {
        if (Programs.FirstOrDefault(program => !File.Exists($"/usr/bin/{program}")) is { } missing) TestMachine.Lacks(missing);

        var cluster = new LocalCluster();
        try
        {
            await cluster.LaunchAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync(string part)
    {
        using var process = Process.GetProcessById(IdOf(part));
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Until a part that was killed has been started again, and everything takes new work.</summary>
    /// <param name="killed">The process that it was.</param>
    public async Task BackAsync(string part, int killed)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience; await Task.Delay(100))
        {
            if (IdOf(part) == killed) continue;
            var ready = true;
            for (var i = 0; i < 5 && ready; i++)
                ready = await IsReadyAsync(http, _port + i);
            if (ready) return;
        }

        throw new TimeoutException($"{part} did not come back.\n{Logs()}");
    }

    public int IdOf(string part) => int.Parse(File.ReadAllText(Path.Combine(_folder, $"{part}.pid")), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The last lines of everybody.</summary>
    public string Logs() => string.Join('\n', Directory.GetFiles(_folder, "*.log").Order().Select(file => $"-- {Path.GetFileName(file)}\n{string.Join('\n', File.ReadLines(file).TakeLast(15))}"));

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // As Ctrl+C does: the script ends what it has started.
            using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task LaunchAsync()
    {
        string[] arguments = [Path.Combine(Repository.Root, "deploy", "local-cluster.sh"), "--no-build", "--port", $"{_port}", "--dir", _folder];
        var start = new ProcessStartInfo("bash", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["Sfu__ListenAddresses__0"] = "127.0.0.1";
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => _output.AppendLine(line.Data);
        _process.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(Patience);
        while (await _process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            _output.AppendLine(line);
            if (!line.Contains("Ctrl+C", StringComparison.Ordinal)) continue;
            _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return;
        }

        throw new InvalidOperationException($"{_output}\n{Logs()}");
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, int port)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/readyz"));
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    // The script takes them in a row.
    private static int FreePorts()
    {
        for (var first = Random.Shared.Next(20_000, 30_000); ; first += Ports)
        {
            var sockets = new List<Socket>();
            try
            {
                for (var port = first; port < first + Ports; port++)
                {
                    foreach (var type in new[] { SocketType.Stream, SocketType.Dgram })
                    {
                        var socket = new Socket(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
                        sockets.Add(socket);
                        socket.Bind(new IPEndPoint(IPAddress.Any, port));
                    }
                }

                return first;
            }
            catch (SocketException)
            {
                // Somebody has one of them.
            }
            finally
            {
                sockets.ForEach(socket => socket.Dispose());
            }
        }
    }
}
