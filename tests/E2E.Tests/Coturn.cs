using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace RtcHub.E2E.Tests;

/// <summary>A TURN server as people run one: coturn, on a free UDP port of loopback, with the secret that the hub is told.</summary>
internal sealed class Coturn : IAsyncDisposable
{
    private const string Executable = "/usr/bin/turnserver";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retransmission = TimeSpan.FromMilliseconds(100);
    private readonly string _folder = Directory.CreateTempSubdirectory("rtchub-coturn-").FullName;
    private readonly StringBuilder _output = new();
    private readonly int _port = TestMachine.FreeUdpPort();
    private Process? _process;

    private Coturn()
    {
    }

    /// <summary>coturn's <c>static-auth-secret</c>.</summary>
    public string Secret { get; } = RandomNumberGenerator.GetHexString(32);

    public string Url => $"turn:127.0.0.1:{_port}?transport=udp";

    public static async Task<Coturn> StartAsync()
    {
        if (!File.Exists(Executable)) TestMachine.Lacks("coturn");

        var coturn = new Coturn();
        try
        {
            coturn.Launch();
            await coturn.ReadyAsync();
            return coturn;
        }
        catch
        {
            await coturn.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Launch()
    {
        string[] arguments =
        [
            "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", $"--listening-port={_port}", "--allow-loopback-peers", "--realm=rtchub",
            "--use-auth-secret", $"--static-auth-secret={Secret}", "--fingerprint", "--no-tcp", "--no-tls", "--no-dtls", "--no-cli",
            "--log-file=stdout", "--simple-log", $"--pidfile={Path.Combine(_folder, "pid")}", $"--userdb={Path.Combine(_folder, "db")}",
        ];
        var start = new ProcessStartInfo(Executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    // A Binding request without attributes (RFC 8489, section 5), sent again until somebody answers: a log line would come early.
    private async Task ReadyAsync()
    {
        byte[] request = [0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42, .. RandomNumberGenerator.GetBytes(12)];
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(IPAddress.Loopback, _port);
        var answer = new byte[576];
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience && !_process!.HasExited;)
        {
            using var timeout = new CancellationTokenSource(Retransmission);
            try
            {
                await socket.SendAsync(request, timeout.Token);
                await socket.ReceiveAsync(answer, timeout.Token);
                if (answer.AsSpan(4, 16).SequenceEqual(request.AsSpan(4)))
                    return;
            }
            catch (OperationCanceledException)
            {
                // Not yet.
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                // Nobody listens yet, and loopback says so at once.
                await Task.Delay(Retransmission);
            }
        }

        lock (_output)
            throw new InvalidOperationException($"coturn did not start:\n{_output}");
    }

    private void Note(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
