using System.Diagnostics;
using System.Net;

namespace RtcHub.Load.Servers;

/// <summary>
/// The wire between clients and server: a veth pair, whose far end is in a network namespace of its own, where the server runs.
/// Packets cross a device and two addresses as on a real host, and Janus, which ignores loopback interfaces, can be measured on the
/// same wire. It needs root.
/// </summary>
internal sealed class TestNetwork : IDisposable
{
    private readonly string _name = $"lh{Environment.ProcessId}";

    private TestNetwork(int subnet)
    {
        Clients = IPAddress.Parse($"10.231.{subnet}.1");
        Server = IPAddress.Parse($"10.231.{subnet}.2");
    }

    public IPAddress Clients { get; }

    public IPAddress Server { get; }

    /// <summary>What a command line starts with to run on the far end.</summary>
    public IReadOnlyList<string> Prefix => ["ip", "netns", "exec", _name];

    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/sbin/ip");

    /// <exception cref="InvalidOperationException">The system does not let us.</exception>
    public static TestNetwork Create()
    {
        RemoveLeftovers();
        var network = new TestNetwork(Environment.ProcessId % 250 + 1);
        try
        {
            network.SetUp();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Both ends of the pair go with the namespace.</summary>
    public void Dispose() => TryRun("ip", "netns", "del", _name);

    private void SetUp()
    {
        Run("ip", "netns", "add", _name);
        Run("ip", "link", "add", $"{_name}c", "type", "veth", "peer", "name", $"{_name}s", "netns", _name);
        Run("ip", "addr", "add", $"{Clients}/30", "dev", $"{_name}c");
        Run("ip", "link", "set", $"{_name}c", "up");
        Run("ip", "-n", _name, "addr", "add", $"{Server}/30", "dev", $"{_name}s");
        Run("ip", "-n", _name, "link", "set", "lo", "up");
        Run("ip", "-n", _name, "link", "set", $"{_name}s", "up");

        // Servers that look for their address by the route to the outside find it.
        Run("ip", "-n", _name, "route", "add", "default", "via", Clients.ToString());
    }

    // Of runs that were killed: the process in the name is gone.
    private static void RemoveLeftovers()
    {
        if (!Directory.Exists("/var/run/netns")) return;
        foreach (var name in Directory.EnumerateFiles("/var/run/netns", "lh*").Select(Path.GetFileName))
        {
            if (int.TryParse(name.AsSpan(2), out var id) && !Directory.Exists($"/proc/{id}")) TryRun("ip", "netns", "del", name!);
        }
    }

    private static void Run(params string[] command)
    {
        if (TryRun(command) is { } error) throw new InvalidOperationException($"{string.Join(' ', command)}: {error}");
    }

    private static string? TryRun(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}
