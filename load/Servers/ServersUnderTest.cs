using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using RtcHub.Load.Signalling;

namespace RtcHub.Load.Servers;

/// <summary>A server that was started for one run, and how to join it.</summary>
internal sealed class RunningServer(ServerProcess process, ISignalling signalling, IPAddress clients) : IAsyncDisposable
{
    public Target Target => new(process.Name, signalling, clients, process.Id);

    public string Output => process.Output;

    public async ValueTask DisposeAsync()
    {
        await signalling.DisposeAsync();
        process.Dispose();
    }
}

/// <summary>The media service alone, and how to command it.</summary>
internal sealed class RunningService(ServerProcess process, string secret, IPAddress clients) : IAsyncDisposable
{
    public Uri Url => process.Url;

    public string Secret => secret;

    /// <summary>The clients' address.</summary>
    public IPAddress Clients => clients;

    public int ProcessId => process.Id;

    public ValueTask DisposeAsync()
    {
        process.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>
/// Starts the servers that are compared, on the far end of the test network or, without one, on an address of this machine that is
/// not loopback, because Janus ignores loopback interfaces: what is measured goes the same way for both.
/// </summary>
internal sealed class ServersUnderTest(TestNetwork? network)
{
    private static readonly string[] NoPrefix = [];

    private readonly IPAddress _server = network?.Server ?? LocalAddress();
    private readonly IPAddress _clients = network?.Clients ?? LocalAddress();

    /// <summary>A whole hub, signalling and media in one process, with its settings as they come but for addresses and limits of rate.</summary>
    public async Task<RunningServer> StartHubAsync(LoadOptions options, CancellationToken cancel)
    {
        var url = new Uri($"http://{_server}:{FreePort()}");
        string[] command =
        [
            .. network?.Prefix ?? NoPrefix, "dotnet", options.Server ?? Path.Combine(Repository(), "src", "Signal", "bin", "Release", "net10.0", "RtcHub.Signal.dll"),
            $"--urls={url}", "--Storage:Path=hub.db", "--Stun:Enabled=false", "--Startup:Text=false", "--Logging:LogLevel:Default=Warning", "--Whip:PostsPerMinute=1000000",
            "--Sfu:Port=0", $"--Sfu:Workers={options.Workers}", $"--Sfu:ListenAddresses:0={_server}", $"--Sfu:AnnouncedAddresses:0={_server}",
            .. options.Settings.Select(setting => $"--{setting}"),
        ];
        var process = await ServerProcess.StartAsync("RtcHub", url, "/readyz", Directory.CreateTempSubdirectory("rtchub-load-").FullName, command, cancel);
        return new RunningServer(process, new WhipSignalling(url, null), _clients);
    }

    /// <summary>The media service as a program of its own.</summary>
    public async Task<RunningService> StartServiceAsync(LoadOptions options, CancellationToken cancel)
    {
        var (url, secret) = (new Uri($"http://{_server}:{FreePort()}"), RandomNumberGenerator.GetHexString(32));
        string[] command =
        [
            .. network?.Prefix ?? NoPrefix, "dotnet", options.Server ?? Path.Combine(Repository(), "src", "Sfu", "bin", "Release", "net10.0", "RtcHub.Sfu.dll"),
            $"--urls={url}", $"--Sfu:Secret={secret}", "--Logging:LogLevel:Default=Warning",
            "--Sfu:Port=0", $"--Sfu:Workers={options.Workers}", $"--Sfu:ListenAddresses:0={_server}", $"--Sfu:AnnouncedAddresses:0={_server}",
            .. options.Settings.Select(setting => $"--{setting}"),
        ];
        var process = await ServerProcess.StartAsync("RtcHub.Sfu", url, "/readyz", Directory.CreateTempSubdirectory("rtchub-load-").FullName, command, cancel);
        return new RunningService(process, secret, _clients);
    }

    /// <param name="loops">Its setting event_loops; 0: its default, a thread for each client.</param>
    public async Task<RunningServer> StartJanusAsync(int loops, CancellationToken cancel)
    {
        var (port, folder) = (FreePort(), Directory.CreateTempSubdirectory("rtchub-load-").FullName);
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "janus"), "*.jcfg"))
        {
            var text = new StringBuilder(await File.ReadAllTextAsync(file, cancel))
                .Replace("__FOLDER__", folder).Replace("__LIBRARIES__", JanusLibraries()).Replace("__LOOPS__", $"{loops}").Replace("__INTERFACE__", $"{_server}").Replace("__PORT__", $"{port}");
            await File.WriteAllTextAsync(Path.Combine(folder, Path.GetFileName(file)), text.ToString(), cancel);
        }

        var url = new Uri($"http://{_server}:{port}");
        string[] command = [.. network?.Prefix ?? NoPrefix, "janus", "--disable-colors", $"--configs-folder={folder}", $"--config={folder}/janus.jcfg"];
        var name = loops == 0 ? "Janus" : $"Janus event_loops={loops}";
        return new RunningServer(await ServerProcess.StartAsync(name, url, "/janus/info", folder, command, cancel), new JanusSignalling(url), _clients);
    }

    // Not a search through all of /usr/lib: it has links that lead in circles.
    private static string JanusLibraries() =>
        Directory.GetDirectories("/usr/lib").Prepend("/usr/lib").Select(folder => Path.Combine(folder, "janus")).FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, "plugins")))
        ?? throw new UsageException("Janus is not installed (Debian: apt-get install janus).");

    private static IPAddress LocalAddress() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork)
        ?? throw new UsageException("This machine has no IPv4 address besides loopback.");

    // Free here; on the far end of the test network everything is.
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "RtcHub.sln"))) return folder.FullName;
        throw new UsageException("Say with --server which RtcHub.Signal.dll is to be started.");
    }
}
