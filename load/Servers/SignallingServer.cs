using System.Net;
using System.Net.Sockets;
using RtcHub.Load.Sockets;

namespace RtcHub.Load.Servers;

/// <summary>A signalling server that is there to be loaded: the hub, or one of load/peers.</summary>
internal sealed class SignallingServer(string name, Uri url, PeerFactory factory, ServerProcess? process, int? processId) : IDisposable
{
    /// <summary>Limits of the hub that hold a single guest back, and not the server: off, as the peers have none.</summary>
    private static readonly string[] Unlimited =
        ["--Signal:MessagesPerSecond=100000", "--Signal:Burst=1000000", "--Signal:ConnectionsPerAddress=1000000", "--Signal:CandidatesPerNegotiation=10000", "--Signal:JoinsPerSecond=100000", "--Signal:JoinBurst=100000", "--Whip:PostsPerMinute=1000000"];

    public const string Hub = "RtcHub";

    public string Name => name;

    public Uri Url => url;

    public PeerFactory Factory => factory;

    public IReadOnlyList<int> Processes => (process?.Id ?? processId) is { } id ? [id] : [];

    /// <summary>How to reach it; people take turns in coming from one of so many loopback addresses.</summary>
    public Func<int, Route> Routes(int sources)
    {
        var server = new IPEndPoint(IPAddress.Parse(url.Host), url.Port);
        if (sources <= 1) return _ => new Route([server]);
        var locals = Enumerable.Range(2, sources).Select(i => new IPAddress([127, 0, (byte)(i >> 8), (byte)i])).ToArray();
        return i => new Route([server], locals[i % locals.Length]);
    }

    /// <summary>One that runs already.</summary>
    public static async Task<SignallingServer> AtAsync(Uri url, string? token, int? processId, CancellationToken cancel)
    {
        var address = IPAddress.TryParse(url.Host, out var ip) ? ip : (await Dns.GetHostAddressesAsync(url.Host, AddressFamily.InterNetwork, cancel))[0];
        return new SignallingServer(url.Authority, new UriBuilder(url) { Host = address.ToString() }.Uri, HubPeers(token), null, processId);
    }

    /// <param name="kind"><c>hub</c>, <c>ws</c> or <c>socketio</c>.</param>
    public static Task<SignallingServer> StartAsync(string kind, ScenarioServer options, CancellationToken cancel) => kind switch
    {
        "hub" => StartHubAsync(options, cancel),
        "ws" => StartPeerAsync("ws", "ws.js", (thread, route, tally, _) => new WsPeer(thread, route, tally), cancel),
        _ => StartPeerAsync("socket.io", "socketio.js", (thread, route, tally, _) => new SocketIoPeer(thread, route, tally), cancel),
    };

    public void Dispose() => process?.Dispose();

    /// <summary>The command line of a hub at an address, with a folder of its own as working directory.</summary>
    public static IReadOnlyList<string> HubCommand(Uri url, ScenarioServer options) =>
    [
        "dotnet", options.Program is { } program ? Path.GetFullPath(program) : Path.Combine(ServersUnderTest.Repository(), "src", "Signal", "bin", "Release", "net10.0", "RtcHub.Signal.dll"),
        $"--urls={url}", "--Storage:Path=hub.db", "--Stun:Enabled=false", "--Startup:Text=false", "--Logging:LogLevel:Default=Warning", "--Sfu:Port=0", "--Sfu:Workers=1",
        $"--Sfu:ListenAddresses:0={url.Host}", $"--Sfu:AnnouncedAddresses:0={url.Host}", .. Unlimited, .. options.Settings.Select(setting => $"--{setting}"),
    ];

    public static PeerFactory HubPeers(string? token) =>
        (thread, route, tally, person) => new HubClient(thread, route, tally, person) { Hello = token is null ? null : $"\"token\":\"{token}\"" };

    private static async Task<SignallingServer> StartHubAsync(ScenarioServer options, CancellationToken cancel)
    {
        var url = new Uri($"http://127.0.0.1:{ServersUnderTest.FreePort()}");
        var process = await ServerProcess.StartAsync(Hub, url, "/readyz", Directory.CreateTempSubdirectory("rtchub-load-").FullName, HubCommand(url, options), cancel);
        return new SignallingServer(Hub, url, HubPeers(null), process, null);
    }

    private static async Task<SignallingServer> StartPeerAsync(string name, string script, PeerFactory factory, CancellationToken cancel)
    {
        var url = new Uri($"http://127.0.0.1:{ServersUnderTest.FreePort()}");
        var folder = Path.Combine(ServersUnderTest.Repository(), "load", "peers");
        if (!Directory.Exists(Path.Combine(folder, "node_modules"))) throw new UsageException($"The servers to compare with are not installed: npm ci --prefix {folder}");
        string[] command = ["node", Path.Combine(folder, script), $"{url.Port}"];
        var process = await ServerProcess.StartAsync(name, url, "/", Directory.CreateTempSubdirectory("rtchub-load-").FullName, command, cancel);
        return new SignallingServer(name, url, factory, process, null);
    }
}

/// <summary>A hub that is to be started.</summary>
/// <param name="Program">Its RtcHub.Signal.dll; null: this repository's Release build.</param>
/// <param name="Settings"><c>Section:Key=value</c>.</param>
internal sealed record ScenarioServer(string? Program, IReadOnlyList<string> Settings);
