using System.Diagnostics;
using System.Net;

namespace RtcHub.Signal.Tests.IceServers;

/// <summary>coturn on a free port of loopback.</summary>
internal sealed class CoturnProcess : IAsyncDisposable
{
    private const string Program = "/usr/bin/turnserver";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rtchub-coturn-");
    private Process? _process;

    private CoturnProcess()
    {
    }

    public IPEndPoint Address { get; } = new(IPAddress.Loopback, TestMachine.FreeUdpPort());

    /// <param name="secret">Its <c>static-auth-secret</c>.</param>
    /// <param name="configuration">A file of settings, besides those that a test needs.</param>
    public static CoturnProcess Start(string secret, string? configuration = null)
    {
        if (!File.Exists(Program)) TestMachine.Lacks("coturn");

        var coturn = new CoturnProcess();
        string[] arguments =
        [
            .. configuration is null ? ["-n"] : new[] { "-c", configuration }, "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", $"--listening-port={coturn.Address.Port}",
            "--realm=rtchub.test", "--use-auth-secret", $"--static-auth-secret={secret}", "--no-cli", "--no-tls", "--no-dtls", "--no-rfc5780", "--log-file=stdout", "--simple-log",
            $"--pidfile={coturn._folder.FullName}/pid", $"--userdb={coturn._folder.FullName}/db",
        ];
        coturn._process = Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, WorkingDirectory = coturn._folder.FullName })!;
        coturn._process.OutputDataReceived += (_, _) => { };
        coturn._process.BeginOutputReadLine();
        return coturn;
    }

    public async ValueTask DisposeAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
