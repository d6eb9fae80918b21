using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace RtcHub.E2E.Tests;

/// <summary>A TURN server as people run one: coturn, on a free UDP port of loopback or on another machine, with the secret that the hub is told.</summary>
internal sealed class Coturn : IAsyncDisposable
{
    private const string Executable = "/usr/bin/turnserver";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retransmission = TimeSpan.FromMilliseconds(100);
    private readonly string _folder = Directory.CreateTempSubdirectory("rtchub-coturn-").FullName;
    private readonly StringBuilder _output = new();
    private readonly string[] _within;
    private readonly IPAddress _address;
    private readonly int _port;
    private readonly bool _tcp;
    private Process? _process;

    private Coturn(string[] within, IPAddress address, int port, bool tcp) => (_within, _address, _port, _tcp) = (within, address, port, tcp);

    /// <summary>coturn's <c>static-auth-secret</c>.</summary>
    public string Secret { get; } = RandomNumberGenerator.GetHexString(32);

    public string Url => Urls[0];

    /// <summary>By UDP, and where it has it by TCP.</summary>
    public string[] Urls => _tcp ? [UrlBy("udp"), UrlBy("tcp")] : [UrlBy("udp")];

    public static Task<Coturn> StartAsync(bool tcp = false) => StartAsync([], IPAddress.Loopback, TestMachine.FreeUdpPort(), tcp);

    /// <summary>On another machine, as far as networks go.</summary>
    /// <param name="within">What a command line begins with to run there.</param>
    public static Task<Coturn> StartInAsync(string[] within, IPAddress address) => StartAsync(within, address, 3478, tcp: true);

    private bool IsElsewhere => _within.Length > 0;

    private string UrlBy(string transport) => $"turn:{_address}:{_port}?transport={transport}";

    private static async Task<Coturn> StartAsync(string[] within, IPAddress address, int port, bool tcp)
    {
        if (!File.Exists(Executable)) TestMachine.Lacks("coturn");

        var coturn = new Coturn(within, address, port, tcp);
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
        string[] command =
        [
            .. _within, Executable, "-n", $"--listening-ip={_address}", $"--relay-ip={_address}", $"--listening-port={_port}", "--realm=rtchub",
            .. (string[])(IsElsewhere ? [] : ["--allow-loopback-peers"]), .. (string[])(_tcp ? [] : ["--no-tcp"]),
            "--use-auth-secret", $"--static-auth-secret={Secret}", "--fingerprint", "--no-tls", "--no-dtls", "--no-cli",
            "--log-file=stdout", "--simple-log", $"--pidfile={Path.Combine(_folder, "pid")}", $"--userdb={Path.Combine(_folder, "db")}",
        ];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private async Task ReadyAsync()
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Patience && !_process!.HasExited; await Task.Delay(Retransmission))
        {
            if (await (IsElsewhere ? AnswersThereAsync() : AnswersHereAsync())) return;
        }

        lock (_output)
            throw new InvalidOperationException($"coturn did not start:\n{_output}");
    }

    // A Binding request without attributes (RFC 8489, section 5): a log line would come early.
    private async Task<bool> AnswersHereAsync()
    {
        byte[] request = [0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42, .. RandomNumberGenerator.GetBytes(12)];
        var answer = new byte[576];
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var timeout = new CancellationTokenSource(Retransmission);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, _port);
            await socket.SendAsync(request, timeout.Token);
            await socket.ReceiveAsync(answer, timeout.Token);
            return answer.AsSpan(4, 16).SequenceEqual(request.AsSpan(4));
        }
        catch (OperationCanceledException)
        {
            return false; // not yet
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false; // nobody listens yet, and loopback says so at once
        }
    }

    private async Task<bool> AnswersThereAsync()
    {
        string[] command = [.. _within, "timeout", "1", "turnutils_stunclient", "-p", $"{_port}", $"{_address}"];
        using var asking = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Task.WhenAll(asking.StandardOutput.ReadToEndAsync(), asking.StandardError.ReadToEndAsync(), asking.WaitForExitAsync());
        return asking.ExitCode == 0;
    }

    private void Note(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
