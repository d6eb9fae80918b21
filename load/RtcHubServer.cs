using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace RtcHub.Load;

/// <summary>The hub, started here as its README says or running elsewhere. Clients publish by WHIP and play by WHEP.</summary>
internal sealed class RtcHubServer : IMediaServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process? _process;
    private readonly string? _folder;
    private readonly HttpClient _http;

    private RtcHubServer(Uri address, int processId, Process? process, string? folder)
    {
        (_process, _folder, ProcessId) = (process, folder, processId);
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 32 }) { BaseAddress = address };
    }

    public string Name => "RtcHub";

    public int ProcessId { get; }

    /// <summary>A hub that runs already; its process must be on this machine for its time to be counted.</summary>
    public static RtcHubServer Attach(Uri address, int processId) => new(address, processId, null, null);

    /// <param name="workers">Threads that forward.</param>
    /// <param name="settings">More, as <c>Section:Key=value</c>.</param>
    public static async Task<RtcHubServer> StartAsync(int workers, IEnumerable<string> settings, CancellationToken cancel)
    {
        var program = Path.Combine(Repository.Root, "src", "Signal", "bin", "Release", "net10.0", "RtcHub.Signal.dll");
        if (!File.Exists(program)) throw new LoadException("Build first: dotnet build -c Release.");
        var folder = Directory.CreateTempSubdirectory("rtchub-load-").FullName;
        var address = new Uri($"http://127.0.0.1:{Ports.FreeTcp()}/");
        string[] arguments =
        [
            program, $"--urls={address}", "--Storage:Path=hub.db", "--Stun:Enabled=false", "--Startup:Text=false", "--Logging:LogLevel:Default=Warning",
            "--Sfu:Port=0", $"--Sfu:Workers={workers}", $"--Sfu:AnnouncedAddresses:0={LocalAddress.Find()}", "--Whip:PostsPerMinute=1000000",
            .. settings.Select(setting => "--" + setting),
        ];
        var process = ServerProcess.Start("dotnet", arguments, folder);
        var server = new RtcHubServer(address, process.Id, process, folder);
        try
        {
            await ServerProcess.ReadyAsync(process, new Uri(address, "readyz"), Patience, cancel);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    public async Task PublishAsync(string room, VirtualClient client, CancellationToken cancel) =>
        client.Accept(await PostAsync($"whip/{room}", client.Offer(), cancel));

    public async Task PlayAsync(string room, VirtualClient client, CancellationToken cancel) =>
        client.Accept(await PostAsync($"whep/{room}", client.Offer(), cancel));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is not null) await ServerProcess.StopAsync(_process);
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> PostAsync(string path, string offer, CancellationToken cancel)
    {
        using var content = new StringContent(offer);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/sdp");
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), content, cancel);
        var body = await response.Content.ReadAsStringAsync(cancel);
        return response.StatusCode == HttpStatusCode.Created ? body : throw new LoadException($"{path}: {(int)response.StatusCode} {body}");
    }
}
