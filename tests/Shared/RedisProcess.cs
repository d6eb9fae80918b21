using System.Diagnostics;

namespace RtcHub.Tests;

/// <summary>A real Redis of its own on a free port of loopback. It can be killed, stopped for a while and started again, with or without its memory.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private const string Executable = "/usr/bin/redis-server";
    private readonly string _folder = Directory.CreateTempSubdirectory("rtchub-redis-").FullName;
    private readonly int _port = TestMachine.FreeTcpPort();
    private readonly bool _durable;
    private Process? _process;

    private RedisProcess(bool durable) => _durable = durable;

    /// <summary>The value of <c>Redis:Connection</c>.</summary>
    public string Connection => $"127.0.0.1:{_port}";

    /// <param name="durable">Whether it remembers everything after a start anew (appendonly, fsync always).</param>
    public static async Task<RedisProcess> StartAsync(bool durable = false)
    {
        if (!File.Exists(Executable)) TestMachine.Lacks("redis-server");

        var redis = new RedisProcess(durable);
        try
        {
            await redis.StartAgainAsync();
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    public async Task StartAgainAsync()
    {
        string[] arguments =
        [
            "--port", $"{_port}", "--bind", "127.0.0.1", "--dir", _folder, "--save", "", "--appendonly", _durable ? "yes" : "no", "--appendfsync", "always", "--loglevel", "notice",
        ];
        _process = Process.Start(new ProcessStartInfo(Executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        // It says so when it has read what it remembers.
        var said = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (!line.Contains("Ready to accept connections", StringComparison.Ordinal)) continue;
            _ = _process.StandardOutput.ReadToEndAsync();
            _ = _process.StandardError.ReadToEndAsync();
            return;
        }

        throw new InvalidOperationException($"redis-server did not start: {string.Join('\n', said)}");
    }

    /// <summary>As kill -9 does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
